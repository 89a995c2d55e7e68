"""Whether a correction by an equation may have been a slip of the officers instead.

They err in ways of their own: a little, by a round ten or hundred, by swapping digits. A net
errs by digits that look alike. A correction that would undo such a slip proves nothing about the
reading; one by which nobody slips is the net's more likely error.
"""

from __future__ import annotations

from collections.abc import Mapping

LITTLE = 4
"""Most by which a number that was counted or added wrong is off: of 42 real forms with a check sum
4 were wrong, by 1, by 4, by two digits swapped, and beyond all explaining."""

ROUND = (10, 100)


def may_be_slip(written: int, value: int) -> bool:
    """Whether an officer who meant `value` may well have written `written`, or erred as much
    elsewhere in the same sum."""
    off = abs(written - value)
    # Two digits swapped change a number by a multiple of nine, whichever they are.
    return off <= LITTLE or off in ROUND or off % 9 == 0


def only_misread(written: Mapping[str, int], values: Mapping[str, int]) -> bool:
    """Whether none of the changes from `written` to `values` may be an officer's slip."""
    changed = [name for name, value in values.items() if value != written[name]]
    return not any(may_be_slip(written[name], values[name]) for name in changed)
