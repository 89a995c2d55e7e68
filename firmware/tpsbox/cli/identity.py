"""`tpsbox init`: gives a box its TPS and keys, and takes the centre's answer."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec

from tpsbox.board.boards import BOARDS
from tpsbox.cli.place import add_data, data_folder
from tpsbox.errors import AnswerError, InputError, UsageError
from tpsbox.forms.election import load_election
from tpsbox.given import open_given
from tpsbox.kiosk.box import BoardName, load_config, save_config
from tpsbox.record.enrolment import ENROLMENT_LIMIT, parse_enrolment, write_json
from tpsbox.store.files import Disk, put_file
from tpsbox.store.store import Store

REQUEST = "enrolment-request.json"


def add(commands: Any) -> None:
    """Add the command `init`."""
    parser = commands.add_parser(
        "init",
        help="give this box a TPS, or the centre's answer",
        description="First with --tps and --election: makes keys and a request for the centre. "
        "Then with --enrolment: takes the centre's answer to it.",
    )
    parser.add_argument("--tps", metavar="KODE", help="13 digits of the TPS")
    parser.add_argument("--election", metavar="E", help="shipped name, or path of an election file")
    parser.add_argument("--board", choices=BOARDS, help="default: simulated")
    parser.add_argument("--enrolment", type=Path, metavar="FILE", help="the centre's answer")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_data(parser)
    parser.set_defaults(run=init)


def init(arguments: argparse.Namespace) -> int:
    """Carry out `init`."""
    data = data_folder(arguments)
    if arguments.enrolment is not None:
        if arguments.tps or arguments.election:
            raise UsageError("init: give --enrolment alone, or --tps with --election")
        answer = _install(data, arguments.enrolment)
    elif arguments.tps and arguments.election:
        answer = _create(data, arguments.tps, arguments.election, arguments.board)
    else:
        raise UsageError("init: needs --tps and --election, or --enrolment")
    if arguments.json:
        print(msgspec.json.encode(answer).decode())
    else:
        for key, value in answer.items():
            print(f"{key}: {value}")
    return 0


def _create(
    data: Path, tps: str, election_name: str, board: BoardName | None
) -> dict[str, str | int]:
    election = load_election(election_name)
    election.tps(tps)
    with Store(data) as store:
        if store.identity.exists():
            owner = store.identity.owner()
            if (owner.tps, owner.package) != (tps, election.package.hex()):
                raise AnswerError(
                    f"{data}: this box is TPS {owner.tps}, {owner.election}, already; "
                    "give another --data for another box"
                )
            # Asked again after a cut, or for a lost file: the same keys, the same request.
        elif store.used():
            # Its records were signed for another (TPS, epoch); a new key would disown them all.
            raise AnswerError(
                f"{data}: holds the photos and results of a box whose identity/ is gone; "
                "put identity/ back, or give another --data for a new box"
            )
        board = board or _board(data)
        save_config(data, board, election_name)
        if store.identity.exists():
            request = store.identity.request()
        else:
            request = store.identity.create(tps, election.name, election.package)
        path = data / REQUEST
        put_file(Disk(), path, write_json(request))
        store.events.add("init", {"tps": tps, "election": election.name})
    return {
        "data": str(data),
        "tps": tps,
        "election": election.name,
        "package": request.package,
        "board": board,
        "public_key": request.public_key,
        "request": str(path),
    }


def _board(data: Path) -> BoardName:
    """The board that this box has, if it can still be read."""
    try:
        return load_config(data).board
    except (AnswerError, InputError):
        return "simulated"


def _install(data: Path, path: Path) -> dict[str, str | int]:
    load_config(data)
    with open_given(path) as file:
        given = file.read(ENROLMENT_LIMIT + 1)
    try:
        enrolment = parse_enrolment(given)
    except InputError as error:
        raise InputError(f"{path}: {error}; ask the centre for the file again") from error
    with Store(data) as store:
        store.identity.install(enrolment)
        store.events.add("enrolled", {"epoch": enrolment.epoch})
    return {
        "data": str(data),
        "tps": enrolment.tps,
        "epoch": enrolment.epoch,
        "broker": f"{enrolment.broker.host}:{enrolment.broker.port}",
    }
