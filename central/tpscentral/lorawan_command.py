"""The command `tpscentral lorawan`: takes in what boxes send through ChirpStack."""

from __future__ import annotations

import argparse
import re
import threading
import time
from pathlib import Path
from typing import Any

from tpsbox.errors import AnswerError, EnvironmentFault, UsageError
from tpsbox.service import stop_on_signals

from tpscentral.database import Database
from tpscentral.delegation import load_delegation
from tpscentral.folder import data_root, open_folder
from tpscentral.lorawan import LorawanDesk
from tpscentral.lorawan_client import LorawanClient, NetworkServer
from tpscentral.service import start_log

PLAIN_PORT, TLS_PORT = 1883, 8883
PASSWORD_LIMIT = 1024

_BROKER = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^:\s]+)(?::(?P<port>[0-9]{1,5}))?")


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command; `shared` holds the options that all commands have."""
    parser = commands.add_parser(
        "lorawan", parents=[shared], help="take in what boxes send by LoRaWAN, through ChirpStack"
    )
    parser.add_argument("--broker", required=True, metavar="HOST[:PORT]", help="ChirpStack's MQTT")
    parser.add_argument("--application", metavar="ID", help="only this one (default: all)")
    parser.add_argument("--user", help="name at the broker")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="its password")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="use TLS and trust this authority")
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="own, with TLS")
    parser.add_argument("--key", type=Path, metavar="FILE", help="of the own certificate")
    parser.set_defaults(run=_run)


def server_of(chosen: argparse.Namespace) -> NetworkServer:
    """The broker that the command line names.

    Raises:
        UsageError: options that do not fit together, or no address.
        EnvironmentFault: the password's file cannot be read.
    """
    if (chosen.certificate is None) != (chosen.key is None):
        raise UsageError("lorawan: --certificate and --key go together")
    if chosen.certificate is not None and chosen.ca is None:
        raise UsageError("lorawan: --certificate needs TLS: name the --ca of the broker")
    if chosen.password_file is not None and chosen.user is None:
        raise UsageError("lorawan: --password-file needs --user")
    match = _BROKER.fullmatch(chosen.broker)
    port = int(match["port"] or (TLS_PORT if chosen.ca else PLAIN_PORT)) if match else 0
    if match is None or not 1 <= port <= 65535:
        raise UsageError(f"lorawan: --broker {chosen.broker!r} is not HOST or HOST:PORT")
    return NetworkServer(
        host=match["host"].strip("[]"),
        port=port,
        application=chosen.application,
        user=chosen.user,
        password=_password(chosen.password_file),
        ca=chosen.ca,
        certificate=chosen.certificate,
        key=chosen.key,
    )


def _run(chosen: argparse.Namespace) -> int:
    server = server_of(chosen)
    folder = open_folder(data_root(chosen.data))
    if load_delegation(folder) is not None:
        raise AnswerError(
            "lorawan: this is a kecamatan's folder, and boxes take receipts by radio from the "
            "centre's own key only; run it at the centre"
        )
    start_log()
    stop = threading.Event()
    with Database(folder.database) as database:
        desk = LorawanDesk(folder, database, time.time, time.monotonic)
        client = LorawanClient(server, desk, stop)
        stop_on_signals(stop)
        client.run()
    return 0


def _password(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return file.read(PASSWORD_LIMIT).decode().strip("\r\n")
    except OSError as error:
        raise EnvironmentFault(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: holds no password in UTF-8") from error
