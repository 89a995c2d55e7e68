"""Reads everything about one TPS from the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, select
from tpsbox.forms.election import Contest, Election
from tpsbox.forms.model import Form, Rule
from tpsbox.record.evidence import Evidence, FieldEvidence, decode_evidence
from tpsbox.record.signing import split_result
from tpsbox.record.statement import ContestResult, State, Statement, Value, decode_statement

from tpscentral.folder import Folder
from tpscentral.overview import candidate_label, result_view, tps_rows
from tpscentral.proof import signed_versions
from tpscentral.results import NEWEST
from tpscentral.schema import evidence, photos, refusals, results
from tpscentral.summary import check_rules, values_by_field
from tpscentral.views import (
    ContestView,
    FieldView,
    PhotoView,
    RefusalView,
    RuleView,
    SheetView,
    TpsView,
)
from tpscentral.words import EMPTY

Sheets = Mapping[tuple[str, int], Evidence]
Versions = dict[tuple[str, int], list[Row[Any]]]

_SIGNS = {"sum": "=", "at_most": "≥", "reserve": "="}
_BROKEN_SIGNS = {"sum": "≠", "at_most": "<", "reserve": "≠"}


def tps_view(folder: Folder, connection: Connection, tps: str) -> TpsView | None:
    """All that is known of a TPS, None if it is not enrolled."""
    rows = tps_rows(folder, connection, tps)
    if not rows:
        return None
    statement, election = _newest(folder, connection, tps)
    versions = _versions(connection, tps)
    received = _photos(connection, tps, versions)
    contests: tuple[ContestView, ...] = ()
    bound = None
    if statement is not None and election is not None:
        loose = [bytes.fromhex(photo.sha) for photo in received if photo.sheet is None]
        bodies = [[row.body for row in rows] for rows in versions.values()]
        signed = signed_versions(statement.root, bodies, loose)
        bound = signed is not None
        sheets = _sheets_of(signed or tuple(body[0] for body in bodies))
        contests = tuple(
            _contest(contest, election.form_of(contest.key), result, sheets)
            for contest, result in zip(election.contest, statement.contests, strict=True)
        )
    history = select(results).where(results.c.tps == tps)
    # "conflict" sorts last: what came first under a number stands before what contradicts it.
    newest_first = (
        results.c.epoch.desc(),
        results.c.number.desc(),
        results.c.state.desc(),
        results.c.received_at,
    )
    refused = select(refusals).where(refusals.c.tps == tps).order_by(refusals.c.n.desc())
    return TpsView(
        row=rows[0],
        stated_at=statement.time if statement else 0,
        clock=statement.clock.name.lower() if statement else None,
        evidence_bound=bound,
        contests=contests,
        photos=tuple(received),
        history=tuple(map(result_view, connection.execute(history.order_by(*newest_first)))),
        refusals=tuple(
            RefusalView(row.kind, row.id, row.code, row.reason, row.refused_at)
            for row in connection.execute(refused)
        ),
    )


def _newest(
    folder: Folder, connection: Connection, tps: str
) -> tuple[Statement | None, Election | None]:
    query = select(results.c.record, results.c.package).where(
        results.c.tps == tps, results.c.state == NEWEST
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None, None
    election = folder.elections[bytes.fromhex(row.package)]
    return decode_statement(split_result(row.record)[0], election), election


def _versions(connection: Connection, tps: str) -> Versions:
    """What has arrived of each (contest, page), the last to arrive first."""
    query = select(evidence).where(evidence.c.tps == tps).order_by(evidence.c.arrival.desc())
    found: Versions = {}
    for row in connection.execute(query):
        found.setdefault((row.contest, row.page), []).append(row)
    return found


def _sheets_of(bodies: Iterable[bytes]) -> Sheets:
    sheets = map(decode_evidence, bodies)
    return {(sheet.contest, sheet.page): sheet for sheet in sheets}


def _photos(connection: Connection, tps: str, versions: Versions) -> list[PhotoView]:
    shows = {
        row.photo: f"{contest} halaman {page}"
        for (contest, page), rows in versions.items()
        for row in rows
    }
    query = select(photos).where(photos.c.tps == tps).order_by(photos.c.received_at, photos.c.sha)
    found = [
        PhotoView(row.sha, row.size, row.received_at, shows.get(row.sha))
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda photo: (photo.sheet is None, photo.sheet or ""))


def _contest(contest: Contest, form: Form, result: ContestResult, sheets: Sheets) -> ContestView:
    values = values_by_field(result, form)
    labels = {f.name: candidate_label(contest, f.name, f.label) for f in form.fields}
    return ContestView(
        key=contest.key,
        title=contest.title,
        form=form.title,
        closed=result.closed,
        sheets=tuple(_sheets(contest, form, values, labels, sheets)),
        rules=tuple(
            RuleView(rule.name, _formula(rule, form), _numbers(rule, values, form, holds), holds)
            for rule, holds in check_rules(form, values)
        ),
    )


def _sheets(
    contest: Contest,
    form: Form,
    values: Mapping[str, Value],
    labels: Mapping[str, str],
    sheets: Sheets,
) -> Iterator[SheetView]:
    for page in form.pages:
        known = sheets.get((contest.key, page.number))
        readings = {field.name: field for field in known.fields} if known else {}
        yield SheetView(
            page=page.number,
            photo=known.photo.hex() if known and known.photo else None,
            fields=tuple(
                FieldView(
                    name=field.name,
                    label=labels[field.name],
                    number=values[field.name].number,
                    state=values[field.name].state.name.lower(),
                    reading=_reading(readings.get(field.name)),
                )
                for field in page.fields
            ),
        )


def _reading(field: FieldEvidence | None) -> str | None:
    """The number that the machine read, or the marks that it could not make one of."""
    if field is None:
        return None
    return field.raw if field.value is None else str(field.value)


def _formula(rule: Rule, form: Form) -> str:
    labels = [form.field(name).label for name in rule.parts]
    return f"{form.field(rule.total).label} {_SIGNS[rule.relation]} {_sum(labels, rule, form)}"


def _numbers(rule: Rule, values: Mapping[str, Value], form: Form, holds: bool | None) -> str:
    sign = (_BROKEN_SIGNS if holds is False else _SIGNS)[rule.relation]
    parts = [_shown(values[name]) for name in rule.parts]
    return f"{_shown(values[rule.total])} {sign} {_sum(parts, rule, form)}"


def _sum(parts: list[str], rule: Rule, form: Form) -> str:
    share = f"{form.reserve_percent:g}".replace(".", ",")
    reserve = [f"cadangan {share}%"] if rule.relation == "reserve" else []
    return " + ".join([*parts, *reserve])


def _shown(value: Value) -> str:
    if value.number is None:
        return EMPTY
    return f"{value.number} (ragu)" if value.state is State.UNSURE else str(value.number)
