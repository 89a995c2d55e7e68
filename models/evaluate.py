"""Measure a TFLite file on what it was never trained on; print tables, return figures.

python models/evaluate.py --shared ../shared --model models/digits.tflite
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from augment import cell_of, disturbed
from cells import CLASSES, Gray
from data import Canvases, Pens, Pools, load_pools, mnist_ink
from makers import blank, crossed, dashed, pen_mark
from numpy.typing import NDArray
from synthesis import compose
from undone import other

DIGITS = 10
SEED = 20240214
"""Disturbances of the measures are drawn from here, never from the seed of training."""

Set = tuple[Gray, NDArray[np.int64]]


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits [n, k] -> log probabilities [n, k]."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def negative_log_likelihood(
    logits: NDArray[np.float32], labels: NDArray[np.int64], temperature: float
) -> float:
    """Mean log loss in nats at a temperature."""
    scores = log_softmax(logits / temperature)
    return float(-scores[np.arange(len(labels)), labels].mean())


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature of least log loss between 0.5 and 3, to two places."""
    grid = np.arange(0.5, 3.0, 0.01)
    losses = [negative_log_likelihood(logits, labels, t) for t in grid]
    return round(float(grid[int(np.argmin(losses))]), 2)


def calibration_error(
    logits: NDArray[np.float32], labels: NDArray[np.int64], temperature: float
) -> float:
    """Expected calibration error over 15 equal bins of the top probability."""
    p = np.exp(log_softmax(logits / temperature))
    top, right = p.max(axis=1), p.argmax(axis=1) == labels
    bins = np.minimum((top * 15).astype(int), 14)
    gaps = [
        abs(top[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in range(15)
        if (bins == b).any()
    ]
    return float(sum(gaps))


@dataclass(frozen=True)
class Measure:
    """Figures of one source."""

    name: str
    n: int
    wrong: int
    nll: float
    ece: float
    false_digits: int
    wrong_at_2_percent_rejected: int
    confusion: NDArray[np.int64]

    def row(self) -> str:
        """One line of the table under HEADING."""
        accuracy = 100 * (1 - self.wrong / self.n)
        return (
            f"| {self.name} | {self.n} | {self.wrong} | {accuracy:.2f} | "
            f"{self.false_digits} | {self.wrong_at_2_percent_rejected} | "
            f"{self.nll:.3f} | {self.ece:.3f} |"
        )


CONFUSED = (
    "kpps-2024 held-out TPS, digits",
    "kpps-2024 held-out TPS, X, blank, other",
    "MNIST test in drawn boxes, plain",
    "UNIPEN held-out writers, plain",
)
"""Sets whose confusion is shown, in sum."""

HEADING = (
    "| set | n | wrong | right % | read as a wrong digit | wrong at 2 % rejected "
    "| log loss | ECE |\n|---|---|---|---|---|---|---|---|"
)


def measure(
    name: str, logits: NDArray[np.float32], labels: NDArray[np.int64], temperature: float
) -> Measure:
    """Figures of one source at a temperature."""
    p = np.exp(log_softmax(logits / temperature))
    guess, top = p.argmax(axis=1), p.max(axis=1)
    kept = np.argsort(-top, kind="stable")[: round(0.98 * len(top))]
    confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    np.add.at(confusion, (labels, guess), 1)
    return Measure(
        name,
        len(labels),
        int((guess != labels).sum()),
        negative_log_likelihood(logits, labels, temperature),
        calibration_error(logits, labels, temperature),
        int(((guess != labels) & (guess < DIGITS)).sum()),
        int((guess[kept] != labels[kept]).sum()),
        confusion,
    )


def _pens(pens: Pens, scans: float, seed: int) -> Set:
    rng = np.random.default_rng([SEED, seed])
    cells = [
        disturbed(pen_mark(pens, i, rng)[0], rng, scans=scans) for i in range(len(pens.labels))
    ]
    return np.array(cells), pens.labels


def _plain_pens(pens: Pens, seed: int) -> Set:
    rng = np.random.default_rng([SEED, seed])
    cells = [cell_of(pen_mark(pens, i, rng)[0]) for i in range(len(pens.labels))]
    return np.array(cells), pens.labels


def _boxes(boxes: Canvases, make: Callable[[Gray, np.random.Generator], Gray], seed: int) -> Set:
    rng = np.random.default_rng([SEED, seed])
    return np.array([make(c, rng) for c in boxes.images]), boxes.labels


def _drawn(pools: Pools, count: int) -> Set:
    rng = np.random.default_rng([SEED, 99])
    cells, labels = [], []
    for make in (crossed, dashed, blank, other):
        for _ in range(count):
            canvas, label = make(pools, rng)
            cells.append(disturbed(canvas, rng))
            labels.append(label)
    return np.array(cells), np.array(labels)


def temperature_set(pools: Pools) -> Set:
    """Marks of labs that were never trained on."""
    return _pens(pools.unipen_foreign, 0.25, 1)


def held_out_sets(pools: Pools) -> dict[str, Set]:
    """Every set that is reported, by name."""
    kpps = pools.kpps_held
    digits = kpps.labels < DIGITS
    only_digits = Canvases(kpps.images[digits], kpps.labels[digits])
    marks = Canvases(kpps.images[~digits], kpps.labels[~digits])
    return {
        "kpps-2024 held-out TPS, digits": _boxes(only_digits, lambda c, _: cell_of(c), 2),
        "kpps-2024 held-out TPS, X, blank, other": _boxes(marks, lambda c, _: cell_of(c), 2),
        "the same digits, disturbed": _boxes(only_digits, lambda c, r: disturbed(c, r, 1, 0), 3),
        "the same digits, as 1-bit scans": _boxes(
            only_digits, lambda c, r: disturbed(c, r, 1, 1), 4
        ),
        "scans of 2019, tps01 to tps10 (unless left out, trained on)": _boxes(
            pools.scans, lambda c, _: cell_of(c), 9
        ),
        "MNIST test in drawn boxes, plain": _boxes(
            pools.mnist_test, lambda c, r: cell_of(compose(mnist_ink(c, r), r)), 8
        ),
        "UNIPEN held-out writers, plain": _plain_pens(pools.unipen_held, 7),
        "MNIST test in drawn boxes, disturbed": _boxes(
            pools.mnist_test,
            lambda c, r: disturbed(compose(mnist_ink(c, r), r), r),
            5,
        ),
        "UNIPEN held-out writers, disturbed": _pens(pools.unipen_held, 0.25, 6),
        "drawn X, dash, blank, other (training's own making)": _drawn(pools, 500),
    }


def confusion_table(confusion: NDArray[np.int64]) -> str:
    """Markdown: rows are what is written, columns what is read."""
    lines = ["| | " + " | ".join(CLASSES) + " |", "|---" * (len(CLASSES) + 1) + "|"]
    for name, row in zip(CLASSES, confusion, strict=True):
        lines.append(f"| **{name}** | " + " | ".join(str(v) if v else "." for v in row) + " |")
    return "\n".join(lines)


def report(read: Callable[[Gray], NDArray[np.float32]], pools: Pools, temperature: float) -> str:
    """All tables as markdown."""
    sets = held_out_sets(pools)
    measures = [measure(n, read(x), y, temperature) for n, (x, y) in sets.items()]
    foreign, labels = temperature_set(pools)
    measures.append(
        measure("UNIPEN foreign labs (temperature fitted here)", read(foreign), labels, temperature)
    )
    shown = [m.confusion for m in measures if m.name in CONFUSED]
    return "\n".join(
        [
            HEADING,
            *(m.row() for m in measures),
            "",
            "Confusion (rows: written, columns: read) of " + "; ".join(CONFUSED) + ":",
            "",
            confusion_table(np.sum(shown, axis=0)),
        ]
    )


def main() -> None:
    """Print all tables for a shipped file."""
    from export import Reader

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--model", type=Path, default=Path("models/digits.tflite"))
    args = parser.parse_args()
    facts: dict[str, Any] = json.loads(args.model.with_suffix(".json").read_text())
    pools = load_pools(args.shared, args.model.parent / ".cache")
    print(report(Reader(args.model).logits, pools, facts["temperature"]))


if __name__ == "__main__":
    main()
