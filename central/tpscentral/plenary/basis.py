"""Whether carried standings rest on what is carried with them: records, entries and acts."""

from __future__ import annotations

from itertools import groupby

from tpsbox.errors import AnswerError

from tpscentral.plenary.carried import Carried, CarriedEntry
from tpscentral.plenary.desk import Desk
from tpscentral.plenary.readings import box_result
from tpscentral.standing import Standing, Stated

Made = set[tuple[str, str, Stated]]
"""TPS, field and what an act has made of it."""


def check_basis(desk: Desk, carried: Carried) -> None:
    """Do nothing if each number was stated by its standing's record, or made by an act.

    The records are among the results already.

    Raises:
        AnswerError: a number, a typed sheet or a decision comes from nowhere.
    """
    acted = {act.tps for act in carried.acts}
    typed = _typed_twice(carried)
    made = {
        (act.tps, name, change.after)
        for act in carried.acts
        for name, change in act.body.changes.items()
        if change.after is not None
    }
    for standing in carried.standings:
        tps, source = standing.tps, standing.source
        if tps not in acted:
            raise AnswerError(f"recap: TPS {tps} was decided by no act")
        if (source == "box") is (standing.result is None):
            raise AnswerError(f"recap: TPS {tps} does not rest on a record of its box")
        if source == "typed" and tps not in typed:
            raise AnswerError(f"recap: TPS {tps} was not typed by two people alike")
        _check_numbers(desk, standing, made)


def _check_numbers(desk: Desk, standing: Standing, made: Made) -> None:
    stated = {}
    if standing.result is not None:
        stated = box_result(desk.connection, desk.folder, standing.result, standing.contest).numbers
    for name, number in standing.numbers.items():
        if stated.get(name) != number and (standing.tps, name, number) not in made:
            raise AnswerError(
                f"recap: TPS {standing.tps}: {name} was neither stated by its box nor by an act"
            )


def _typed_twice(carried: Carried) -> set[str]:
    """TPS of which two people typed the same in one round."""

    def sheet(entry: CarriedEntry) -> tuple[str, int]:
        return entry.tps, entry.round

    found = set()
    typed = sorted((entry for entry in carried.entries if entry.kind == "typed"), key=sheet)
    for (tps, _), some in groupby(typed, key=sheet):
        first, *others = some
        if any(o.account != first.account and o.numbers == first.numbers for o in others):
            found.add(tps)
    return found
