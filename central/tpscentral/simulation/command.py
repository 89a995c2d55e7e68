"""The command `tpscentral simulate`: a training centre that fills within two minutes."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tpsbox.service import stop_on_signals

from tpscentral.arguments import port, whole_number
from tpscentral.serving import listen

if TYPE_CHECKING:
    from tpscentral.simulation.training import Training

DATA = "latihan-data"
SECONDS, FEW = whole_number("a number of seconds", 0, 24 * 3600), whole_number("a count", 0, 1000)


def add(commands: Any) -> None:
    """Add the command."""
    playing = commands.add_parser(
        "simulate", help="play a whole election day in a new training centre, and show the pages"
    )
    playing.add_argument("--region", required=True, metavar="KODE", help="kab/kota, as in 6302")
    playing.add_argument("--election", metavar="NAME", help="if several cover the region")
    playing.add_argument("--data", type=Path, default=Path(DATA), help=f"new folder ({DATA})")
    playing.add_argument("--seconds", type=SECONDS, default=90, help="for the day (90)")
    playing.add_argument("--papers", type=FEW, default=2, help="TPS with photos (2)")
    playing.add_argument("--plenaries", type=FEW, default=3, help="kecamatan that are done (3)")
    playing.add_argument("--seed", type=int, default=1, help="of everything random")
    playing.add_argument("--host", default="127.0.0.1")
    playing.add_argument("--port", type=port, default=8080)
    playing.add_argument("--once", action="store_true", help="end when the day is over")
    playing.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    # Only here: what draws, reads and shows takes a second to load, and every command reads this.
    import uvicorn

    from tpscentral.pages.app import create_app
    from tpscentral.simulation.training import Training

    listener = None if chosen.once else listen(chosen.host, chosen.port)
    training = Training(chosen)
    stop = threading.Event()
    if listener is None:
        stop_on_signals(stop)
        training.play(chosen.seconds, chosen.plenaries, stop)
        training.database.close()
        _greet(chosen, training)
        return 0
    print(f"pages: http://{chosen.host}:{chosen.port}/   (stop with Ctrl-C)")
    _greet(chosen, training)
    app = create_app(training.folder, training.database)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
    thread = threading.Thread(
        target=training.play, args=(chosen.seconds, chosen.plenaries, stop), name="day"
    )
    stop_on_signals(stop)
    thread.start()
    try:
        server.run(sockets=[listener])
    finally:
        stop.set()
        thread.join()
        training.database.close()
    return 0


def _greet(chosen: argparse.Namespace, training: Training) -> None:
    region = training.election.region
    kode = region.kode if region else chosen.region
    first = region.kecamatan[0].kode if region else ""
    print(f"accounts: ppk.{first} and the like, kabupaten.{kode}, provinsi.{kode[:2]},")
    print(f"          saksi.{kode}, admin; password of all: {training.password}", flush=True)
