"""`tpsbox confirm` and `tpsbox correct`: what officers say about the numbers."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from typing import Any

import msgspec

from tpsbox.cli.place import add_data, data_folder, open_box
from tpsbox.cli.shown import FieldShown, broken_rules, shown
from tpsbox.errors import AnswerError, UsageError
from tpsbox.kiosk.standing import ContestStanding, FieldStanding, stand_all
from tpsbox.record.statement import NUMBER_LIMIT, State
from tpsbox.store.store import Store
from tpsbox.store.words import WordKind

EMPTY = "kosong"

Target = tuple[ContestStanding, FieldStanding]


def add(commands: Any) -> None:
    """Add the two commands."""
    confirm = commands.add_parser("confirm", help='say "sesuai" to numbers, or list the doubtful')
    confirm.add_argument("fields", nargs="*", metavar="FIELD", help="as in bupati.paslon_1")
    confirm.add_argument("--all", action="store_true", help="every doubtful field with a number")
    confirm.add_argument("--empty", action="store_true", help="also fields that are empty on paper")
    confirm.set_defaults(run=run_confirm)
    correct = commands.add_parser("correct", help="type the number that stands on the sheet")
    correct.add_argument("field", metavar="FIELD", help="as in bupati.paslon_1")
    correct.add_argument("value", metavar="VALUE", help=f'0 to {NUMBER_LIMIT}, or "{EMPTY}"')
    correct.add_argument(
        "--without-photo",
        action="store_true",
        help="type it although its sheet was not photographed: nobody can compare it later",
    )
    correct.set_defaults(run=run_correct)
    for parser in (confirm, correct):
        parser.add_argument("--contest", metavar="C", help="the contest of fields named without")
        parser.add_argument("--json", action="store_true", help="print JSON")
        add_data(parser)


def run_confirm(arguments: argparse.Namespace) -> int:
    """Confirm what was asked for; without fields, list what is in doubt."""
    if arguments.all and arguments.fields:
        raise UsageError("confirm: name fields, or give --all, not both")
    with open_box(data_folder(arguments)) as (store, election):
        standings = _of_contest(stand_all(store, election), arguments.contest)
        doubtful = [(c, field) for c in standings for field in c.doubtful]
        if arguments.fields:
            targets = [find_field(standings, name) for name in arguments.fields]
        elif arguments.all:
            targets = [(c, f) for c, f in doubtful if _has_number(f, arguments.empty)]
        else:
            _print([shown(*target) for target in doubtful], arguments.json, _no_doubt(standings))
            _print_broken(standings, arguments.json)
            return 0
        for _, field in targets:
            _check_confirmable(field, arguments.empty)
        for contest, field in targets:
            _say(store, contest, field, "confirm", field.number)
        after = stand_all(store, election)
        _print(_again(after, targets), arguments.json, "Tidak ada yang dinyatakan sesuai.")
        left = sum(len(contest.doubtful) for contest in _of_contest(after, arguments.contest))
        if left and not arguments.json:
            print(f"Masih {left} angka perlu diperiksa.")
        _print_broken(_of_contest(after, arguments.contest), arguments.json)
    return 0


def run_correct(arguments: argparse.Namespace) -> int:
    """Keep the typed number."""
    value = parse_value(arguments.value)
    with open_box(data_folder(arguments)) as (store, election):
        standings = _of_contest(stand_all(store, election), arguments.contest)
        target = find_field(standings, arguments.field)
        _check_photographed(target[1], arguments.without_photo)
        _say(store, *target, "correct", value)
        after = stand_all(store, election)
        _print(_again(after, [target]), arguments.json, "")
        _print_broken(_of_contest(after, target[0].key), arguments.json)
    return 0


def parse_value(text: str) -> int | None:
    """A typed number, or None for an empty box.

    Raises:
        UsageError: neither.
    """
    if text == EMPTY:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise UsageError(f'value {text[:20]!r}: 0 to {NUMBER_LIMIT}, or "{EMPTY}"')
    return int(text)


def find_field(standings: Sequence[ContestStanding], name: str) -> Target:
    """The field of that name, as `field` or `contest.field`.

    Raises:
        UsageError: no such field, or several.
    """
    contest_name, dot, field_name = name.rpartition(".")
    wanted = _of_contest(standings, contest_name) if dot else standings
    found = [(c, f) for c in wanted for f in c.fields if f.field.name == field_name]
    if len(found) == 1:
        return found[0]
    if found:
        choices = ", ".join(f"{contest.key}.{field_name}" for contest, _ in found)
        raise UsageError(f"field {name}: say which one: {choices}")
    known = dict.fromkeys(f.field.name for c in wanted for f in c.fields)
    close = difflib.get_close_matches(field_name, known, n=3, cutoff=0.5)
    hint = f"; do you mean {' or '.join(close)}?" if close else "; see tpsbox status --json"
    raise UsageError(f"field {name[:80]!r} is unknown{hint}")


def _of_contest(standings: Sequence[ContestStanding], key: str | None) -> Sequence[ContestStanding]:
    if key is None:
        return standings
    found = [contest for contest in standings if contest.key == key]
    if not found:
        choices = ", ".join(contest.key for contest in standings)
        raise UsageError(f"contest {key[:40]!r} is unknown: one of {choices}")
    return found


def _has_number(field: FieldStanding, empty: bool) -> bool:
    """Whether there is something to confirm: a number, or with `empty` boxes without writing."""
    return field.number is not None or (empty and not field.illegible)


def _no_doubt(standings: Sequence[ContestStanding]) -> str:
    """What to say where no field is in doubt: nothing read is no "no doubt"."""
    missing = [f"{c.key} lembar {', '.join(map(str, c.missing))}" for c in standings if c.missing]
    if not any(contest.sheets for contest in standings):
        return "Belum ada lembar yang terbaca."
    return "Tidak ada keraguan." + (f" Belum terbaca: {'; '.join(missing)}." if missing else "")


def _print_broken(standings: Sequence[ContestStanding], as_json: bool) -> None:
    """Name the rules that the numbers break: the paper may be wrong, a typed number too."""
    for contest in () if as_json else standings:
        for rule in broken_rules(contest):
            print(f"Tidak cocok di {contest.key}: {rule.numbers} ({rule.rule})")


def _check_confirmable(field: FieldStanding, empty: bool) -> None:
    name = field.field.name
    if field.state is State.ABSENT:
        raise AnswerError(f"{name}: lembar {field.field.page} belum difoto; tidak ada yang sesuai")
    if field.number is None and field.illegible:
        raise AnswerError(
            f"{name}: tulisannya tidak terbaca. Ketik dengan tpsbox correct {name} ANGKA, "
            f"atau correct {name} {EMPTY} jika di lembar memang kosong"
        )
    if field.number is None and not empty:
        raise AnswerError(
            f"{name}: tidak ada angka. Ketik dengan tpsbox correct {name} ANGKA, "
            "atau pakai --empty jika di lembar memang kosong"
        )


def _check_photographed(field: FieldStanding, without_photo: bool) -> None:
    """A number without a photo rests on the word of one person alone: only if they insist."""
    if field.read is None and field.word is None and not without_photo:
        name, page = field.field.name, field.field.page
        raise AnswerError(
            f"{name}: lembar {page} belum difoto. Foto dulu; jika lembarnya memang tidak ada, "
            "ketik lagi dengan --without-photo"
        )


def _say(
    store: Store, contest: ContestStanding, field: FieldStanding, kind: WordKind, value: int | None
) -> None:
    name = field.field.name
    store.words.add(contest.key, name, kind, value)
    store.events.add(kind, {"contest": contest.key, "field": name, "value": value})


def _again(standings: Sequence[ContestStanding], targets: Sequence[Target]) -> list[FieldShown]:
    by_key = {contest.key: contest for contest in standings}
    return [
        shown(by_key[contest.key], by_key[contest.key].standing(field.field.name))
        for contest, field in targets
    ]


def _print(fields: list[FieldShown], as_json: bool, nothing: str) -> None:
    if as_json:
        print(msgspec.json.encode(fields).decode())
        return
    for field in fields:
        print(field.line)
    if not fields:
        print(nothing)
