"""DATA/lorawan.toml: which radio modem hangs on which port, and what it may do on the air:

port = "/dev/ttyUSB0"
modem = "rak3172"                # or "lora-e5"
join_eui = "70B3D57ED0000001"
app_key_file = "lorawan.key"     # 32 hex digits, chmod 600; beside this file or absolute
dwell_ms = 400                   # these three may be left out
duty = 0.01
region = "AS923-2"
"""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tpsbox.errors import InputError
from tpsbox.store.files import disk_faults

SETTINGS_FILE = "lorawan.toml"
FILE_LIMIT = 64 * 1024

FACTORY_APP_KEY = "2B7E151628AED2A6ABF7158809CF4F3C"
"""What modems come with (LoRa-E5 AT Command Specification V1.0, table 4-2): known to everybody."""

ModemName = Literal["lora-e5", "rak3172"]


class LorawanSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One modem. `dwell_ms`: longest frame; `duty`: share of an hour that may be on the air."""

    port: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    modem: ModemName
    join_eui: Annotated[str, msgspec.Meta(pattern="^[0-9A-Fa-f]{16}$", max_length=16)]
    app_key_file: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    dwell_ms: Annotated[int, msgspec.Meta(ge=62, le=10_000)] = 400
    duty: Annotated[float, msgspec.Meta(ge=0.005, le=1)] = 0.01
    region: Literal["AS923-2"] = "AS923-2"


def load_lorawan(data: Path) -> LorawanSettings | None:
    """The settings in the box's folder, None if it has no such modem.

    Raises:
        InputError: they cannot be understood.
        EnvironmentFault: they cannot be read.
    """
    path = data / SETTINGS_FILE
    if not path.is_file():
        return None
    text = _read(path)
    try:
        return msgspec.convert(tomllib.loads(text), LorawanSettings)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path}: {error}") from error


def load_app_key(data: Path, settings: LorawanSettings) -> str:
    """The AppKey, 32 hex digits in upper case; never to be logged.

    Raises:
        InputError: others can read the file, it holds no key, or one that everybody knows.
        EnvironmentFault: it cannot be read.
    """
    path = data / settings.app_key_file
    with disk_faults(path):
        mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise InputError(f"{path}: others can read this key: chmod 600 it")
    key = _read(path).strip().upper()
    if re.fullmatch("[0-9A-F]{32}", key) is None:
        raise InputError(f"{path}: an AppKey is 32 hex digits")
    if key == FACTORY_APP_KEY or len(set(key)) == 1:
        raise InputError(f"{path}: this key is known to everybody: make a new one for this box")
    return key


def _read(path: Path) -> str:
    with disk_faults(path), path.open("rb") as file:
        raw = file.read(FILE_LIMIT + 1)
    if len(raw) > FILE_LIMIT:
        raise InputError(f"{path}: larger than {FILE_LIMIT} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file") from error
