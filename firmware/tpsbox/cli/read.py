"""`tpsbox read`: photos of sheets, or single cut-out boxes, to numbers with doubts."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from tpsbox.errors import InputError, UsageError
from tpsbox.forms.election import load_election
from tpsbox.forms.library import form_names, load_layouts
from tpsbox.forms.model import Form
from tpsbox.given import printable
from tpsbox.reading.bounds import DEFAULT_BOUND, bounds_for
from tpsbox.reading.crop import read_crop
from tpsbox.reading.model import CLASSES, load_model
from tpsbox.reading.read import ReadSheet, read_alone, read_together, read_witnesses
from tpsbox.reading.result import DOUBT_WORDS, Check, FieldReading, SheetReading
from tpsbox.reading.row_sums import sum_of_marks
from tpsbox.vision.photo import load_photo
from tpsbox.vision.rejection import RejectedError
from tpsbox.vision.sheet import find_sheet
from tpsbox.vision.single import single_cell


class PhotoAnswer(msgspec.Struct):
    """What `--json` prints for one photo."""

    photo: str
    form: str | None = None
    page: int | None = None
    status: str = "rejected"
    reason: str | None = None
    sentence: str | None = None
    fields: dict[str, FieldReading] = {}
    checks: tuple[Check, ...] = ()
    timing_ms: float = 0.0


class SetAnswer(msgspec.Struct):
    """What `--set --json` prints: the sheets alone, then all fields under all rules."""

    sheets: list[PhotoAnswer]
    fields: dict[str, FieldReading]
    checks: tuple[Check, ...]


def add(commands: Any) -> None:
    """Add the command `read`."""
    parser = commands.add_parser("read", help="read photos of sheets")
    parser.add_argument("photos", nargs="+", metavar="PHOTO", type=Path)
    parser.add_argument("--form", help="take only this form, e.g. ppwp-2024")
    parser.add_argument("--election", help="take only the forms of this election (name or path)")
    parser.add_argument("--page", type=int, help="take only this page, counted from 1")
    parser.add_argument("--set", action="store_true", help="the photos are the sheets of one TPS")
    parser.add_argument("--cells", action="store_true", help="each photo is one cut-out box")
    parser.add_argument(
        "--bound",
        type=float,
        default=DEFAULT_BOUND,
        help="error rate of accepted numbers: 1e-3, 1e-4 or 1e-5 (default)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=read)


def read(arguments: argparse.Namespace) -> int:
    """Read the photos; 1 if one was refused, 3 if one is no photo at all."""
    bounds_for(arguments.bound)
    if arguments.cells:
        _check_alone(arguments)
        return _read_cells(arguments.photos, as_json=arguments.json)
    wanted = _forms(arguments)
    answers: list[PhotoAnswer] = []
    sheets: list[ReadSheet] = []
    code = 0
    for path in arguments.photos:
        answer, sheet, failed = _read_photo(path, wanted, arguments)
        answers.append(answer)
        code = max(code, failed)
        if sheet is not None:
            sheets.append(sheet)
    if arguments.set:
        code = max(code, _print_set(answers, sheets, arguments))
    elif arguments.json:
        _print_json(answers)
    else:
        for answer in answers:
            _print_table(answer)
    return code


def _check_alone(arguments: argparse.Namespace) -> None:
    """Do nothing if no option beside --cells speaks of sheets.

    Raises:
        UsageError: one does.
    """
    given = [name for name in ("form", "election", "page") if getattr(arguments, name) is not None]
    if given or arguments.set:
        raise UsageError(f"--cells and --{[*given, 'set'][0]}: a cut-out box is no sheet")


def _forms(arguments: argparse.Namespace) -> list[Form]:
    """The forms to look for.

    Raises:
        InputError: no such election.
        UsageError: no such form, or page of it.
    """
    name = arguments.form
    if arguments.election is not None:
        wanted = list(load_election(arguments.election).forms.values())
        unknown = f"{arguments.election} has no form {name!r}"
    else:
        wanted = [form for each in form_names() for form in load_layouts(each)]
        unknown = f"form {name!r} is unknown: one of {', '.join(form_names())}"
    if name is not None:
        wanted = [form for form in wanted if form.name == name]
        if not wanted:
            raise UsageError(unknown)
    if arguments.page is not None and not any(
        page.number == arguments.page for form in wanted for page in form.pages
    ):
        raise UsageError(f"--page {arguments.page}: no such page, they count from 1")
    return wanted


def _read_photo(
    path: Path, wanted: Sequence[Form], arguments: argparse.Namespace
) -> tuple[PhotoAnswer, ReadSheet | None, int]:
    """The answer for one photo, its witnesses if it was read, and the exit code it asks for."""
    answer = PhotoAnswer(photo=printable(path))
    start = time.perf_counter()
    sheet = None
    code = 0
    try:
        found = find_sheet(load_photo(path), wanted, page=arguments.page)
        sheet = read_witnesses(found, load_model())
        reading = read_alone(sheet, arguments.bound)
        answer.form, answer.page, answer.status = found.form.name, found.page.number, "read"
        answer.fields, answer.checks = reading.fields, reading.checks
    except RejectedError as refused:
        answer.reason, answer.sentence, code = refused.reason.value, str(refused), 1
        print(f"tpsbox: {answer.photo}: {refused.reason.value}: {refused}", file=sys.stderr)
    except InputError as error:
        answer.reason, answer.sentence, code = "bad_input", str(error), error.exit_code
        print(f"tpsbox: {error}", file=sys.stderr)
    answer.timing_ms = round((time.perf_counter() - start) * 1000, 1)
    return answer, sheet, code


def _print_set(
    answers: list[PhotoAnswer], sheets: Sequence[ReadSheet], arguments: argparse.Namespace
) -> int:
    """All sheets together, each form under its own rules; one TPS may hold several elections."""
    names = dict.fromkeys(sheet.form.name for sheet in sheets)
    parts = {
        name: _together([s for s in sheets if s.form.name == name], arguments.bound)
        for name in names
    }
    several = len(parts) > 1
    fields = {
        f"{name}.{field}" if several else field: reading
        for name, part in parts.items()
        for field, reading in part.fields.items()
    }
    checks = tuple(
        msgspec.structs.replace(
            check,
            rule=f"{name}.{check.rule}" if several else check.rule,
            fields=tuple(f"{name}.{f}" if several else f for f in check.fields),
        )
        for name, part in parts.items()
        for check in part.checks
    )
    whole = SetAnswer(answers, fields, checks)
    if arguments.json:
        _print_json(whole)
    else:
        for answer in answers:
            print(f"{answer.photo}: {_title(answer)}")
        _print_fields(fields, checks)
    return 0


def _together(sheets: list[ReadSheet], bound: float) -> SheetReading:
    """The sheets of one form; how many candidates it has, only the page with their votes tells."""
    sheets.sort(key=lambda sheet: ("paslon_1" not in sheet.witnesses.odds, -sheet.sharpness))
    return read_together(sheets, bound)


def _read_cells(paths: Sequence[Path], *, as_json: bool) -> int:
    model = load_model()
    rows: list[dict[str, Any]] = []
    code = 0
    for path in paths:
        try:
            cell = single_cell(load_photo(path).gray, printable(path))
        except InputError as error:
            print(f"tpsbox: {error}", file=sys.stderr)
            rows.append({"file": printable(path), "label": None, "probabilities": None})
            code = error.exit_code
            continue
        odds = read_crop(cell, model)
        label = CLASSES[int(odds.argmax())]
        shares = {mark: round(float(p), 6) for mark, p in zip(CLASSES, odds, strict=True)}
        rows.append({"file": printable(path), "label": label, "probabilities": shares})
    if as_json:
        _print_json(rows)
    else:
        for row in rows:
            print(f"{row['file']}: {row['label'] or 'not read'}")
    return code


def _print_json(value: Any) -> None:
    text = msgspec.json.format(msgspec.json.encode(value), indent=1)
    print(text.decode())


def _title(answer: PhotoAnswer) -> str:
    if answer.status != "read":
        return f"{answer.reason}: {answer.sentence}"
    return f"{answer.form}, halaman {answer.page} ({answer.timing_ms:.0f} ms)"


def _print_table(answer: PhotoAnswer) -> None:
    if answer.status != "read":
        return  # its one line is on stderr
    print(f"{answer.photo}: {_title(answer)}")
    _print_fields(answer.fields, answer.checks)


def _print_fields(fields: dict[str, FieldReading], checks: Sequence[Check]) -> None:
    width = max((len(name) for name in fields), default=0)
    for name, reading in fields.items():
        unread = "-" if reading.raw.strip("_") else "kosong"
        value = unread if reading.value is None else str(reading.value)
        words = " ".join(DOUBT_WORDS[reason] for reason in reading.reasons)
        state = "diterima" if reading.status == "accepted" else "PERIKSA "
        print(f"  {name:{width}}  {value:>6}  [{reading.raw}]  {state}  {words}".rstrip())
        for line in _other_counts(reading):
            print(f"  {'':{width}}          {line}")
    for check in checks:
        if check.holds is False:
            print(f"  TIDAK COCOK {check.rule}: {', '.join(check.fields)}")


def _other_counts(reading: FieldReading) -> list[str]:
    """Row totals and tally marks in words, where they do not come to the value."""
    lines = []
    if reading.row_sums and (rows := sum_of_marks(reading.row_sums)) not in (None, reading.value):
        lines.append(f"jumlah tiap baris {rows} [{' '.join(reading.row_sums)}]")
    tally = reading.tally
    if tally is not None and tally.count not in (None, reading.value):
        lines.append(f"turus {tally.count}, kira-kira ±{tally.spread:.1f}")
    return lines
