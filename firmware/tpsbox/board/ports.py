"""The board as the program sees it, whatever is behind it.

Camera, button, three lights, buzzer, the state of the supply and the way to switch off. Every back
end is closed with `Board.close()`; none of its calls blocks longer than it says.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Literal

import msgspec

from tpsbox.errors import EnvironmentFault

if TYPE_CHECKING:
    from tpsbox.board.camera_settings import CameraSettings
    from tpsbox.board.signals import Shown
    from tpsbox.board.sounds import Sound

HOLD_SECONDS = 2.0
"""A press held so long means "close". gpiozero's own recipes take 2 s for what must not happen
by accident."""
SHUT_DOWN_SECONDS = 8.0
"""A press held so long means "shut down"."""
STUCK_SECONDS = 30.0
"""Nobody holds a button for so long: it is stuck, and whatever it says is void."""


class CameraFault(EnvironmentFault):
    """The camera gives no photo; the disk and the rest of the board may be well."""


class PressKind(Enum):
    """What a press asks for."""

    SHEET = auto()
    ATTACHMENT = auto()
    CLOSE = auto()
    SHUT_DOWN = auto()
    VOID = auto()
    """Held for so long that nobody meant it."""


class Press(msgspec.Struct, frozen=True):
    """One press, told when the button is let go.

    `held` is in seconds. `attachment`: the photo is of something that is no result sheet. `name`
    tells simulated presses apart, so that whoever pressed can find the outcome.
    """

    held: float = 0.0
    attachment: bool = False
    name: str = ""

    @property
    def kind(self) -> PressKind:
        """What it asks for; attachments have no holds."""
        if self.held >= STUCK_SECONDS:
            return PressKind.VOID
        if self.attachment:
            return PressKind.ATTACHMENT
        if self.held >= SHUT_DOWN_SECONDS:
            return PressKind.SHUT_DOWN
        return PressKind.CLOSE if self.held >= HOLD_SECONDS else PressKind.SHEET


OutcomeKind = Literal[
    "read",
    "refused",
    "attached",
    "closed",
    "incomplete",
    "nothing",
    "busy",
    "shutting_down",
    "fault",
]


class Outcome(msgspec.Struct, frozen=True):
    """What came of a press, for whoever waits for it.

    `kind` incomplete: some sheets are missing, hold again; nothing: no result was made; busy: it
    came during a photo and was dropped. `text` is for people. `photo` is the SHA-256 in hex of the
    photo kept, `reason` why it was refused. `doubtful` names fields that need a person; `number`
    and `result` (id in hex) are those of the result made; `closed` and `incomplete` name contests.
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
            CameraFault: no photo, within the camera's own time limit.
        """

    @abstractmethod
    def check(self) -> None:
        """Return at once if the camera works; else start whatever may bring it back.

        Raises:
            CameraFault: it gives no frames; in words, why.
        """

    @abstractmethod
    def close(self) -> None:
        """Give the device back."""


class TunableCamera(Camera):
    """A camera that can be set, for calibration."""

    @property
    @abstractmethod
    def lens_range(self) -> tuple[float, float] | None:
        """The nearest to infinity and the nearest to the lens it can focus, in dioptres.

        None for a camera without a focus motor.

        Raises:
            CameraFault: it cannot be opened.
        """

    @abstractmethod
    def measure(self, lens_position: float | None) -> CameraSettings:
        """Focus there, let exposure and white balance settle, lock them; what they came to.

        Raises:
            CameraFault: it gives no frames.
        """

    @abstractmethod
    def use(self, settings: CameraSettings) -> None:
        """Take the next photos with these settings.

        Raises:
            CameraFault: it does not answer.
        """


class Button(ABC):
    """Gives presses in the order in which they were made."""

    @abstractmethod
    def wait(self, timeout: float) -> Press | None:
        """The next press, or None after `timeout` seconds without one."""

    @abstractmethod
    def held(self) -> float:
        """Seconds for which it is down now, 0.0 while it is up.

        Infinite if it was down already when the board was opened. The longer of both buttons.

        Raises:
            EnvironmentFault: the device cannot be read.
        """

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
    """Three lights: camera, tick and cloud; a self-test runs when they are opened."""

    @abstractmethod
    def show(self, shown: Shown) -> None:
        """Show one signal on each light, until the next call.

        Raises:
            EnvironmentFault: the lights cannot be set.
        """

    @abstractmethod
    def failed(self) -> tuple[str, ...]:
        """Names of lights that do not do what they are told, as far as that can be measured."""

    @abstractmethod
    def close(self) -> None:
        """Turn all off and give the devices back."""


class Buzzer(ABC):
    """Short sounds."""

    @abstractmethod
    def play(self, sound: Sound) -> None:
        """Start a sound in place of the one that is heard; return at once.

        Raises:
            EnvironmentFault: the device fails.
        """

    @abstractmethod
    def close(self) -> None:
        """Be silent and give the device back."""


class Power(ABC):
    """The supply."""

    @abstractmethod
    def weak(self) -> bool:
        """Whether the supply is below what the computer needs at this moment."""

    @abstractmethod
    def off(self) -> float:
        """Ask the system to shut down; seconds within which it will end this program.

        Raises:
            EnvironmentFault: it refuses.
        """


@dataclass(frozen=True)
class Board:
    """All of it, of one back end."""

    camera: Camera
    button: Button
    lights: Lights
    buzzer: Buzzer
    power: Power

    def close(self) -> None:
        """Close every part, even if one of them fails; the lights last."""
        with ExitStack() as stack:
            stack.callback(self.lights.close)
            stack.callback(self.buzzer.close)
            stack.callback(self.button.close)
            stack.callback(self.camera.close)
