"""The command `tpscentral serve`: the pages, over TLS where they leave the machine."""

from __future__ import annotations

import argparse
import ipaddress
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tpsbox.errors import AnswerError, EnvironmentFault, InputError, UsageError
from tpsbox.service import stop_on_signals

from tpscentral.arguments import port
from tpscentral.database import Database
from tpscentral.delegation import load_delegation
from tpscentral.folder import Folder, data_root, open_folder
from tpscentral.ingest import Ingest
from tpscentral.intake import Intake
from tpscentral.levels import Level, level_of, within
from tpscentral.service import start_log

DRAIN_SECONDS = 10
"""How long an end waits for the answers in hand."""


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command; `shared` holds the options that all commands have."""
    serve = commands.add_parser("serve", parents=[shared], help="show the pages")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=port, default=8080)
    serve.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain in PEM")
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key in PEM")
    serve.add_argument(
        "--region", metavar="KODE", help="a kecamatan without a network: serve it alone"
    )
    serve.add_argument("--with-ingest", action="store_true", help="ingest in the same process")
    serve.set_defaults(run=_serve)


def _serve(chosen: argparse.Namespace) -> int:
    # Only here: pages take a second to load, and every command and worker reads this file.
    import uvicorn

    from tpscentral.pages.app import create_app

    tls = _tls(chosen)
    folder = open_folder(data_root(chosen.data))
    folder.elections  # noqa: B018 - read now, so that a changed file shows at the start
    region = check_serves(folder, chosen.region) if chosen.region else ""
    database = Database(folder.database)
    stop = threading.Event()
    worker = None
    if chosen.with_ingest:
        start_log()
        worker = Ingest(folder, Intake(folder, database, time.time), stop)
    app = create_app(folder, database, worker.ready.is_set if worker else None)
    app.state.site.region = region
    config = uvicorn.Config(
        app,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        **tls,
    )
    listener = listen(chosen.host, chosen.port)
    thread = threading.Thread(target=worker.run, name="ingest") if worker else None
    _greet(chosen, secure=bool(tls))
    # uvicorn stops by itself, and then raises the signal again for whoever started it: this.
    stop_on_signals(stop)
    if thread:
        thread.start()
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        stop.set()
        if thread:
            thread.join()
        database.close()
    return 0


def check_serves(folder: Folder, region: str) -> str:
    """The region, if this folder can hold the plenary of that kecamatan without a network.

    Raises:
        InputError: no kecamatan, or none of the folder's elections has TPS there.
        AnswerError: the folder is not certified for it, so nothing of it could be handed up.
    """
    if level_of(region) is not Level.KECAMATAN:
        raise InputError(f"serve: --region {region}: the 6 digits of a kecamatan are needed")
    elections = [
        package
        for package, election in folder.elections.items()
        if any(within(tps, region) for tps in election.all_tps())
    ]
    if not elections:
        raise InputError(f"serve: no election of this folder has TPS in region {region}")
    installed = load_delegation(folder)
    certified = installed is not None and (
        within(region, installed.delegation.region) and installed.delegation.package in elections
    )
    if not certified and not folder.config.training:
        raise AnswerError(
            f"serve: this folder is not certified for region {region}; see `tpscentral delegate`"
        )
    return region


def _greet(chosen: argparse.Namespace, *, secure: bool) -> None:
    scheme = "https" if secure else "http"
    print(f"tpscentral: {scheme}://{chosen.host}:{chosen.port}/", file=sys.stderr)
    if not secure and not _stays_here(chosen.host):
        print(
            "tpscentral: ATTENTION: passwords go over the network readable by all; "
            "give --tls-cert and --tls-key, or serve on 127.0.0.1 behind a proxy with TLS",
            file=sys.stderr,
        )


def _stays_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(chosen: argparse.Namespace) -> dict[str, Any]:
    """What uvicorn needs for TLS, tried before anything is opened."""
    cert, key = chosen.tls_cert, chosen.tls_key
    if (cert is None) != (key is None):
        raise UsageError("serve: --tls-cert and --tls-key belong together")
    if cert is None:
        return {}
    for path in (cert, key):
        if not path.is_file():
            raise InputError(f"{path}: no such file")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key)
    except (ssl.SSLError, OSError) as error:
        raise InputError(f"{cert} and {key}: not a certificate and its key in PEM") from error
    return {"ssl_certfile": str(cert), "ssl_keyfile": str(key)}


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections.

    Raises:
        EnvironmentFault: the port is in use, or the address is not this machine's.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise EnvironmentFault(f"cannot listen on {host} port {port}: {error.strerror}") from error
