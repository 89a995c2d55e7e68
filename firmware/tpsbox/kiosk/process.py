"""The process that photographs, reads and keeps: wires the rooms together and loops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from tpsbox.board.boards import open_board
from tpsbox.board.ports import Board
from tpsbox.errors import EnvironmentFault
from tpsbox.kiosk.box import load_config
from tpsbox.kiosk.condition import pack_condition
from tpsbox.kiosk.eye import eye
from tpsbox.kiosk.kiosk import Kiosk
from tpsbox.kiosk.opening import opened
from tpsbox.kiosk.reader import RUN, Reader
from tpsbox.notify import Alive, silent

TICK = 0.2
"""Seconds between looks at reader, clock and store while nobody presses."""


def run(
    data: Path,
    stop: threading.Event,
    *,
    ready: Callable[[], None] = lambda: None,
    alive: Alive = silent,
    wall: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Serve the button until `stop` is set, or until a hold asks to shut down.

    `ready` is called once presses are taken, `alive` in every turn after that.

    Raises:
        AnswerError: this folder is no box yet, or another kiosk runs on it.
        InputError: its configuration or election cannot be read.
        EnvironmentFault: store, model or board cannot be opened.
    """
    config = load_config(data)
    with opened(config, data, stop, wall) as box:
        box.store.events.add(RUN)
        reader = Reader(box.store, eye(box.election.forms, box.model))
        thread = threading.Thread(target=reader.run, args=(stop,), name="reader")
        board = open_board(config.board, data, wall)
        try:
            kiosk = Kiosk(
                box.store,
                box.election,
                board,
                reader,
                box.model.sha256,
                wall=wall,
                monotonic=monotonic,
                tell=lambda condition: box.say(pack_condition(condition)),
            )
            kiosk.start()
            thread.start()
            ready()
            while not (stop.is_set() or kiosk.finished):
                serve(kiosk, board, stop)
                if thread.is_alive():  # without it the box would keep photos and read none
                    alive(lambda: status(kiosk))
            if kiosk.finished:
                box.say(b"")
                go_off(board, stop)
        finally:
            stop.set()
            reader.wake()
            if thread.ident is not None:
                thread.join()
            board.close()


def go_off(board: Board, stop: threading.Event) -> None:
    """Have the machine switched off; the lights say so until that ends this process.

    Raises:
        EnvironmentFault: it goes on running.
    """
    seconds = board.power.off()
    if seconds and not stop.wait(seconds):
        raise EnvironmentFault(f"asked to be switched off, and still running after {seconds:g} s")


def serve(kiosk: Kiosk, board: Board, stop: threading.Event) -> None:
    """One turn: a press if there is one, then all that goes on without."""
    try:
        press = board.button.wait(TICK)
    except Exception as fault:  # a broken button must not stop the reading
        kiosk.notice(fault)
        stop.wait(TICK)
        press = None
    if press is not None:
        kiosk.press(press)
    kiosk.tick()


def status(kiosk: Kiosk) -> str:
    """What the lights say, in words; what concerns the whole box first."""
    lights = kiosk.shown.described() if kiosk.shown else {}
    return " ".join(light["meaning"] for light in reversed(lights.values()))
