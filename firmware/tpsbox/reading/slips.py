"""Whether a correction by an equation may have been a slip of the officers instead.

They err in ways of their own: a little, by a round ten or hundred, by swapping digits. A net
errs by digits that look alike. A correction that would undo such a slip proves nothing about the
reading; one by which nobody slips is the net's more likely error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tpsbox.forms.model import Rule

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


def only_misread(
    written: Mapping[str, int], values: Mapping[str, int], sums: Sequence[Rule]
) -> bool:
    """Whether no officer's slip may lie behind the changes from `written` to `values`.

    Neither behind one of them, nor behind the gap of one of the `sums` that `written` breaks: a
    slip of ten can be mended by five here and five there.
    """
    pairs = [(written[name], value) for name, value in values.items()]
    pairs += [(written[rule.total], sum(written[part] for part in rule.parts)) for rule in sums]
    return not any(a != b and may_be_slip(a, b) for a, b in pairs)
