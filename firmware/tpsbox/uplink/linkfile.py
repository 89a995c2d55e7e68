"""DATA/links.toml: which link is preferred, and what may be set about it; it may be missing.

order = ["mqtt", "lorawan"]      # the first that opens is used; what is not named is not

[mqtt]
chunk_bytes = 32768              # of a photo; a new result waits behind one of them
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from tpsbox.errors import InputError
from tpsbox.record.chunks import CHUNK_BYTES, LARGEST_CHUNK, SMALLEST_CHUNK
from tpsbox.store.files import disk_faults

LINK_FILE = "links.toml"
FILE_LIMIT = 64 * 1024


class MqttTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be set about MQTT."""

    chunk_bytes: Annotated[int, msgspec.Meta(ge=SMALLEST_CHUNK, le=LARGEST_CHUNK)] = CHUNK_BYTES


class LinkFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. `order` None: every link that there is, the widest first."""

    order: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=8)] | None = None
    mqtt: MqttTable = MqttTable()


def load_link_file(data: Path, known: tuple[str, ...]) -> LinkFile:
    """The file in the box's folder; `known` names every link that there is.

    Raises:
        InputError: it cannot be understood, or names a link that there is not.
        EnvironmentFault: it cannot be read.
    """
    path = data / LINK_FILE
    if not path.is_file():
        return LinkFile()
    with disk_faults(path), path.open("rb") as file:
        text = file.read(FILE_LIMIT)
    try:
        found = msgspec.convert(tomllib.loads(text.decode()), LinkFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path}: {error}") from error
    order = found.order or known
    for name in order:
        if name not in known:
            raise InputError(f"{path}: no link {name[:40]!r}; there are {', '.join(known)}")
    if len(set(order)) < len(order):
        raise InputError(f"{path}: order names a link twice")
    return found
