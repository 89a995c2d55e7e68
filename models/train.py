"""Train the digit net and write digits.tflite and digits.json.

python models/train.py --shared ../shared --out models/ --seed 1
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from cells import CLASSES, SIZE, Gray
from data import Pools, load_pools
from evaluate import Set, fit_temperature, negative_log_likelihood, report, temperature_set
from export import Reader, convert, floats
from makers import OTHER
from mixture import SOURCES, make_many
from net import build
from numpy.typing import NDArray

HIGHEST_COST = 0.002
"""Log loss that int8 may cost on the foreign labs before float32 is shipped instead."""

OTHER_IN_FIELD = 27 / 6055
"""Share of boxes that are struck out or illegible among the crops of 2024."""

LARGEST = 400_000
"""Bytes a shipped file may have."""


BATCH = 128

FIRST_SHARE = 2
"""How many times the cells of an end are drawn for what comes first."""

ENDS = 6
"""Ends that training is brought to from one state, each on cells of its own. The mean of their
weights (model soup, Wortsman et al. 2022) errs less than any of them."""


class Stage(NamedTuple):
    """A stretch of training: its name, how often it passes over its cells, its highest rate.

    Few passes: a net that sees the same cells often learns them by heart.
    """

    name: str
    epochs: int
    peak: float
    warm: int = 300


FIRST = Stage("end0", 4, 3e-3)
"""On cells of a mixture of its own, further from what boxes hold."""
LONG = Stage("long", 3, 2e-3, warm=1000)
"""From there, on the cells of all ends together."""
END = Stage("end{}", 1, 1e-3)
"""From there, on the cells of one end each."""


class Batches(keras.utils.PyDataset):
    """Cells in random order, each time shifted by a pixel and with another strength of ink."""

    def __init__(self, cells: Gray, labels: NDArray[np.int64], size: int, seed: int) -> None:
        super().__init__()
        self._cells, self._labels, self._size = cells, labels, size
        self._rng = np.random.default_rng([seed, 7])
        self._order = self._rng.permutation(len(labels))

    def __len__(self) -> int:
        return len(self._labels) // self._size

    def on_epoch_end(self) -> None:
        """Draw a new order."""
        self._order = self._rng.permutation(len(self._labels))

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        rows = self._order[index * self._size : (index + 1) * self._size]
        x = floats(self._cells[rows])
        gain = self._rng.uniform(0.85, 1.15, (len(rows), 1, 1, 1)).astype(np.float32)
        shift = self._rng.integers(-1, 2, 2)
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
        y0, x0 = 1 + shift
        x = np.minimum(padded[:, y0 : y0 + SIZE, x0 : x0 + SIZE] * gain, 1.0)
        return x, self._labels[rows]


def fit(net: Any, cells: Gray, labels: NDArray[np.int64], stage: Stage, seed: int) -> None:
    """Train in place; a short warm-up to the highest rate, then a cosine down to nothing."""
    steps = stage.epochs * (len(labels) // BATCH)
    warm = min(stage.warm, steps // 5)
    rate = keras.optimizers.schedules.CosineDecay(
        stage.peak / 10, steps - warm, warmup_target=stage.peak, warmup_steps=warm, alpha=0.002
    )
    net.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # Without XLA: oneDNN's convolutions are nearly twice as fast on a CPU.
        jit_compile=False,
    )
    net.fit(Batches(cells, labels, BATCH, seed), epochs=stage.epochs, verbose=2)


def train(args: argparse.Namespace, cache: Path) -> tuple[Any, Gray]:
    """The trained net and cells it saw; weights stay in `cache` and are not made again.

    Its `?` is made as rare as in the field: training shows it sixteen times as often, and the net
    would call odd digits illegible (prior shift, Saerens et al. 2002).
    """
    keras.utils.set_random_seed(args.seed)
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if args.bf16 else "float32")
    net = build()
    print(f"{net.count_params()} parameters")
    ends = list(range(1, args.ends + 1))
    _stage(net, args, cache, FIRST, [0])
    _stage(net, args, cache, LONG, ends)
    begun, trained = net.get_weights(), []
    for end in ends:
        net.set_weights(begun)
        _stage(net, args, cache, END._replace(name=END.name.format(end)), [end])
        trained.append(net.get_weights())
    weights = [np.mean(same, axis=0) for same in zip(*trained, strict=True)]
    cells, labels = _cells(args, cache, ends[-1:])
    weights[-1][OTHER] += np.log(OTHER_IN_FIELD / np.mean(labels == OTHER))
    keras.mixed_precision.set_global_policy("float32")
    shipped = build()
    shipped.set_weights(weights)
    return shipped, cells


def _stage(
    net: Any, args: argparse.Namespace, cache: Path, stage: Stage, ends: Sequence[int]
) -> None:
    """Train on the cells of these ends, or take the weights kept from before."""
    run = f"{args.cells}x{args.ends}-{args.seed}{args.without}"
    kept = cache / f"digits-{run}-{stage.name}.weights.h5"
    if kept.exists():
        net.load_weights(kept)
        return
    cells, labels = _cells(args, cache, ends)
    fit(net, cells, labels, stage, args.seed + sum(ends))
    net.save_weights(kept)


def _cells(args: argparse.Namespace, cache: Path, ends: Sequence[int]) -> Set:
    """The cells of some ends together; 0 stands for those of the first stage."""
    parts = [
        make_many(
            args.shared,
            cache,
            args.cells * (1 if end else FIRST_SHARE),
            args.seed,
            args.threads,
            args.without,
            end,
        )
        for end in ends
    ]
    cells, labels = zip(*parts, strict=True)
    return np.concatenate(cells), np.concatenate(labels)


def ship(net: Any, cells: Gray, pools: Pools, out: Path) -> tuple[Path, float, dict[str, Any]]:
    """Write the file: int8 unless that costs log loss on foreign labs. Path, temperature, facts."""
    foreign, labels = temperature_set(pools)
    variants = {"int8": convert(net, cells), "float32": convert(net, None)}
    losses, heats = {}, {}
    for name, content in variants.items():
        path = out / f".{name}.tflite"
        path.write_bytes(content)
        logits = Reader(path).logits(foreign)
        path.unlink()
        heats[name] = fit_temperature(logits, labels)
        losses[name] = negative_log_likelihood(logits, labels, heats[name])
        print(f"{name}: {len(content)} bytes, log loss {losses[name]:.4f} at T {heats[name]}")
    small = len(variants["float32"]) <= LARGEST
    kind = "float32" if small and losses["int8"] > losses["float32"] + HIGHEST_COST else "int8"
    path = out / "digits.tflite"
    path.write_bytes(variants[kind])
    return path, heats[kind], {"arithmetic": kind, "parameters": net.count_params()}


def main() -> None:
    """Draw the cells, train, convert, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--cells", type=int, default=640_000, help="cells to draw for each end")
    parser.add_argument(
        "--without",
        choices=sorted(SOURCES),
        default="",
        help="a source to leave out",
    )
    parser.add_argument("--ends", type=int, default=ENDS, help="ends to take the mean of")
    parser.add_argument(
        "--bf16", action="store_true", help="train in bfloat16, for a CPU with avx512_bf16"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    cache = args.out / ".cache"
    net, cells = train(args, cache)
    pools = load_pools(args.shared, cache)
    path, temperature, kind = ship(net, cells, pools, args.out)
    facts = {
        "classes": CLASSES,
        "size": SIZE,
        "output": "logits",
        "temperature": temperature,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "input": "float32 [n,40,40,1], ink / 255; batch 1, resizable",
        "trained": {
            **kind,
            "sources": ["kpps-2024", "C1-PPWP 2019, 10 TPS", "UNIPEN", "MNIST", "drawn"],
            "cells": args.cells,
            "ends": args.ends,
            "bf16": args.bf16,
            "seed": args.seed,
            "tensorflow": tf.__version__,
        },
    }
    path.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n")
    print(f"sha256 {facts['sha256']} temperature {temperature}")
    print(report(Reader(path).logits, pools, temperature))


if __name__ == "__main__":
    main()
