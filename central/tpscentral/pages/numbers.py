"""Every number of a contest at a TPS with all that was said of it: machine, KPPS and plenary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec
from tpsbox.forms.election import Contest
from tpsbox.forms.model import Field, Form
from tpsbox.record.evidence import Evidence, FieldEvidence, Word

from tpscentral.pages.crops import MARKS, has_marks
from tpscentral.pages.formulas import labels_of, rules_shown
from tpscentral.pages.papers import Papers, Sheet
from tpscentral.pages.witnesses import WitnessShown, witnesses_shown
from tpscentral.plenary.acts import Act
from tpscentral.standing import NOTHING, Numbers, Stated
from tpscentral.words import EMPTY


class Kpps(msgspec.Struct, frozen=True):
    """What the KPPS said of a number at the box."""

    kind: Literal["confirm", "correct"]
    number: int | None


class Officers(msgspec.Struct, frozen=True):
    """What one act of a plenary made of a number."""

    act: int
    after: Stated


class NumberShown(msgspec.Struct, frozen=True):
    """A number.

    `now` is what counts; `sent` what the box stated; `reading` what the machine made of the
    boxes alone; `crop` and `marks` name the crops of evidence `sheet`, None where there is none.
    """

    name: str
    label: str
    page: int
    now: Stated
    sent: Stated | None
    reading: FieldEvidence | None
    kpps: Kpps | None
    officers: tuple[Officers, ...]
    witnesses: tuple[WitnessShown, ...]
    sheet: str | None
    crop: str | None
    marks: str | None
    broken: tuple[str, ...]

    @property
    def read(self) -> str:
        """The number that the machine read, or the marks that it could make none of."""
        if self.reading is None:
            return EMPTY if self.sent is None or self.sent.number is None else str(self.sent.number)
        return self.reading.raw if self.reading.value is None else str(self.reading.value)


class RowShown(NamedTuple):
    """A line of a sheet: one number, or those of men, women and both (L, P, J)."""

    label: str
    cells: tuple[NumberShown | None, ...]


class PageShown(msgspec.Struct, frozen=True):
    """The numbers of one sheet; `photo` is the SHA-256 of its picture, if one is known."""

    page: int
    sheet: str | None
    photo: str | None
    numbers: tuple[NumberShown, ...]

    @property
    def by_sex(self) -> bool:
        """Whether the sheet has columns L, P and J."""
        return any(len(row.cells) > 1 for row in self.rows)

    @property
    def rows(self) -> tuple[RowShown, ...]:
        """The numbers line by line as on the sheet; None where it has no box."""
        stems = {n.name[:-2] for n in self.numbers if n.name.endswith("_l")}
        found: dict[str, list[NumberShown]] = {}
        for number in self.numbers:
            stem = number.name[:-2]
            found.setdefault(stem if stem in stems else number.name, []).append(number)
        full = (None, None) if stems else ()
        return tuple(
            RowShown(some[0].label.removesuffix(" L"), tuple(some))
            if len(some) > 1
            else RowShown(some[0].label, (*full, some[0]))
            for some in found.values()
        )


def pages_shown(
    contest: Contest,
    form: Form,
    numbers: Numbers,
    sent: Mapping[str, Stated],
    papers: Papers,
    acts: Sequence[Act],
) -> tuple[PageShown, ...]:
    """All sheets of a contest; `sent` is what the box stated, `acts` in the order of doing."""
    labels = labels_of(contest, form)
    broken = [rule for rule in rules_shown(form, numbers) if rule.holds is False]
    shown = []
    for page in form.pages:
        sheet = papers.sheets.get((contest.key, page.number))
        fields = tuple(
            _number(
                field,
                labels[field.name],
                numbers,
                sent,
                sheet,
                acts,
                tuple(rule.formula for rule in broken if field.name in rule.fields),
            )
            for field in page.fields
        )
        photo = sheet.evidence.photo.hex() if sheet and sheet.evidence.photo else None
        shown.append(PageShown(page.number, sheet.sha if sheet else None, photo, fields))
    return tuple(shown)


def _number(
    field: Field,
    label: str,
    numbers: Numbers,
    sent: Mapping[str, Stated],
    sheet: Sheet | None,
    acts: Sequence[Act],
    broken: tuple[str, ...],
) -> NumberShown:
    reading = _reading(sheet.evidence, field.name) if sheet else None
    cut = sheet is not None and sheet.evidence.homography is not None
    return NumberShown(
        name=field.name,
        label=label,
        page=field.page,
        now=numbers.get(field.name, NOTHING),
        sent=sent.get(field.name),
        reading=reading,
        kpps=_kpps(sheet.evidence.words if sheet else (), field.name, sent.get(field.name)),
        officers=_officers(field.name, acts),
        witnesses=witnesses_shown(reading) if reading else (),
        sheet=sheet.sha if sheet else None,
        crop=field.name if cut else None,
        marks=field.name + MARKS if cut and has_marks(field) else None,
        broken=broken,
    )


def _reading(sheet: Evidence, name: str) -> FieldEvidence | None:
    return next((field for field in sheet.fields if field.name == name), None)


def _kpps(words: Sequence[Word], name: str, sent: Stated | None) -> Kpps | None:
    """The last word on a field; without evidence what the signed statement tells."""
    mine = [word for word in words if word.field == name]
    if mine:
        return Kpps(mine[-1].kind, mine[-1].value)
    match sent:
        case Stated(number, "confirmed"):
            return Kpps("confirm", number)
        case Stated(number, "corrected"):
            return Kpps("correct", number)
    return None


def _officers(name: str, acts: Sequence[Act]) -> tuple[Officers, ...]:
    return tuple(
        Officers(act.n, act.body.changes[name].after or NOTHING)
        for act in acts
        if name in act.body.changes
    )
