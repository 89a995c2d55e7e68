"""A kecamatan without a network: certified, told who the boxes are, and never the centre."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from carried_samples import CarriedBox
from central_samples import OTHER_TPS, TPS, Centre
from sqlalchemy import update
from tpsbox.cli.main import main as tpsbox
from tpsbox.record.receipt_list import CarriedReceipt, ReceiptList
from tpsbox.store.outbox import ItemState
from tpscentral import carrying
from tpscentral.cli import main as tpscentral
from tpscentral.database import Database
from tpscentral.folder import open_folder
from tpscentral.results import take_result
from tpscentral.schema import enrolments

STORED, AT_KECAMATAN = ItemState.STORED, ItemState.AT_KECAMATAN
ELSEWHERE_TPS = "6302052001001"


class Place:
    """The centre, a kecamatan, a box and a stick, with the commands of all."""

    def __init__(self, centre: Centre, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.centre, self.folder, self.capsys = centre, folder, capsys
        self.kecamatan = folder / "kecamatan"
        self.stick = folder / "stick"
        self.stick.mkdir()
        election = str(centre.folder.root.parent / "uji.toml")
        assert tpscentral(["init", "--data", str(self.kecamatan), "--election", election]) == 0
        self.box = CarriedBox(centre, folder / "box")
        self.box.close(12)

    def run(self, program, *words: object, data: Path) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = program([*map(str, words), "--data", str(data)])
        printed = self.capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    def at_centre(self, *words: object) -> tuple[int, str, str]:
        return self.run(tpscentral, *words, data=self.centre.folder.root)

    def at_kecamatan(self, *words: object) -> tuple[int, str, str]:
        return self.run(tpscentral, *words, data=self.kecamatan)

    def at_box(self, *words: object) -> tuple[int, str, str]:
        return self.run(tpsbox, *words, data=self.box.folder)

    def certify(self, region: str = "630204") -> None:
        request, answer = self.folder / "request.json", self.folder / "answer.json"
        asked = self.at_kecamatan("delegate", "request", "--out", request)
        signing = ("delegate", "sign", request, "--region", region, "--out", answer)
        signed = self.at_centre(*signing)
        installed = self.at_kecamatan("delegate", "install", answer)
        assert (asked[0], signed[0], installed[0]) == (0, 0, 0)
        assert asked[1].split()[-1] == signed[1].split()[-1], "people compare this key"
        assert self.centre.key.public_bytes_raw().hex() == installed[1].split()[-1]

    def tell(self, region: str = "630204") -> tuple[int, str, str]:
        roster = self.folder / "roster.json"
        assert self.at_centre("roster", "export", "--region", region, "--out", roster)[0] == 0
        return self.at_kecamatan("roster", "import", roster)


@pytest.fixture
def place(centre: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(centre, tmp_path, capsys)


def test_at_the_kecamatan_is_shown_and_is_not_stored_until_the_centre_says_so(place: Place):
    place.certify()
    assert place.tell() == (0, "new boxes: 1\n", "")
    place.at_box("export", place.stick)
    code, out, _ = place.at_kecamatan("import", place.stick)
    assert code == 0 and "1 photos at the kecamatan" in out
    code, out, _ = place.at_box("import-receipts", place.stick)
    assert (code, out) == (0, "3 di kecamatan, belum tersimpan di pusat\n")
    assert place.box.states() == {AT_KECAMATAN}
    assert place.box.store.outbox.due(0.0, 9), "still due for every other link"
    code, out, _ = place.at_box("status")
    assert "Lampu awan: kedip tiga. Hasil sudah di kecamatan" in out
    assert "Hasil nomor 1: di kecamatan, belum tersimpan di pusat" in out

    carried_on = place.kecamatan / "bundles"
    assert [path.name for path in carried_on.iterdir()] == [f"tps-{TPS}-1-1.tpsbundle"]
    assert place.at_centre("import", carried_on)[0] == 0
    place.at_box("import-receipts", carried_on)
    assert place.box.states() == {STORED}
    code, out, _ = place.at_box("import-receipts", place.stick)
    assert code == 0 and place.box.states() == {STORED}, "an old receipt takes nothing back"


def test_one_stick_holds_the_receipts_of_both(place: Place):
    place.certify()
    place.tell()
    place.at_box("export", place.stick)
    for desk in (place.at_centre, place.at_kecamatan):
        assert desk("import", place.stick)[0] == 0
    out = place.at_box("import-receipts", place.stick)[1]
    assert out == "3 tersimpan di pusat\n3 di kecamatan, belum tersimpan di pusat\n"
    assert place.box.states() == {STORED}


def test_a_kecamatan_that_nobody_certified_gives_nothing_that_counts(place: Place):
    assert place.tell()[0] == 1, "no delegation, no roster"
    place.at_box("export", place.stick)
    code, _, err = place.at_kecamatan("import", place.stick)
    assert code == 1 and "no box is known" in err
    # With the box's key from elsewhere it could sign, but its receipts are a stranger's.
    other = Centre(place.folder / "other")
    same = CarriedBox(other, place.folder / "same")
    same.close(12)
    place.run(tpsbox, "export", place.stick, data=same.folder)
    place.run(tpscentral, "import", place.stick, data=other.folder.root)
    place.at_box("import-receipts", place.stick)
    assert place.box.states() == {ItemState.QUEUED}
    other.database.close()


def test_what_the_kecamatan_disputes_changes_nothing_and_is_told(place: Place):
    place.certify()
    place.tell()
    place.at_box("export", place.stick)
    record = place.box.says.record(1, {})
    folder = open_folder(place.kecamatan)
    database = Database(folder.database)
    take_result(database, folder.elections, TPS, record, 1, via="bundle")
    database.close()
    code, _, err = place.at_kecamatan("import", place.stick)
    assert code == 1 and "ALARM" in err
    code, out, _ = place.at_box("import-receipts", place.stick)
    assert code == 1 and "1 ditolak atau bentrok di kecamatan" in out
    assert place.box.states() == {ItemState.QUEUED, AT_KECAMATAN}


def test_a_kecamatan_takes_only_its_region_while_its_days_last(place: Place, monkeypatch):
    place.certify("630205")
    assert place.tell("630204")[0] == 1, "another region's roster"
    assert place.tell("630205") == (0, "new boxes: 0\n", "")
    outside = CarriedBox(place.centre, place.folder / "outside", ELSEWHERE_TPS)
    outside.close(5)
    assert place.tell("630205")[1] == "new boxes: 1\n"
    assert place.tell("630205")[1] == "new boxes: 0\n"
    place.run(tpsbox, "export", place.stick, data=outside.folder)
    assert place.at_kecamatan("import", place.stick)[0] == 0
    monkeypatch.setattr("tpscentral.carrying.time.time", lambda: 4e9)
    code, _, err = place.at_kecamatan("import", place.stick)
    assert code == 1 and "not valid at this time" in err
    place.at_box("export", place.stick)
    code, _, err = place.run(tpsbox, "import-receipts", place.stick, data=outside.folder)
    assert code == 1 and "not valid at this time" in err, "the box looks at the date as well"


def test_only_the_key_that_asked_can_install_and_only_the_same_centre_again(place: Place):
    place.certify()
    other = Centre(place.folder / "other")
    request, answer = place.folder / "request.json", place.folder / "answer.json"
    signing = ("delegate", "sign", request, "--region", "630204", "--out", answer)
    assert place.run(tpscentral, *signing, data=other.folder.root)[0] == 0
    code, _, err = place.at_kecamatan("delegate", "install", answer)
    assert code == 1 and "of another centre" in err
    code, _, err = place.run(tpscentral, "delegate", "install", answer, data=other.folder.root)
    assert code == 1 and "key of another folder" in err
    other.database.close()


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"--region": "6302042"}, 3, "10 of a desa"),
        ({"--days": "0"}, 2, ""),
        ({"--election": "none"}, 3, "not one of this centre"),
        ({"request": "nowhere.json"}, 3, "no such file"),
    ],
)
def test_signing_with_wrong_words_is_one_line(place: Place, changes, code: int, words: str):
    request = place.folder / "request.json"
    place.at_kecamatan("delegate", "request", "--out", request)
    plain = {"--region": "630204", "--out": str(place.folder / "answer.json"), **changes}
    asked = plain.pop("request", request)
    options = [word for pair in plain.items() for word in pair]
    found, _, err = place.at_centre("delegate", "sign", asked, *options)
    assert found == code and words in err


def test_a_centre_does_not_certify_itself_nor_a_file_that_is_no_request(place: Place):
    request, answer = place.folder / "request.json", place.folder / "answer.json"
    place.at_centre("delegate", "request", "--out", request)
    signing = ("delegate", "sign", request, "--region", "630204", "--out", answer)
    assert place.at_centre(*signing)[0] == 1
    for data in (b"", b"{}", b"\xff", b" " * 5000):
        request.write_bytes(data)
        assert place.at_centre(*signing)[0] == 3
    assert not answer.exists()


@pytest.mark.parametrize("key", ["region", "package", "boxes"])
def test_a_roster_that_was_altered_is_refused(place: Place, key: str):
    place.certify()
    roster = place.folder / "roster.json"
    place.at_centre("roster", "export", "--region", "630204", "--out", roster)
    plain = json.loads(roster.read_bytes())
    other = {"region": "6302", "package": "00000000", "boxes": []}
    plain["roster"][key] = other[key]
    roster.write_text(json.dumps(plain))
    code, _, err = place.at_kecamatan("roster", "import", roster)
    assert code == 1 and "not from this kecamatan's centre" in err
    for data in (b"", b"{}", b"\xff" * 10):
        roster.write_bytes(data)
        assert place.at_kecamatan("roster", "import", roster)[0] == 3


def test_a_box_that_another_roster_knew_with_another_key_stops_all_of_it(place: Place):
    place.certify()
    place.tell()
    CarriedBox(place.centre, place.folder / "second", OTHER_TPS)
    with place.centre.database.write() as connection:
        key = update(enrolments).where(enrolments.c.tps == TPS)
        connection.execute(key.values(public_key=place.centre.key.public_bytes_raw().hex()))
    code, _, err = place.tell()
    assert code == 1 and f"another key is known for TPS {TPS}" in err
    place.at_box("export", place.stick)
    assert place.at_kecamatan("import", place.stick)[0] == 0, "what was known holds"


def test_receipts_of_two_desks_stay_side_by_side_and_junk_gives_way(tmp_path: Path):
    def one(id: str, receipt: str) -> CarriedReceipt:
        return CarriedReceipt(id * 64, receipt)

    first = ReceiptList(1, TPS, (one("a", "01"), one("b", "01")))
    second = ReceiptList(1, TPS, (one("a", "02"), one("a", "0203")))
    path = tmp_path / f"tps-{TPS}.receipts"
    path.write_bytes(b"junk")
    assert carrying.leave_receipts(tmp_path, first) == path
    carrying.leave_receipts(tmp_path, second)
    held = msgspec.json.decode(path.read_bytes(), type=ReceiptList)
    assert set(held.receipts) == {one("a", "02"), one("a", "0203"), one("b", "01")}
    many = tuple(CarriedReceipt(f"{n:064x}", "01") for n in range(8000))
    carrying.leave_receipts(tmp_path, ReceiptList(1, TPS, many))
    held = msgspec.json.decode(path.read_bytes(), type=ReceiptList)
    assert held.receipts == many, "never more than can be read back"
