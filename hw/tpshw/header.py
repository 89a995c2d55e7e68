"""The 40-pin header of every Raspberry Pi since the B+ (from its documentation, GPIO pinout)."""

from __future__ import annotations

BCM_AT = {
    3: 2, 5: 3, 7: 4, 8: 14, 10: 15, 11: 17, 12: 18, 13: 27, 15: 22, 16: 23, 18: 24, 19: 10,
    21: 9, 22: 25, 23: 11, 24: 8, 26: 7, 27: 0, 28: 1, 29: 5, 31: 6, 32: 12, 33: 13, 35: 19,
    36: 16, 37: 26, 38: 20, 40: 21,
}  # fmt: skip
"""Place on the header to BCM number."""

SUPPLY_3V3 = frozenset({1, 17})
SUPPLY_5V = frozenset({2, 4})
GROUND = frozenset({6, 9, 14, 20, 25, 30, 34, 39})
RESERVED = frozenset({27, 28})
"""Read at start for the memory of a HAT; nothing else may hang there."""


def kind(place: int) -> str:
    """What a place on the header is: "gpio", "ground", "3.3 V", "5 V" or "reserved".

    Raises:
        ValueError: no such place.
    """
    if place in RESERVED:
        return "reserved"
    if place in BCM_AT:
        return "gpio"
    if place in GROUND:
        return "ground"
    if place in SUPPLY_5V:
        return "5 V"
    if place in SUPPLY_3V3:
        return "3.3 V"
    raise ValueError(f"the header has places 1 to 40, not {place}")
