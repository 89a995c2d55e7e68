"""DATA/sim7600.toml: the cellular modem that speaks MQTT itself, where a box has no IP:

port = "/dev/ttyUSB2"
apn = "internet"
broker_port = 8884               # these two may be left out; without it, the enrolment's port
baud = 115200
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from tpsbox.errors import InputError
from tpsbox.store.files import disk_faults

SETTINGS_FILE = "sim7600.toml"
FILE_LIMIT = 64 * 1024
BAUD = 115200
"""What the module comes with (SIM7500/SIM7600 AT Command Manual V3.00, section 1.4)."""


class Sim7600Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One modem. `broker_port`: where the centre's broker takes TLS 1.2, None as enrolled."""

    port: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    apn: Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z][0-9A-Za-z.-]*$", max_length=100)]
    broker_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    baud: Annotated[int, msgspec.Meta(ge=9600, le=921_600)] = BAUD


def load_sim7600(data: Path) -> Sim7600Settings | None:
    """The settings in the box's folder, None if it has no such modem.

    Raises:
        InputError: they cannot be understood.
        EnvironmentFault: they cannot be read.
    """
    path = data / SETTINGS_FILE
    if not path.is_file():
        return None
    with disk_faults(path), path.open("rb") as file:
        raw = file.read(FILE_LIMIT + 1)
    if len(raw) > FILE_LIMIT:
        raise InputError(f"{path}: larger than {FILE_LIMIT} bytes")
    try:
        return msgspec.convert(tomllib.loads(raw.decode()), Sim7600Settings)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path}: {error}") from error
