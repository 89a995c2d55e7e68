"""`tpsbox status` and `outbox`: what people and programs are told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kiosk_samples import VALUES, keep_sheet
from tpsbox.board.notices import NOTICES, Notice
from tpsbox.board.signals import Shown, Signal
from tpsbox.cli import report
from tpsbox.cli.main import main
from tpsbox.cli.report import RESULT_WORDS
from tpsbox.forms.election import load_election
from tpsbox.kiosk.condition import Condition, pack_condition
from tpsbox.kiosk.lights import holdings
from tpsbox.kiosk.lock import SERVING, kiosk_lock, kiosk_serves
from tpsbox.kiosk.reader import heading_path
from tpsbox.kiosk.watch import Problem
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.statement import Clock
from tpsbox.store.linkstate import LINK_WORDS, LinkCondition
from tpsbox.store.outbox import ItemKind, ItemState
from tpsbox.store.store import Store
from tpsbox.uplink.lock import uplink_lock

ELECTION = load_election("pilkada-2024-kotabaru")
FORM = ELECTION.form_of("bupati")


def status(tpsbox) -> dict:
    code, out, _ = tpsbox("status", "--json")
    assert code == 0
    return json.loads(out)


def test_a_fresh_box_tells_who_it_is_in_code_and_words(tpsbox, box: Path):
    code, out, _ = tpsbox("status")
    assert code == 0
    assert "6302042001001: TPS 001, desa/kelurahan" in out
    assert "KOTABARU" in out and "belum terdaftar" in out and "tidak berjalan" in out
    report = status(tpsbox)
    assert report["tps"]["kode"] == "6302042001001"
    assert (report["epoch"], report["kiosk"], report["result"]) == (None, False, None)
    assert {name: light["pattern"] for name, light in report["lights"].items()} == {
        "camera": "off",
        "tick": "off",
        "cloud": "off",
    }
    assert [contest["missing"] for contest in report["contests"]] == [[1, 2, 3], [1, 2, 3]]


@pytest.fixture
def kiosk(box: Path) -> Iterator[Callable[[bytes], None]]:
    """A kiosk of which there is nothing but what it says."""
    with kiosk_lock(box) as say:
        yield say


def test_what_the_kiosk_says_is_wrong_is_one_line_each(tpsbox, box: Path, kiosk):
    shown = Shown(Signal.FAULT, notice=Notice.POWER)
    wrong = (Problem("fault", "camera: not there", 5.0), Problem("power", "Listrik lemah.", 6.0))
    kiosk(pack_condition(Condition("camera_fault", shown.described(), wrong)))
    report = status(tpsbox)
    assert (report["kiosk"], report["state"]) == (True, "camera_fault")
    assert [problem["code"] for problem in report["problems"]] == ["fault", "power"]
    out = tpsbox("status")[1]
    assert "Gangguan: camera: not there (sejak 01-01-1970" in out
    assert f"Ketiga lampu: berkedip bersama 2 kali. {NOTICES[Notice.POWER].meaning}" in out
    assert "Lampu kamera: kedip lambat." in out


def test_words_of_a_kiosk_that_are_cut_off_are_none(tpsbox, box: Path, kiosk):
    kiosk(pack_condition(Condition("ready", {}))[:-3])
    report = status(tpsbox)
    assert (report["kiosk"], report["state"]) == (True, None)


def test_a_full_or_locked_disk_and_a_wrong_clock_show_without_a_kiosk(tpsbox, box, monkeypatch):
    assert status(tpsbox)["problems"] == []
    monkeypatch.setattr("tpsbox.kiosk.watch.LEAST_FREE", 10**18)
    monkeypatch.setattr("tpsbox.cli.report.time.time", lambda: 946_684_800.0)
    out = tpsbox("status")[1]
    assert "Gangguan: Penyimpanan hampir penuh" in out
    assert "Gangguan: Jam kotak salah (01-01-2000)" in out


def test_a_file_is_no_folder_of_a_box(tmp_path: Path, capsys):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"x")
    for command in (["status"], ["run"], ["init", "--enrolment", str(path)]):
        assert main([*command, "--data", str(path)]) == 3
        assert "not a folder" in capsys.readouterr().err


def test_sheets_doubts_broken_rules_and_headings_are_shown(tpsbox, box: Path):
    with Store(box) as store:
        values = VALUES | {"suara_tidak_sah": None}
        sheet = keep_sheet(store, "bupati", FORM, 3, values)
        keep_sheet(store, "bupati", FORM, 2, VALUES)
        store.words.add("bupati", "paslon_1", "correct", 59)
        refused = store.sheets.add_photo("ab" * 32, 1.0, Clock.RTC)
        store.sheets.reject(refused, "blurred")
    heading_path(box, sheet).parent.mkdir()
    heading_path(box, sheet).write_bytes(b"\xff\xd8\xff")
    report = status(tpsbox)
    bupati = report["contests"][1]
    assert (bupati["pages_in"], bupati["missing"]) == ([2, 3], [1])
    assert "suara_tidak_sah" in [field["field"] for field in bupati["doubtful"]]
    assert [rule["rule"] for rule in bupati["broken"]] == ["R3"]
    assert bupati["headings"] == [str(heading_path(box, sheet))]
    assert report["refused"][0]["reason"] == "blurred"
    assert report["lights"]["tick"]["signal"] == "doubt"
    text = tpsbox("status")[1]
    assert "belum difoto: lembar 1" in text
    assert "tidak cocok: suara_sah 208, paslon_1 59, paslon_2 124, paslon_3 26 (R3)" in text
    assert "Foto kabur." in text


@pytest.mark.parametrize("kind", ReceiptKind)
def test_the_newest_result_and_the_outbox_are_shown(tpsbox, box: Path, kind: ReceiptKind):
    record = b"r" * 200
    with Store(box) as store:
        assert store.results.reserve(1) == 1
        sha = store.photos.keep(b"\xff\xd8\xff photo")
        id = store.results.add_result(record, number=1, epoch=1, evidence=[b"e"], photos=[sha])
        store.outbox.hand(id, 1.0)
        store.outbox.store_receipt(id, kind, b"receipt")
    items = json.loads(tpsbox("outbox", "--json")[1])
    assert [item["kind"] for item in items] == ["result", "evidence", "photo"]
    assert (items[0]["id"], items[0]["state"]) == (id.hex(), kind.name.lower())
    out = tpsbox("outbox")[1]
    assert id.hex()[:16] in out and "belum dicoba" in out


def test_an_empty_outbox_says_so(tpsbox, box: Path):
    assert tpsbox("outbox")[1] == "Kotak keluar kosong.\n"
    assert tpsbox("outbox", "--json")[1] == "[]\n"


def test_every_state_of_a_result_has_words():
    assert set(RESULT_WORDS) == set(ItemState)
    assert {kind.value for kind in ItemKind} == {"result", "evidence", "photo"}


def test_every_link_is_shown_with_since_when_and_its_error(tpsbox, box: Path):
    with Store(box, clock=lambda: 1_700_000_000.0) as store:
        store.links.set("lorawan", LinkCondition.ONLINE)
        store.links.set("mqtt", LinkCondition.WAITING, "no network here")
    since = time.strftime("%d-%m-%Y %H:%M:%S", time.localtime(1_700_000_000))
    with uplink_lock(box):
        text = tpsbox("status")[1]
        assert f"Sambungan lorawan: tersambung sejak {since}\n" in text
        assert f"Sambungan mqtt: terputus, dicoba lagi sejak {since} (no network here)" in text
        assert [link["state"] for link in status(tpsbox)["links"]] == ["online", "waiting"]
    text = tpsbox("status")[1]
    assert "Sambungan lorawan: tidak berjalan\n" in text, "what an uplink that was killed had said"


def test_every_condition_of_a_link_has_words():
    assert set(LINK_WORDS) == set(LinkCondition)


def test_photos_after_the_last_result_are_told_and_the_cloud_does_not_say_all(
    tpsbox, box: Path, monkeypatch
):
    monkeypatch.setattr(report, "newest_statement", lambda store, election: None)
    with Store(box) as store:
        first = store.photos.keep(b"first")
        store.sheets.add_photo(first, 1.0, Clock.SYSTEM)
        record = b"a record"
        number = store.results.reserve(1)
        id = store.results.add_result(record, number=number, epoch=1, evidence=[], photos=[first])
        for one in (id, bytes.fromhex(first)):
            store.outbox.store_receipt(one, ReceiptKind.STORED, b"receipt")
        assert holdings(store, ()).waiting == 0
        store.sheets.add_photo(store.photos.keep(b"second"), 2.0, Clock.SYSTEM, "attachment")
        assert holdings(store, ()).waiting == 1
    assert "Foto sesudah hasil terakhir: 1; tahan tombol" in tpsbox("status")[1]
    assert status(tpsbox)["unsent"] == 1


def test_a_photo_that_nobody_reads_is_told(tpsbox, box: Path):
    with Store(box) as store:
        store.sheets.add_photo(store.photos.keep(b"first"), 1.0, Clock.SYSTEM)
    assert "Foto belum dibaca: 1" in tpsbox("status")[1]


def test_a_card_that_is_locked_is_still_looked_at(box: Path):
    with kiosk_lock(box) as say:
        say(SERVING)
        (box / "kiosk.lock").chmod(0o400)
        assert kiosk_serves(box)


def test_a_database_that_is_gone_is_not_made_anew(tpsbox, box: Path):
    for path in box.glob("tpsbox.db*"):
        path.unlink()
    code, _, error = tpsbox("status")
    assert code == 4 and "tpsbox.db: gone: keep the card" in error
    assert not (box / "tpsbox.db").exists()
