"""A simulated count: numbers of one TPS that add up as the rules of its form ask."""

from __future__ import annotations

import numpy as np

from tpsbox.forms.model import Form
from tpsbox.forms.rules import with_reserve


def simulate_count(
    form: Form, rng: np.random.Generator, voters: tuple[int, int] | None = None
) -> dict[str, int]:
    """Numbers for every field of a plano form (`ppwp-2024`, `kwk-2024-*`).

    `voters` are the men and women on the register, drawn at random if not given. Turnout is 60 to
    95 %, spoiled and invalid ballots are few: what the public data of 2024 show.
    """
    half = form.limit // 2
    register = voters or (int(rng.integers(half // 3, half)), int(rng.integers(half // 3, half)))
    values: dict[str, int] = {}
    for sex, on_register in zip("lp", register, strict=True):
        values[f"pemilih_dpt_{sex}"] = on_register
        values[f"pengguna_dpt_{sex}"] = int(on_register * rng.uniform(0.6, 0.93))
        values[f"pengguna_dptb_{sex}"] = int(rng.integers(0, 4))
        values[f"pengguna_non_dpt_{sex}"] = int(rng.integers(0, 4))
        values[f"disabilitas_{sex}"] = int(rng.integers(0, 4))
        values[f"pengguna_total_{sex}"] = sum(
            values[f"pengguna_{kind}_{sex}"] for kind in ("dpt", "dptb", "non_dpt")
        )
    for row in ("pemilih_dpt", "pengguna_dpt", "pengguna_dptb", "pengguna_non_dpt"):
        values[f"{row}_j"] = values[f"{row}_l"] + values[f"{row}_p"]
    for row in ("pengguna_total", "disabilitas"):
        values[f"{row}_j"] = values[f"{row}_l"] + values[f"{row}_p"]
    _ballots(form, values, rng)
    _votes(form, values, rng)
    return values


def _ballots(form: Form, values: dict[str, int], rng: np.random.Generator) -> None:
    received = with_reserve(values["pemilih_dpt_j"], form.reserve_percent)
    used = values["pengguna_total_j"]
    spoiled = min(int(rng.integers(0, 3)), max(0, received - used))
    values["surat_suara_diterima"] = received
    values["surat_suara_digunakan"] = used
    values["surat_suara_dikembalikan"] = spoiled
    values["surat_suara_tidak_digunakan"] = received - used - spoiled


def _votes(form: Form, values: dict[str, int], rng: np.random.Generator) -> None:
    total = values["pengguna_total_j"]
    invalid = min(int(rng.integers(0, 15)), total)
    shares = rng.dirichlet(np.full(form.paslon, 2.0))
    votes = rng.multinomial(total - invalid, shares)
    for number, count in enumerate(votes, 1):
        values[f"paslon_{number}"] = int(count)
    values["suara_sah"] = total - invalid
    values["suara_tidak_sah"] = invalid
    values["suara_total"] = total
