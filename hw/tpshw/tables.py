"""The tables beside this package, read and checked: pins, wires, parts, cameras, stand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

HERE = Path(__file__).resolve().parents[1]

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Pair = tuple[float, float]
Triple = tuple[float, float, float]
Row = TypeVar("Row")


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of pins.toml; `bcm` is None for ground and supply."""

    header: Annotated[int, Meta(ge=1, le=40)]
    to: str
    bcm: Annotated[int, Meta(ge=0, le=27)] | None = None
    does: str = ""


class Connector(Struct, frozen=True, forbid_unknown_fields=True):
    """Something at the end of a cable."""

    part: str
    name: str
    pins: list[str]


class Wire(Struct, frozen=True, forbid_unknown_fields=True):
    """From a line of the header over the interface board to "connector.pin"."""

    line: str
    to: str
    colour: str
    over: str = ""


class Feed(Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """From "connector.pin" to a line of the interface board."""

    start: str
    line: str
    colour: str


class Wiring(Struct, frozen=True, forbid_unknown_fields=True):
    """The file wiring.toml."""

    line: dict[str, Line]
    connector: dict[str, Connector]
    wire: list[Wire]
    feed: list[Feed]


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """Of one piece, in one currency."""

    usd: Positive | None = None
    idr: Positive | None = None


class Watts(Struct, frozen=True, forbid_unknown_fields=True):
    """Power from the 5 V side, W."""

    idle: NotNegative
    capture: NotNegative
    transmit: NotNegative


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of parts.toml."""

    name: str
    does: str
    group: str
    maker: str
    number: str
    price: Price
    basis: str
    second: str
    quantity: Positive = 1
    choice: str = ""
    default: bool = False
    watts: Watts | None = None
    watts_from: str = ""
    usb_amperes: Positive | None = None
    read_seconds: Positive | None = None
    lamp_watts: Positive | None = None
    lumens: Positive | None = None
    size: Triple | None = None

    @property
    def counted(self) -> bool:
        """Whether the plain bill of materials has it."""
        return not self.choice or self.default


class Prices(Struct, frozen=True, forbid_unknown_fields=True):
    """How prices are meant."""

    idr_per_usd: Positive
    date: str
    note: str


class Night(Struct, frozen=True, forbid_unknown_fields=True):
    """What one polling station asks of the battery."""

    hours: Positive
    photos: Positive
    lamp_seconds_per_photo: NotNegative
    transmit_minutes: NotNegative


class Battery(Struct, frozen=True, forbid_unknown_fields=True):
    """The power bank: nominal energy and what is left of it at 5 V."""

    watt_hours: Positive
    efficiency: Annotated[float, Meta(gt=0, le=1)]
    worn: Annotated[float, Meta(gt=0, le=1)]
    port_amperes: Positive
    total_amperes: Positive
    basis: str

    @property
    def usable(self) -> float:
        """Energy at 5 V of a battery that is no longer new, Wh."""
        return self.watt_hours * self.efficiency * self.worn


class Parts(Struct, frozen=True, forbid_unknown_fields=True):
    """The file parts.toml."""

    prices: Prices
    night: Night
    battery: Battery
    part: dict[str, Part]


def pins() -> dict[str, Line]:
    """The lines of pins.toml by name, as in `light.camera`, and those of wiring.toml."""
    raw = msgspec.toml.decode((HERE / "pins.toml").read_bytes())
    lines: dict[str, Line] = {}
    for name, row in raw.items():
        if "header" in row:
            lines[name] = msgspec.convert(row, Line)
        else:
            lines |= {f"{name}.{sub}": msgspec.convert(r, Line) for sub, r in row.items()}
    return lines | wiring().line


def wiring() -> Wiring:
    """The file wiring.toml."""
    return read("wiring.toml", Wiring)


def parts() -> Parts:
    """The file parts.toml."""
    return read("parts.toml", Parts)


def read(name: str, row: type[Row]) -> Row:
    """A table as the struct `row`; a wrong or unknown key is an error that names it."""
    return decode((HERE / name).read_bytes(), row)


def decode(text: bytes, row: type[Row]) -> Row:
    """TOML as the struct `row`.

    Raises:
        msgspec.ValidationError: a key is missing, unknown or of the wrong kind.
    """
    found: Any = msgspec.toml.decode(text, type=row)
    return found  # type: ignore[no-any-return]
