"""Sheets of a TPS as if its box had sent them: photos, evidence, and what counts by them."""

import hashlib
from functools import cache

import msgspec
import numpy as np
from sqlalchemy import func, insert, select
from tpsbox.forms.drawing import render_page
from tpsbox.record.evidence import Evidence, FieldEvidence, Word, encode_evidence
from tpsbox.simulator.count import simulate_count
from tpsbox.simulator.fill import Style, fill_sheet
from tpsbox.simulator.photograph import Shot, photograph
from tpscentral.schema import enrolments, evidence, photos, results
from tpscentral.standing import (
    Stated,
    broken_rules,
    load_standing,
    save_standing,
    untouched_state,
)

NOW = 1_732_700_000
DPI = 60
"""Coarse, and quick to draw: tests look at where things are, people at finer ones."""


def send_sheets(
    folder, database, election, tps, contest, *, doubts=(), changes=None, dpi=DPI, size=(900, 1200)
):
    """Let a box's sheets count: numbers that add up, photos and evidence.

    `doubts` are fields that the machine was unsure of, `changes` numbers that it misread.
    """
    form = election.form_of(contest)
    values = simulate_count(form, np.random.default_rng(int(tps)))
    numbers = {name: Stated(value, "accepted") for name, value in values.items()}
    numbers |= {name: Stated(number, "accepted") for name, number in (changes or {}).items()}
    numbers |= {name: Stated(numbers[name].number, "unsure") for name in doubts}
    for page in form.pages:
        photo, H = _photo(form, contest, page.number, tps, dpi, size)
        sheet = _evidence(form, contest, page, tps, numbers, photo, H)
        _keep(folder, database, tps, contest, page.number, photo, sheet)
    with database.write() as connection:
        standing = load_standing(connection, tps, contest)
        changed = msgspec.structs.replace(
            standing,
            state=untouched_state(form, numbers, closed=True),
            source="box",
            closed=True,
            numbers={field.name: numbers[field.name] for field in form.fields},
            broken=broken_rules(form, numbers),
            cara="online",
            arrived_at=NOW,
        )
        save_standing(connection, changed)
    return values


def keep_result(country, tps, id, *, state="newest", number=1, record=b"x"):
    """A row of a received result, and of the box that sent it."""
    package = country.elections[tps[:4]].package.hex()
    with country.database.write() as connection:
        mine = enrolments.c.tps == tps
        if connection.scalar(select(enrolments.c.epoch).where(mine)) is None:
            box = {"tps": tps, "epoch": 1, "package": package, "public_key": tps.ljust(64, "0")}
            box |= {"agreement_key": "0" * 64, "serial": f"KOTAK-{tps}", "enrolled_at": NOW}
            connection.execute(insert(enrolments).values(**box))
        values = {
            "id": id, "tps": tps, "epoch": 1, "number": number, "package": package,
            "record": record, "received_at": NOW, "via": "mqtt", "state": state, "tally": "done",
        }  # fmt: skip
        values |= {c.name: 0 for c in results.c if c.name not in values and not c.nullable}
        connection.execute(insert(results).values(**values))
    return id


def _photo(form, contest, page, tps, dpi, size):
    """A JPEG of a filled sheet, and where its millimetres lie."""
    rng = np.random.default_rng(int(tps) + page)
    values = simulate_count(form, np.random.default_rng(int(tps)))
    heading = {
        "provinsi": "PROVINSI UJI", "kabupaten": tps[:4], "kecamatan": tps[:6],
        "desa": tps[:10], "tps": tps[10:],
    }  # fmt: skip
    filled = fill_sheet(
        _blank(form, page, dpi), dpi, form, page, values, rng, Style(heading=heading)
    )
    shot = photograph(filled, dpi, rng, Shot(size=size, tilt_deg=5, rotation_deg=3, noise=1.0))
    return shot.jpeg, tuple(np.asarray(shot.homography, dtype=float).ravel().tolist())


@cache
def _blank(form, page, dpi):
    return render_page(form, page, dpi)


def _evidence(form, contest, page, tps, numbers, photo, H):
    fields = tuple(_field(form, field, numbers[field.name]) for field in page.fields)
    return encode_evidence(
        Evidence(
            tps=tps,
            contest=contest,
            form=form.name,
            page=page.number,
            photo=hashlib.sha256(photo).digest(),
            homography=H,
            fields=fields,
            words=(Word("suara_sah", "confirm", numbers["suara_sah"].number, NOW),)
            if page.number == form.pages[-1].number
            else (),
            entry="camera",
            firmware="0.1.0",
            model=bytes(32),
        )
    )


def _field(form, field, stated):
    unsure = stated.state == "unsure"
    raw = f"{stated.number:03d}"
    seen = {"boxes": {"marks": raw, "top": tuple((mark, 0.993, "7", 0.004) for mark in raw)}}
    if field.bubbles:
        seen["bubbles"] = {"marks": raw, "clear": True}
    if field.tally:
        seen["sums"] = {
            "marks": (raw[1:], "__"), "value": stated.number, "probability": 0.98,
        }  # fmt: skip
        seen["tally"] = {"count": stated.number, "spread": 1.5, "cells": 12}
    return FieldEvidence(
        field.name,
        raw,
        stated.number,
        "review" if unsure else "accepted",
        0.61 if unsure else 0.9987,
        ("low_confidence",) if unsure else (),
        seen,
    )


def _keep(folder, database, tps, contest, page, photo, body):
    sha = hashlib.sha256(photo).hexdigest()
    path = folder.photos / sha[:2] / f"{sha}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(photo)
    with database.write() as connection:
        connection.execute(
            insert(photos).values(
                tps=tps, sha=sha, path=f"{sha[:2]}/{sha}.jpg", size=len(photo), received_at=NOW
            )
        )
        last = connection.scalar(select(func.max(evidence.c.arrival))) or 0
        connection.execute(
            insert(evidence).values(
                sha=hashlib.sha256(body).hexdigest(),
                arrival=last + 1,
                tps=tps,
                contest=contest,
                page=page,
                photo=sha,
                body=body,
                received_at=NOW,
            )
        )
