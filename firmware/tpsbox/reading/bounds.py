"""The bounds of acceptance: how sure a number must be, in nats, for an error rate asked for.

`lead` is by how much the best value of a field is more likely than any other, after everything
that speaks for it: witnesses, and the equations that hold. The leads below are those at which
composed sheets of held-out writers stayed under each error rate (`scripts/bench reading`).
"""

from __future__ import annotations

from dataclasses import dataclass

from tpsbox.errors import UsageError

DEFAULT_BOUND = 1e-5
"""Error rate of accepted numbers that the box works with."""


@dataclass(frozen=True)
class Bounds:
    """Thresholds in nats.

    `given_up`: most likelihood that a correction by an equation may cost; the officers' own slips
    would be repaired in silence otherwise. `misread`: the same for a correction that undoes no
    slip of theirs. `runner_up`: least lead within the equations.
    `held`: least lead of a number in soft equations that hold. `alone`: of one that nothing but
    its own writings speaks for.
    """

    given_up: float
    misread: float
    runner_up: float
    held: float
    alone: float


_BY_RATE = (
    (1e-3, Bounds(given_up=4.5, misread=4.5, runner_up=3.5, held=5.0, alone=7.0)),
    (1e-4, Bounds(given_up=3.0, misread=3.0, runner_up=4.0, held=6.0, alone=9.3)),
    (1e-5, Bounds(given_up=0.9, misread=3.0, runner_up=4.5, held=6.5, alone=11.5)),
)

GUESSED = 7.5
"""Most nats of a solution offered as a guess; a clear digit costs 8 or more and is not moved."""
SOFT_WORTH = 6.0
"""Nats that each soft equation adds when it holds as written: officers break one in ten of them,
and one in forty of those would come out just so."""
SLIP_COST = 8.2
"""Nats against an officers' slip by so much in one given equation, 1 in 3,800: 4 of 42 real forms
held one, a form has a dozen equations, and a slip comes out in some thirty ways."""
SURELY_BLANK = 0.98
"""Least probability of a leading box to count as empty: a lost thin 1 looks the same."""
DASH_DOUBT = 0.2
"""Most probability of a digit in a leading box that may hold a dash: a flat 1 looks the same, and
an officer's 12 for 2 would be mended in silence."""
MOST_LEAD = 30.0
"""Nats beyond which nobody counts: no other value was within reach."""
WITNESS_CAP = 1.0
"""Most nats that other witnesses add to the boxes within an equation."""
SOFT_GIVEN_UP = 1.0
"""Most nats a correction by soft equations may cost: officers break them often."""
STANDS_OUT = 0.9
"""Least probability of a number that nothing but its own writings speaks for: less is none. The
stripes of a screen in an empty box have read as a 6 with 0.81."""
LEGIBLE = 0.05
"""Least probability, by its boxes, of a number that an equation settles where they make no clear
number by themselves: its own writing must not speak against it."""
STRUCK_OUT = 0.5
"""Probability of a box being illegible from which no equation may say what it holds: where a
digit was struck out, the officers have written another one somewhere."""
WITNESS_SURE = 0.99
"""Least share of a witness's own best value for its contradiction to count."""


def bounds_for(rate: float) -> Bounds:
    """The thresholds that keep the share of wrong numbers among those accepted below `rate`.

    Raises:
        UsageError: lower than anything that was measured.
    """
    for measured, bounds in _BY_RATE:
        if rate >= measured:
            return bounds
    raise UsageError(f"bound {rate:g}: the lowest error rate that was measured is 1e-05")
