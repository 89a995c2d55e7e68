"""The power budget: what each computer draws in each state, and how long the battery lasts."""

from __future__ import annotations

from msgspec import Struct

from tpshw.tables import Part, Parts

VOLTS = 5.0
STATES = ("idle", "capture", "transmit")


class Budget(Struct, frozen=True):
    """Of one computer with everything else of the box.

    `watts` by state; `peak` is the most at once, A, `together` with the lamps; `usb` what hangs
    on its USB ports, A.
    """

    name: str
    watts: dict[str, float]
    hours: dict[str, float]
    mean: float
    night_share: float
    night_hours: float
    peak: float
    together: float
    usb: float
    usb_allowed: float

    @property
    def usb_fits(self) -> bool:
        """Whether the modems may hang on the computer's own ports with a 3 A supply."""
        return self.usb <= self.usb_allowed


def budgets(parts: Parts) -> list[Budget]:
    """One for each computer of the table."""
    return [budget(parts, key) for key, part in parts.part.items() if part.choice == "computer"]


def budget(parts: Parts, computer: str) -> Budget:
    """With this computer, the default camera and all modems."""
    chosen = [
        part for key, part in parts.part.items() if key == computer or _beside_computers(part)
    ]
    watts = {state: sum(_watts(part, state) for part in chosen) for state in STATES}
    usable = parts.battery.usable
    night = parts.night
    box = parts.part[computer]
    mean = _night_watt_hours(parts, watts, box) / night.hours
    return Budget(
        name=box.name,
        watts=watts,
        hours={state: usable / watts[state] for state in STATES},
        mean=mean,
        night_share=mean * night.hours / usable,
        night_hours=usable / mean,
        peak=_peak(chosen) / VOLTS,
        together=_peak(chosen) / VOLTS + lamp_amperes(parts),
        usb=sum(part.usb_amperes or 0 for part in chosen if part.group == "links"),
        usb_allowed=box.usb_amperes or 0,
    )


def lamp_amperes(parts: Parts) -> float:
    """Of all LED bars while they are on; they hang on the battery's second output."""
    return sum(p.quantity * (p.lamp_watts or 0) for p in parts.part.values()) / VOLTS


def _beside_computers(part: Part) -> bool:
    return part.choice != "computer" and part.counted


def _watts(part: Part, state: str) -> float:
    return float(getattr(part.watts, state)) if part.watts is not None else 0.0


def _night_watt_hours(parts: Parts, watts: dict[str, float], box: Part) -> float:
    night = parts.night
    reading = night.photos * (box.read_seconds or 0) / 3600
    sending = night.transmit_minutes / 60
    waiting = max(0.0, night.hours - reading - sending)
    lamp = night.photos * night.lamp_seconds_per_photo / 3600 * lamp_amperes(parts) * VOLTS
    return watts["idle"] * waiting + watts["capture"] * reading + watts["transmit"] * sending + lamp


def _peak(chosen: list[Part]) -> float:
    """Every part at its worst at once: reading while the modem sends."""
    return sum(max(_watts(part, state) for state in STATES) for part in chosen)
