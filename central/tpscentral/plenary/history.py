"""Everything that was ever said about the numbers of a TPS, side by side for each field."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select
from tpsbox.record.evidence import Evidence, FieldEvidence, Word, decode_evidence

from tpscentral.plenary.acts import Act, acts_of
from tpscentral.plenary.desk import Desk, look_at
from tpscentral.plenary.readings import box_result
from tpscentral.plenary.said import RefusedError
from tpscentral.proof import signed_versions
from tpscentral.schema import evidence, photos, results
from tpscentral.standing import Numbers, Standing, Stated


class Said(msgspec.Struct, frozen=True):
    """What an act said about a field: before and after it, by whom and why."""

    act: int
    kind: str
    level: str
    account: str
    at: int
    reason: str
    reference: str | None
    before: Stated | None
    after: Stated | None


class FieldHistory(msgspec.Struct, frozen=True):
    """A field: read by the machine, said at the TPS, stated by the box, changed here, now.

    `reading` is None where no evidence has arrived, or the sheet was typed on the box.
    """

    field: str
    label: str
    reading: FieldEvidence | None
    words: tuple[Word, ...]
    stated: Stated | None
    changes: tuple[Said, ...]
    now: Stated | None


class History(msgspec.Struct, frozen=True):
    """A TPS and contest.

    `bound`: whether the evidence is what the result was signed over; None without a result.
    """

    standing: Standing
    fields: tuple[FieldHistory, ...]
    acts: tuple[Act, ...]
    bound: bool | None


def history(desk: Desk, tps: str, contest: str) -> History:
    """All about a TPS and contest, for an account that may look at it.

    Raises:
        ForbiddenError, RefusedError: as `look_at`.
    """
    standing, form = look_at(desk, tps, contest)
    done = acts_of(desk.connection, tps, contest)
    stated, root = _stated(desk, standing)
    sheets, bound = _sheets(desk.connection, tps, contest, root)
    readings = {field.name: field for sheet in sheets for field in sheet.fields}
    words = [word for sheet in sheets for word in sheet.words]
    fields = tuple(
        FieldHistory(
            field.name,
            field.label,
            readings.get(field.name),
            tuple(word for word in words if word.field == field.name),
            stated.get(field.name),
            tuple(_said(act, field.name) for act in done if field.name in act.body.changes),
            standing.numbers.get(field.name),
        )
        for field in form.fields
    )
    return History(standing, fields, tuple(done), bound)


def _said(act: Act, field: str) -> Said:
    change = act.body.changes[field]
    return Said(
        act.n,
        act.kind,
        act.level.value,
        act.account,
        act.at,
        act.reason,
        act.reference,
        change.before,
        change.after,
    )


def _stated(desk: Desk, standing: Standing) -> tuple[Numbers, bytes | None]:
    """What the box stated in the result that counts, or else in its newest, and its root."""
    mine = (results.c.tps == standing.tps) & (results.c.state == "newest")
    id = standing.result or desk.connection.scalar(select(results.c.id).where(mine))
    if id is None:
        return {}, None
    try:
        box = box_result(desk.connection, desk.folder, id, standing.contest)
    except RefusedError:
        return {}, None  # kept, and shown as unreadable elsewhere
    return box.numbers, box.statement.root


def _sheets(
    connection: Connection, tps: str, contest: str, root: bytes | None
) -> tuple[list[Evidence], bool | None]:
    """The evidence of a contest's sheets: that under the root if it is all there."""
    mine = evidence.c.tps == tps
    versions: dict[tuple[str, int], list[bytes]] = {}
    named = set()
    for row in connection.execute(select(evidence).where(mine).order_by(evidence.c.arrival.desc())):
        versions.setdefault((row.contest, row.page), []).append(row.body)
        named.add(row.photo)
    shas = connection.scalars(select(photos.c.sha).where(photos.c.tps == tps))
    loose = [bytes.fromhex(sha) for sha in shas if sha not in named]
    signed = None if root is None else signed_versions(root, list(versions.values()), loose)
    bodies = signed or [body[0] for body in versions.values()]
    sheets = [sheet for sheet in map(decode_evidence, bodies) if sheet.contest == contest]
    return sheets, None if root is None else signed is not None
