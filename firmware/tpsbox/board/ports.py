"""The board as the program sees it: a camera, a button and three lights, whatever is behind them.

Every back end is closed with `Board.close()`; none of its calls blocks longer than it says.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from tpsbox.board.signals import Shown

HOLD_SECONDS = 2.0
"""A press held so long means "close". gpiozero's own recipes take 2 s for what must not happen
by accident."""


class Press(msgspec.Struct, frozen=True):
    """One press, told when the button is let go or has been held long enough.

    `held` is in seconds. `attachment`: the photo is of something that is no result sheet. `name`
    tells simulated presses apart, so that whoever pressed can find the outcome.
    """

    held: float = 0.0
    attachment: bool = False
    name: str = ""

    @property
    def closes(self) -> bool:
        """Whether it was held long enough to mean "close"; never with an attachment."""
        return self.held >= HOLD_SECONDS and not self.attachment


OutcomeKind = Literal["read", "refused", "attached", "closed", "incomplete", "nothing", "fault"]


class Outcome(msgspec.Struct, frozen=True):
    """What came of a press, for whoever waits for it.

    `kind` incomplete: some sheets are missing, hold again; nothing: no result was made. `text` is
    for people. `photo` is the SHA-256 in hex of
    the photo kept, `reason` why it was refused. `doubtful` names fields that need a person;
    `number` and `result` (id in hex) are those of the result made; `closed` and `incomplete` name
    contests.
    """

    kind: OutcomeKind
    text: str
    photo: str | None = None
    reason: str | None = None
    contest: str | None = None
    page: int | None = None
    doubtful: tuple[str, ...] = ()
    number: int | None = None
    result: str | None = None
    closed: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()


class Camera(ABC):
    """Takes photos of the sheet under it."""

    @abstractmethod
    def capture(self) -> bytes:
        """One photo as JPEG at full resolution.

        Raises:
            EnvironmentFault: no photo, within the camera's own time limit.
        """

    @abstractmethod
    def close(self) -> None:
        """Give the device back."""


class Button(ABC):
    """Gives presses in the order in which they were made."""

    @abstractmethod
    def wait(self, timeout: float) -> Press | None:
        """The next press, or None after `timeout` seconds without one."""

    @abstractmethod
    def answer(self, press: Press, outcome: Outcome) -> None:
        """Tell whoever pressed what came of it, where there is a way to.

        Raises:
            EnvironmentFault: it cannot be told.
        """

    @abstractmethod
    def close(self) -> None:
        """Give the device back."""


class Lights(ABC):
    """Three lights: camera, tick and cloud."""

    @abstractmethod
    def show(self, shown: Shown) -> None:
        """Show one signal on each light, until the next call.

        Raises:
            EnvironmentFault: the lights cannot be set.
        """

    @abstractmethod
    def close(self) -> None:
        """Turn all off and give the devices back."""


@dataclass(frozen=True)
class Board:
    """All of it, of one back end."""

    camera: Camera
    button: Button
    lights: Lights

    def close(self) -> None:
        """Close every part, even if one of them fails."""
        try:
            self.camera.close()
        finally:
            try:
                self.button.close()
            finally:
                self.lights.close()
