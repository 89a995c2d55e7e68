"""Opens what the kiosk works with; what keeps it from starting is said on the lights."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tpsbox.board.boards import open_board
from tpsbox.board.signals import SIGNALS, Shown, Signal
from tpsbox.errors import EnvironmentFault, InputError, TpsError
from tpsbox.forms.election import Election
from tpsbox.kiosk.box import BoxConfig, box_election
from tpsbox.kiosk.lock import kiosk_lock
from tpsbox.reading.model import DigitModel, load_model
from tpsbox.store.store import Store

TOLD_SECONDS = 10.0
"""How long the lights say so; then the process ends, and systemd has it try again."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opened:
    """`say` writes into the file of the lock what others may know of the kiosk."""

    say: Callable[[bytes], None]
    store: Store
    election: Election
    model: DigitModel


@contextmanager
def opened(
    config: BoxConfig, data: Path, stop: threading.Event, wall: Callable[[], float]
) -> Iterator[Opened]:
    """Lock, store, election and model; closed in the end.

    Raises:
        AnswerError: this folder is no box yet, or another kiosk runs on it.
        InputError: its election cannot be read.
        EnvironmentFault: store or model cannot be opened.
    """
    with ExitStack() as closing:
        try:
            say = closing.enter_context(kiosk_lock(data))
            store = closing.enter_context(Store(data, clock=wall, sweep=True))
            election = box_election(data, store.identity.owner())
            model = load_model()
        except (EnvironmentFault, InputError) as fault:
            _tell(fault, config, data, stop)
            raise
        yield Opened(say, store, election, model)


def _tell(fault: TpsError, config: BoxConfig, data: Path, stop: threading.Event) -> None:
    """Without this a card that locked itself would make a dark box."""
    signal = Signal.DISK if isinstance(fault, EnvironmentFault) else Signal.FAILED
    _LOG.error("cannot start, which the lights say now: %s", fault)
    with suppress(TpsError, OSError):
        board = open_board(config.board, data)
        try:
            board.lights.show(Shown(camera=signal))
            if sound := SIGNALS[signal].sound:
                board.buzzer.play(sound)
            stop.wait(TOLD_SECONDS)
        finally:
            board.close()
