"""The language of scenarios: one step a line, the first word names it; `#` begins a comment.

A runner is any object with a method `do_WORD` for each first word and `expect_WORD` for each second
word after `expect`; the rest of the line are their arguments. A step that a runner cannot do has
no method there: `unknown` names those of a text, so that a runner can say what it leaves out.

press [PHOTO]           press the button with this photo under the camera (none: nothing there)
presses PHOTO N         press N times before the box comes to look at any of them
attach PHOTO            press the second button
hold SECONDS            hold the button: 2 closes, 8 shuts down, 30 is nobody's intention
wait SECONDS            let time pass
enrol                   the centre's answer to this box is installed
confirm FIELD           an officer says "sesuai"
correct FIELD NUMBER    an officer types a number (`kosong`: empty)
centre ANSWER KIND      the centre answers `stored` or `refused` to a `result`, or to `all`
link NAME STATE         the uplink says that of a link: `online`, `waiting`, `stopped`
power cut while reading the power goes at the next reading
power off               it goes now
power on [and off]      it comes back (and goes again in the first reading)
reading crashes|works   the program fails on every photo, or does not
camera TROUBLE...       how the next photos fail: `timeout`, `truncated`; or `unplugged`, `plugged`
button stuck|free       something lies on the button
lights NAME...|work     these lights stay dark
supply weak|good        the voltage drops
clock YEAR|right        the box's clock shows that year
disk STATE              `full`, `read-only`, `fails N` (call N and all later ones), `works`
expect outcome KIND [REASON]     what the last press came to
expect camera|tick|cloud SIGNAL  what that light says
expect notice NAME|none          what all three lights say
expect sound NAME|none           what was heard last since the last such line
expect problem CODE|none         what `tpsbox status` names as wrong
expect value FIELD NUMBER STATE [REASON...]
expect results N, expect newest NUMBER open|closed, expect queued KIND N, expect photos N
expect event NAME       this stands in the audit log
expect stamp CLOCK      where the time of the newest photo comes from: `system`, `none`
expect newest_stamp CLOCK        the same of the newest result
expect off              the box has asked to be switched off

Steps of scripts/emulate alone, whose boards have a system and a centre around them:
freeze kiosk|system     the program stops in the middle; process 1 does
network off|on          the cable is pulled out, is put back
expect restart within S          systemd has started the kiosk again
expect reboot within S           the hardware's watchdog has started the computer again
expect centre results|evidence|photos N     so many are committed at the centre
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Step(NamedTuple):
    """One line: its number, its words."""

    number: int
    words: tuple[str, ...]

    @property
    def method(self) -> str:
        """The name of the method that does it."""
        return f"expect_{self.words[1]}" if self.words[0] == "expect" else f"do_{self.words[0]}"

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the method gets."""
        return self.words[2:] if self.words[0] == "expect" else self.words[1:]


def steps(text: str) -> Iterator[Step]:
    """The steps of a scenario."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = tuple(line.partition("#")[0].split())
        if words:
            yield Step(number, words)


def unknown(text: str, runner: object) -> list[Step]:
    """Steps that a runner cannot do."""
    return [step for step in steps(text) if not hasattr(runner, step.method)]


def play(text: str, runner: object) -> None:
    """Do every step; AssertionError names the line that did not hold."""
    for step in steps(text):
        try:
            getattr(runner, step.method)(*step.arguments)
        except AssertionError as error:
            line = " ".join(step.words)
            raise AssertionError(f"line {step.number}: {line}: {error}") from error
