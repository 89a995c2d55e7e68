"""Kotabaru 2024: TPS that sum to what KPU published for the kecamatan give its kabupaten figures.

The figures are those of 28 November 2024 at 546 and 547 of 551 TPS: shared, and not in this tree.
"""

import io
import json
import re

import pypdf
import pytest
from msgspec.structs import replace
from plenary_samples import NOW, officer, sheet_numbers, signing
from sqlalchemy import bindparam, update
from tpsbox.forms.election import load_election
from tpsbox.record.enrolment import Broker
from tpscentral.database import Database
from tpscentral.documents.keeping import document_of
from tpscentral.folder import open_folder
from tpscentral.plenary.deciding import state_no_result
from tpscentral.plenary.desk import Desk
from tpscentral.plenary.locks import lock_region, take_over
from tpscentral.plenary.recap import decode_recap
from tpscentral.schema import standings
from tpscentral.setup import create
from tpscentral.standing import StandingState, Stated, load_standing, row_of

ELECTION = "pilkada-2024-kotabaru"
PUBLISHED = {
    "bupati": ({"paslon_1": 71_461, "paslon_2": 61_266, "paslon_3": 25_105}, 546),
    "gubernur": ({"paslon_1": 104_696, "paslon_2": 45_037}, 547),
}


@pytest.fixture(scope="module")
def published(shared):
    file = shared / "regions" / "kotabaru-6302.json"
    if not file.is_file():
        pytest.skip("the published figures of Kotabaru are not here")
    return json.loads(file.read_text("utf-8"))["kecamatan"]


@pytest.fixture
def desk_of(tmp_path):
    create(tmp_path / "data", Broker("127.0.0.1", 18883), [ELECTION])
    folder = open_folder(tmp_path / "data")
    database = Database(folder.database)
    with database.write() as connection:
        yield lambda region: Desk(connection, folder, officer(region), NOW)
    database.close()


def shares(total, parts):
    """A number in so many whole parts."""
    return [total // parts + (part < total % parts) for part in range(parts)]


def seed(desk, form, contest, tps, votes):
    """Let the votes of a kecamatan count at these TPS, as checked."""
    rows = []
    for kode, of_tps in zip(
        tps, zip(*(shares(n, len(tps)) for n in votes), strict=True), strict=True
    ):
        numbers = sheet_numbers(of_tps)
        stated = {f.name: Stated(numbers.get(f.name, 0), "accepted") for f in form.fields}
        standing = load_standing(desk.connection, kode, contest)
        named = {"state": StandingState.CHECKED, "source": "box", "numbers": stated}
        row = row_of(replace(standing, closed=True, **named))
        rows.append({"t": kode, **{name: row[name] for name in ("state", "source", "numbers")}})
    mine = (standings.c.tps == bindparam("t")) & (standings.c.contest == contest)
    desk.connection.execute(update(standings).where(mine), rows)


@pytest.mark.parametrize("contest", PUBLISHED)
def test_the_kabupaten_has_the_published_figures(published, desk_of, contest):
    election = load_election(ELECTION)
    form, paslon = election.form_of(contest), len(election.contest_of(contest).paslon)
    ids = [one.id for one in election.contest_of(contest).paslon]
    for kecamatan in published:
        desk = desk_of(kecamatan["kode"])
        tps = [kode for kode in election.all_tps() if kode.startswith(kecamatan["kode"])]
        arrived = kecamatan[f"{contest}_tps_masuk"]
        votes = [kecamatan[f"{contest}_suara_28_nov_2024"][id] for id in ids]
        seed(desk, form, contest, tps[:arrived], votes)
        for kode in tps[arrived:]:
            state_no_result(desk, kode, contest, version=0, reason="belum ada hasil")
        lock_region(desk, kecamatan["kode"], contest, signing(paslon))
        take_over(desk_of("6302"), kecamatan["kode"], contest)
    lock = lock_region(desk_of("6302"), "6302", contest, signing(paslon))
    recap, (totals, counted) = decode_recap(lock.recap), PUBLISHED[contest]
    assert {field: recap.totals[field] for field in totals} == totals
    assert (recap.counted, recap.tps) == (counted, 551)
    assert recap.totals["suara_sah"] == sum(totals.values())
    text = shown(document_of(desk_of("6302"), "6302", contest, "hasil").data)
    for field, total in totals.items():
        label = next(row.label for row in recap.rows if row.field == field)
        figure = re.search(re.escape(label) + r" ([\d.]+) (\d+) [a-z]", text)
        assert int(figure.group(1).replace(".", "")) == total
        assert int(figure.group(2)) == 551 - counted
    assert f"TPS dengan hasil: {counted} dari 551." in text


def shown(data):
    reader = pypdf.PdfReader(io.BytesIO(data))
    return " ".join(page.extract_text().replace("\n", " ") for page in reader.pages)
