"""The trade-off of composed sets as a picture: share accepted against error among accepted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from reading_figures import trade_off
from reading_pool import HANDWRITING
from reading_sets import Record

EVIDENCES = {"confidence": "-", "lead": "--"}
"""Evidence of a field and the line it is drawn with."""


def draw_curve(record: Record, path: Path) -> str | None:
    """Write the PNG; a sentence instead if the package that draws it is missing.

    The lines are thresholds on one evidence alone; a dot is what the rules in force accept.
    """
    try:
        import matplotlib
    except ImportError:
        return "no curve: matplotlib is missing, .venv/bin/pip install matplotlib"
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5), dpi=110)
    for number, source in enumerate(HANDWRITING):
        part = record[record["source"] == number]
        for evidence, line in EVIDENCES.items():
            if np.isnan(part[evidence]).all():
                continue
            _, share, error = trade_off(part, part[evidence])
            label = f"{source}, by {evidence}"
            axes.plot(100 * share, 1e4 * error, line, color=f"C{number}", label=label)
        taken = part["accepted"]
        wrong = (part["value"] != part["written"])[taken]
        at = (100 * float(taken.mean()), 1e4 * float(wrong.mean()) if len(wrong) else 0.0)
        axes.plot(*at, "o", color=f"C{number}", label=f"{source}, rules in force")
    axes.set_xlabel("numbers accepted (%)")
    axes.set_ylabel("wrong per 10,000 accepted")
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    axes.set_title(f"{len(np.unique(record['set'])):,} composed sets of ppwp-2024")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    pyplot.close(figure)
    return None
