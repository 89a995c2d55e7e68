"""The command `tpscentral`."""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tpsbox.errors import EnvironmentFault, InputError, TpsError
from tpsbox.record.enrolment import ENROLMENT_LIMIT, Broker, parse_request, write_json
from tpsbox.service import stop_on_signals
from tpsbox.structs import make_ready

from tpscentral import carrying, kecamatan, lorawan_command, serving, showing, upkeep
from tpscentral.arguments import port
from tpscentral.database import Database
from tpscentral.documents import commands as document_commands
from tpscentral.enrol import enrol
from tpscentral.folder import Folder, data_root, open_folder
from tpscentral.ingest import Ingest
from tpscentral.intake import Intake
from tpscentral.people import commands as people_commands
from tpscentral.plenary import commands as plenary_commands
from tpscentral.service import start_log
from tpscentral.setup import create
from tpscentral.simulation import command as simulate_command
from tpscentral.workers import WORKERS, keep_workers


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the result is the exit code, as in `tpsbox.errors`."""
    parser = _parser()
    try:
        chosen = parser.parse_args(arguments)
    except SystemExit as leaving:  # argparse has printed why, or the help
        return int(leaving.code or 0)
    make_ready()
    try:
        code: int = chosen.run(chosen)
    except TpsError as error:
        print(f"tpscentral: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tpscentral", description="The centre: receives, verifies and shows what boxes send."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", help="folder (default: $TPSCENTRAL_DATA or ./central-data)")

    init = commands.add_parser("init", parents=[shared], help="make a new centre's folder")
    init.add_argument("--host", default="127.0.0.1", help="where boxes reach the broker")
    init.add_argument("--port", type=port, default=8883, help="the broker's port")
    init.add_argument(
        "--modem-port", type=port, help="another one, TLS 1.2, for modems with MQTT of their own"
    )
    init.add_argument(
        "--election", action="append", default=[], help="shipped name or path, repeatable"
    )
    init.add_argument("--training", action="store_true", help="for an exercise: pages say so")
    init.add_argument("--photos", default="", metavar="URL", help="store of photos, s3://...")
    init.add_argument("--json", action="store_true", help="print one JSON object")
    init.set_defaults(run=_init)

    enrolling = commands.add_parser("enrol", parents=[shared], help="enrol a box")
    enrolling.add_argument("request", type=Path, help="the request that the box has written")
    enrolling.add_argument("--out", type=Path, help="where the answer goes (default: printed)")
    enrolling.add_argument(
        "--replace", action="store_true", help="this box takes the place of the one its TPS has"
    )
    enrolling.set_defaults(run=_enrol)

    ingest = commands.add_parser("ingest", parents=[shared], help="take in what boxes send")
    ingest.add_argument(
        "--workers", type=_workers, default=1, metavar="N", help="processes, with PostgreSQL"
    )
    ingest.add_argument("--worker", type=_workers, metavar="K", help="be the K-th of several")
    ingest.set_defaults(run=_ingest)

    lorawan_command.add(commands, shared)
    carrying.add(commands, shared)
    kecamatan.add(commands, shared)
    upkeep.add(commands, shared)
    people_commands.add(commands, shared)
    plenary_commands.add(commands, shared)
    document_commands.add(commands, shared)
    serving.add(commands, shared)
    showing.add(commands, shared)
    simulate_command.add(commands)
    return parser


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {WORKERS}")
    return int(text)


def _init(chosen: argparse.Namespace) -> int:
    root = data_root(chosen.data)
    folder = create(
        root,
        Broker(chosen.host, chosen.port),
        chosen.election,
        training=chosen.training,
        photos=chosen.photos,
        modem_port=chosen.modem_port,
    )
    conf = str(folder.broker / "mosquitto.conf")
    elections = {e.name: package.hex() for package, e in folder.elections.items()}
    centre_key = folder.key.public_key().public_bytes_raw().hex()
    if chosen.json:
        answer = {"data": str(root), "mosquitto": conf, "elections": elections}
        print(json.dumps({**answer, "centre_key": centre_key}))
        return 0
    print(f"centre's folder: {root}")
    for name, package in elections.items():
        print(f"election: {name} ({package})")
    print(f"centre's key: {centre_key}")
    print(f"start the broker: mosquitto -c {conf}")
    return 0


def _enrol(chosen: argparse.Namespace) -> int:
    folder = open_folder(data_root(chosen.data))
    try:
        with chosen.request.open("rb") as file:
            data = file.read(ENROLMENT_LIMIT + 1)
    except OSError as error:
        raise InputError(f"{chosen.request}: {error.strerror}") from error
    request = parse_request(data)
    with Database(folder.database) as database:
        enrolment = enrol(folder, database, request, int(time.time()), replace=chosen.replace)
    answer = write_json(enrolment)
    if enrolment.epoch > 1:
        print(
            f"tpscentral: ATTENTION: box {enrolment.epoch} of TPS {enrolment.tps}: from its first "
            "result on, those of the boxes before it no longer count",
            file=sys.stderr,
        )
    if chosen.out is None:
        sys.stdout.write(answer.decode())
        return 0
    try:
        chosen.out.write_bytes(answer)
    except OSError as error:
        raise EnvironmentFault(f"{chosen.out}: {error.strerror}") from error
    return 0


def _ingest(chosen: argparse.Namespace) -> int:
    folder = open_folder(data_root(chosen.data))
    stop = threading.Event()
    stop_on_signals(stop)
    if chosen.workers > 1 and chosen.worker is None:
        Database(folder.database).close()  # what is wrong with it is said once, and now
        keep_workers(folder, chosen.workers, stop)
        return 0
    with Database(folder.database) as database:
        _worker(folder, database, stop, chosen.worker or 1).run()
    return 0


def _worker(folder: Folder, database: Database, stop: threading.Event, worker: int = 1) -> Ingest:
    start_log()
    return Ingest(folder, Intake(folder, database, time.time), stop, worker)


if __name__ == "__main__":
    sys.exit(main())
