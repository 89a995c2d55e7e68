"""DATA/box.toml: which board this box has and which election it serves."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.forms.election import ELECTION_FILE_LIMIT, Election, load_election, shipped_elections
from tpsbox.store.files import Disk, disk_faults, put_file, put_folder
from tpsbox.store.identity import Owner

CONFIG = "box.toml"
ELECTION_COPY = "election.toml"
"""Where an election file that did not come with the program is kept, beside the configuration."""

BoardName = Literal["simulated", "pi"]


class BoxConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`election` is a shipped name, or ELECTION_COPY for the file kept in DATA."""

    board: BoardName
    election: str


def save_config(data: Path, board: BoardName, election: str) -> BoxConfig:
    """Write the configuration; `election` is a shipped name or the path of a file, kept as a copy.

    Raises:
        InputError: no such election.
        EnvironmentFault: the disk does not take it.
    """
    load_election(election)
    disk = Disk()
    put_folder(disk, data)
    config = BoxConfig(board, election)
    if election not in shipped_elections():
        path = Path(election)
        with disk_faults(path):
            toml = path.read_bytes()[: ELECTION_FILE_LIMIT + 1]
        put_file(disk, data / ELECTION_COPY, toml)
        config = BoxConfig(board, ELECTION_COPY)
    text = f'# Written by tpsbox init.\nboard = "{config.board}"\nelection = "{config.election}"\n'
    put_file(disk, data / CONFIG, text.encode())
    return config


def load_config(data: Path) -> BoxConfig:
    """The configuration in a folder.

    Raises:
        AnswerError: there is none yet.
        InputError: it cannot be understood, or `data` is no folder.
        EnvironmentFault: it cannot be read.
    """
    path = data / CONFIG
    if data.exists() and not data.is_dir():
        raise InputError(f"{data}: not a folder: give the folder of a box")
    again = "give tpsbox init --tps KODE --election NAME as at first; keys and photos stay"
    if not path.is_file():
        if (data / "identity").exists():
            raise AnswerError(f"{path}: gone: {again}")
        raise AnswerError(f"{data}: no box here yet: make one with tpsbox init --tps KODE")
    with disk_faults(path):
        text = path.read_bytes()
    try:
        return msgspec.convert(tomllib.loads(text.decode()), BoxConfig)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path}: damaged ({error}): {again}") from error


def box_election(data: Path, owner: Owner) -> Election:
    """The election of this box, the very one for which it got its identity.

    Raises:
        AnswerError: no configuration yet.
        InputError: the election file cannot be read.
        EnvironmentFault: it is not the one of `owner` any more.
    """
    name = load_config(data).election
    election = load_election(str(data / name) if name == ELECTION_COPY else name)
    if election.package.hex() != owner.package:
        raise EnvironmentFault(
            f"election {name}: changed since this box got its TPS: restore it, or start anew"
        )
    return election
