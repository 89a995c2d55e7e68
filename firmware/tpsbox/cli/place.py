"""Which box a command is about: the option --data, and what it opens."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tpsbox.forms.election import Election
from tpsbox.kiosk.box import box_election, load_config
from tpsbox.store.store import Store

VARIABLE = "TPSBOX_DATA"
FOLDER = "tpsbox-data"


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add the option --data."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=f"the box's folder (default: ${VARIABLE} or ./{FOLDER})",
    )


def data_folder(arguments: argparse.Namespace) -> Path:
    """The box's folder, whether it exists or not."""
    given: Path | None = arguments.data
    return given if given is not None else Path(os.environ.get(VARIABLE) or FOLDER)


@contextmanager
def open_box(data: Path) -> Iterator[tuple[Store, Election]]:
    """The store of a box and its election; the kiosk may run beside it.

    Raises:
        AnswerError: no box in that folder.
        InputError: its configuration or election cannot be read.
        EnvironmentFault: the store cannot be opened.
    """
    load_config(data)  # else opening the store would make one
    with Store(data) as store:
        yield store, box_election(data, store.identity.owner())
