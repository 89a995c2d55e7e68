"""The fixed constants of statement version 2: what is likely in a result, as whole weights.

They are part of the specification (docs/wire.md): to change one is to make another version. They
were fitted to simulated results (`scripts/bench wire`) that follow the published figures: 468
voters a TPS and 2 to 6 paslon (Pilkada 2024), arithmetic broken on one sheet in ten (Sirekap's data
of 2024). They decide how short a statement is, never what it can say.
"""

from __future__ import annotations

from typing import NamedTuple


class Spread(NamedTuple):
    """How a number lies about its guess.

    `equal`, `above`, `below`: first weights of the three. The distance beyond the guess falls off
    with scale `guess * share // 16 + least`.
    """

    equal: int
    above: int
    below: int
    share: int
    least: int


GROWTH = 4
"""What each use adds to a weight, of states and of spreads."""

FORMS = (255, 1)
"""Statements in the modelled and in the plain form."""

EPOCHS = (31, 1)
"""The first box of a TPS, and a later one."""

NUMBER_BITS = (16, 16, 12, 8, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
"""Statements by the bits of their number, 1 to 16: a box states a few times in a night."""

TIMES = (1, 28, 3)
"""Unknown, around the day of the election, any other."""

CLOCKS = (1, 1, 2, 10, 2)
"""By quality of the clock."""

TPS_LISTED = (255, 1)
"""A TPS of the election's list, and any other."""

CLOSED = (1, 7)
"""Contests open and closed."""

#       absent, accepted, confirmed, corrected, unsure; confirmed, corrected and unsure empty
STATES_FIRST = (8, 196, 24, 12, 12, 1, 1, 2)
"""The first field of a sheet of a closed contest."""

STATES_AFTER = (
    (248, 2, 1, 2, 1, 1, 1, 1),
    (1, 220, 4, 13, 13, 1, 1, 2),
    (1, 4, 220, 13, 13, 1, 1, 2),
    (1, 96, 24, 80, 12, 1, 1, 2),
    (1, 128, 16, 12, 80, 1, 1, 8),
)
"""After a field that is absent, accepted, confirmed, corrected, unsure: see docs/wire.md."""

RULE, RULE_UNSURE, SAME = "rule", "rule, unsure", "same"
SHARED_OUT, PROPORTION, BESIDE = "shared out", "proportion", "beside"
TURNOUT, ANY = "turnout", "any"

RARE = {
    "pemilih_dptb": Spread(44, 20, 1, 0, 4),
    "pemilih_dpk": Spread(22, 42, 1, 0, 12),
    "pengguna_dptb": Spread(44, 20, 1, 0, 4),
    "pengguna_non_dpt": Spread(22, 42, 1, 0, 12),
    "disabilitas": Spread(32, 32, 1, 0, 5),
    "surat_suara_dikembalikan": Spread(44, 20, 1, 0, 4),
    "suara_tidak_sah": Spread(1, 62, 1, 0, 48),
}
"""Fields that begin so have a small number: the guess is 0."""

SPREADS = {
    RULE: Spread(240, 3, 3, 0, 12),
    RULE_UNSURE: Spread(52, 6, 6, 0, 32),
    SAME: Spread(48, 4, 4, 0, 3),
    SHARED_OUT: Spread(1, 31, 32, 20, 12),
    PROPORTION: Spread(2, 36, 26, 1, 16),
    BESIDE: Spread(1, 32, 32, 4, 32),
    TURNOUT: Spread(1, 28, 35, 6, 2),
    ANY: Spread(1, 32, 32, 4, 160),
    **RARE,
}
"""By what the guess was made from: see docs/wire.md."""

OWN = ("paslon_", "suara_")
"""Fields that begin so differ from contest to contest."""
