"""What a record of composed sets says: shares, errors and their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from reading_pool import HANDWRITING
from reading_sets import DOUBTS, FORM, NULL, Record, hand_names
from tpsbox.forms.library import load_form

RESAMPLED = 1000
"""Bootstrap samples of writers."""
ERRORS = (1, 5, 20, 100)
"""Errors per 10,000 accepted at which the trade-off is stated."""


def set_figures(record: Record, seed: int) -> dict[str, dict[str, Any]]:
    """Figures by source, and over all."""
    parts = {"all": record} | {
        name: record[record["source"] == number] for number, name in enumerate(HANDWRITING)
    }
    return {name: figures_of(part, seed) for name, part in parts.items() if len(part)}


def figures_of(record: Record, seed: int) -> dict[str, Any]:
    """Figures of one source. Wrong is always against what was written."""
    fields = int(record["field"].max()) + 1
    sets = record.reshape(-1, fields)
    wrong = record["value"] != record["written"]
    bad = record["accepted"] & wrong
    slip = sets["slip"][:, 0]
    whole = sets["accepted"].all(axis=1)
    any_bad = bad.reshape(-1, fields).any(axis=1)
    repaired = sets["slipped"] & (sets["value"] == sets["meant"])
    silent = whole & (repaired & sets["accepted"]).any(axis=1)
    low, high = interval(bad, record["accepted"], hand_names(record), seed)
    return {
        "sets": len(sets),
        "writers": len(np.unique(record["hand"][record["hand"] >= 0])),
        "consistent": int((~slip).sum()),
        "accepted_whole_percent": percent(whole[~slip]),
        "undetected": int((whole & any_bad & ~slip).sum()),
        "undetected_per_10000": round(100 * percent((whole & any_bad)[~slip]), 1),
        "slips": int(slip.sum()),
        "slips_silently_repaired_percent": percent(silent[slip]),
        "slips_accepted_wrong_percent": percent(any_bad[slip]),
        "slipped_field_accepted_as_meant": int((repaired & sets["accepted"]).sum()),
        "fields": len(record),
        "fields_accepted_percent": percent(record["accepted"]),
        "wrong_among_accepted": int(bad.sum()),
        "accepted": int(record["accepted"].sum()),
        "wrong_per_10000_accepted": [
            round(1e4 * share, 2)
            for share in (float(bad.sum()) / max(1, int(record["accepted"].sum())), low, high)
        ],
        "numbers_right_argmax_percent": percent(record["argmax"] == record["written"]),
        "numbers_right_joint_percent": percent(~wrong),
        "share_accepted_percent": {
            name: accepted_at(record, record[name]) for name in ("confidence", "lead")
        },
        "review_percent": _reasons(record, wrong),
        "accepted_wrong_in": _where(record["field"][bad]),
    }


def accepted_at(record: Record, evidence: NDArray[np.float64]) -> dict[str, float]:
    """Most numbers (%) that a threshold on the evidence takes at so many errors per 10,000."""
    _, share, error = trade_off(record, evidence)
    return {
        f"at_{most}": round(100 * float(share[1e4 * error <= most].max(initial=0.0)), 2)
        for most in ERRORS
    }


def _reasons(record: Record, wrong: NDArray[np.bool_]) -> dict[str, list[float]]:
    """Per reason: fields it sends to review (%), and right ones that it alone sends there (%)."""
    return {
        str(doubt): [
            percent((record["doubts"] >> bit) & 1 == 1),
            percent((record["doubts"] == 1 << bit) & ~wrong),
        ]
        for bit, doubt in enumerate(DOUBTS)
    }


def _where(fields: NDArray[np.int8]) -> dict[str, int]:
    names = [field.name for field in load_form(FORM).fields]
    return {names[place]: int(count) for place, count in enumerate(np.bincount(fields)) if count}


def percent(chosen: NDArray[np.bool_]) -> float:
    """Share of true ones in percent, to four places; 0 of nothing is 0."""
    return round(100 * float(chosen.mean()), 4) if chosen.size else 0.0


def interval(
    counted: NDArray[np.bool_], among: NDArray[np.bool_], owners: NDArray[np.int64], seed: int
) -> tuple[float, float]:
    """95 % interval of the share of `counted` in `among`, by drawing whole owners anew.

    Boxes of one writer err alike, so fields are no independent trials. With nothing counted the
    upper end is 3/n over owners, who are independent: larger than 3/n over fields.
    """
    _, place = np.unique(owners, return_inverse=True)
    hits = np.bincount(place, weights=counted)
    trials = np.bincount(place, weights=among)
    if not hits.any():
        return 0.0, 3 / max(1, int((trials > 0).sum()))
    rng = np.random.default_rng(seed)
    shares = []
    for _ in range(RESAMPLED):
        drawn = rng.integers(len(hits), size=len(hits))
        shares.append(hits[drawn].sum() / max(1.0, trials[drawn].sum()))
    low, high = np.percentile(shares, (2.5, 97.5))
    return float(low), float(high)


def trade_off(
    record: Record, evidence: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Thresholds from strict to lax; share accepted; error among accepted [n].

    A field counts as accepted where its evidence reaches the threshold, whatever else speaks
    against it; null and NaN never do.
    """
    usable = (record["value"] != NULL) & ~np.isnan(evidence)
    order = np.argsort(-evidence[usable], kind="stable")
    sorted_evidence = evidence[usable][order]
    wrong = (record["value"] != record["written"])[usable][order]
    last = np.flatnonzero(np.diff(sorted_evidence, append=np.nan))
    taken = last + 1.0
    return sorted_evidence[last], taken / len(record), np.cumsum(wrong)[last] / taken
