"""A stick from the box to the centre and back: what is stored, what is refused, what is left."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from carried_samples import CarriedBox
from central_samples import OTHER_TPS, TPS, Centre
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from tpsbox.cli.main import main as tpsbox
from tpsbox.record.receipt import ReceiptKind, make_receipt
from tpsbox.record.receipt_list import CarriedReceipt, ReceiptList, write_receipts
from tpsbox.record.statement import Clock
from tpsbox.store.outbox import ItemState
from tpscentral import files
from tpscentral.cli import main as tpscentral
from tpscentral.schema import evidence, photos, refusals, results

STORED = {ItemState.STORED}


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def carried(centre: Centre, tmp_path: Path) -> CarriedBox:
    made = CarriedBox(centre, tmp_path / "box")
    made.close(12)
    return made


@pytest.fixture
def run(centre: Centre, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """Run a command of either side: exit code, stdout, stderr."""

    def command(program, *words: object, data: Path | None = None):
        capsys.readouterr()
        where = data or (tmp_path / "box" if program is tpsbox else centre.folder.root)
        code = program([*map(str, words), "--data", str(where)])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    return command


def bundle_in(stick: Path) -> Path:
    [path] = stick.glob("*.tpsbundle")
    return path


def counts(centre: Centre) -> list[int]:
    with centre.database.read() as connection:
        return [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (results, evidence, photos, refusals)
        ]


def test_export_tells_of_photos_after_the_last_result_and_of_a_folder_on_the_own_card(
    carried, stick, run
):
    assert "the box's own card; is the stick in?" in run(tpsbox, "export", stick)[2]
    store = carried.store
    store.sheets.add_photo(store.photos.keep(b"later"), 1.0, Clock.SYSTEM, "attachment")
    code, out, error = run(tpsbox, "export", stick)
    assert code == 0 and "foto 1," in out
    assert "1 photos after the last result are not in it" in error


def test_a_stick_goes_to_the_centre_and_brings_the_receipts_back(centre, carried, stick, run):
    second = carried.close(13)
    code, out, _ = run(tpsbox, "export", stick)
    assert (code, "Hasil 2, bukti 2, foto 2, tanda terima 0." in out) == (0, True)
    code, out, _ = run(tpscentral, "import", stick)
    assert code == 0
    assert f"TPS {TPS}, result 1/2: 2 records, 2 sheets of evidence, 2 photos stored" in out
    assert counts(centre) == [2, 2, 2, 0]
    with centre.database.read() as connection:
        rows = connection.execute(select(results.c.record, results.c.state, results.c.via)).all()
    assert {(row.state, row.via) for row in rows} == {
        ("newest", "bundle"),
        ("superseded", "bundle"),
    }
    assert second in [row.record for row in rows if row.state == "newest"]
    code, out, _ = run(tpsbox, "import-receipts", stick)
    assert (code, out) == (0, "6 tersimpan di pusat\n")
    assert carried.states() == STORED
    names = [event.name for event in carried.store.events.list()]
    assert names == ["export", "receipts"]
    carried.store.events.verify()


def test_importing_again_changes_nothing_and_gives_the_same_receipts(centre, carried, stick, run):
    run(tpsbox, "export", stick)
    assert run(tpscentral, "import", bundle_in(stick))[0] == 0
    left = (stick / f"tps-{TPS}.receipts").read_bytes()
    assert run(tpscentral, "import", bundle_in(stick), stick)[0] == 0
    assert counts(centre) == [1, 1, 1, 0]
    assert (stick / f"tps-{TPS}.receipts").read_bytes() == left
    for _ in range(2):
        assert run(tpsbox, "import-receipts", stick)[0] == 0
        assert carried.states() == STORED
    run(tpsbox, "export", stick)
    found = json.loads(run(tpscentral, "import", stick, "--json")[1])
    assert found[0]["bundle"]["records"] == 1 and found[0]["bundle"]["troubles"] == []
    told = json.loads(run(tpsbox, "export", stick, "--json")[1])
    assert told["path"] == str(bundle_in(stick)) and told["receipts"] == 3
    assert json.loads(run(tpsbox, "import-receipts", stick, "--json")[1])["stored"] == 3


def test_what_came_by_another_link_is_receipted_on_the_stick_too(centre, carried, stick, run):
    record = carried.close(14)
    assert carried.says.send(record) is not None
    run(tpsbox, "export", stick)
    assert run(tpscentral, "import", stick)[0] == 0
    run(tpsbox, "import-receipts", stick)
    assert carried.states() == STORED


def test_the_same_number_with_other_content_is_kept_and_is_an_alarm(centre, carried, stick, run):
    rival = carried.says.record(1, {})
    carried.says.send(rival)
    run(tpsbox, "export", stick)
    code, out, err = run(tpscentral, "import", stick)
    assert code == 1 and "ALARM: another record has this number; both are kept" in err
    assert counts(centre)[0] == 2
    code, out, _ = run(tpsbox, "import-receipts", stick)
    assert (code, "1 bentrok di pusat: hubungi petugas" in out) == (1, True)
    assert carried.states() == {ItemState.CONFLICT, ItemState.STORED}


def test_what_the_centre_refuses_is_told_to_the_box(centre, carried, stick, run):
    leaf = carried.says.evidence(page=9)
    carried.store.results.reserve(1)
    record = carried.says.record(2, {})
    carried.store.results.add_result(record, number=2, epoch=1, evidence=[leaf])
    run(tpsbox, "export", stick)
    code, _, err = run(tpscentral, "import", stick)
    assert code == 1 and "has no ppwp page 9" in err
    assert counts(centre) == [2, 1, 1, 1]
    code, out, _ = run(tpsbox, "import-receipts", stick)
    assert code == 1 and "1 ditolak pusat" in out and "4 tersimpan di pusat" in out


def test_cut_off_and_altered_bundles_are_one_clear_line_and_store_nothing(
    centre, carried, stick, run
):
    run(tpsbox, "export", stick)
    path = bundle_in(stick)
    whole = path.read_bytes()
    for data in (
        b"",
        whole[:-1],
        whole[: len(whole) // 2],
        whole.replace(b"suara_sah", b"SUARA_SAH"),
    ):
        path.write_bytes(data)
        code, out, err = run(tpscentral, "import", stick)
        assert (code, out, err.count("\n")) == (3, "", 1), err
        assert err.startswith(f"tpscentral: {path}: bundle")
    assert counts(centre) == [0, 0, 0, 0]
    assert not list(stick.glob("*.receipts"))
    run(tpsbox, "export", stick)
    assert run(tpscentral, "import", stick)[0] == 0, "the box still has it all"


def test_one_bad_bundle_keeps_no_other_from_being_taken(centre, carried, stick, run, tmp_path):
    other = CarriedBox(centre, tmp_path / "other", OTHER_TPS)
    other.close(20)
    run(tpsbox, "export", stick)
    bundle_in(stick).write_bytes(b"PK\x03\x04 half of it")
    run(tpsbox, "export", stick, data=other.folder)
    code, out, err = run(tpscentral, "import", stick)
    assert code == 3 and f"TPS {OTHER_TPS}" in out and f"tps-{TPS}" in err
    assert counts(centre) == [1, 1, 1, 0]


def test_a_bundle_of_a_stranger_is_refused_whole(centre, carried, stick, run, tmp_path):
    elsewhere = Centre(tmp_path / "elsewhere")
    stranger = CarriedBox(elsewhere, tmp_path / "stranger", TPS)
    stranger.close(99)
    run(tpsbox, "export", stick, data=stranger.folder)
    code, _, err = run(tpscentral, "import", stick)
    assert code == 1 and "not from the key of this box" in err
    unknown = CarriedBox(elsewhere, tmp_path / "unknown", OTHER_TPS)
    unknown.close(99)
    run(tpsbox, "export", stick, data=unknown.folder)
    code, _, err = run(tpscentral, "import", stick / f"tps-{OTHER_TPS}-1-1.tpsbundle")
    assert code == 1 and "no box is known" in err
    assert counts(centre) == [0, 0, 0, 0]
    elsewhere.database.close()


def test_the_spare_box_and_the_first_one_share_a_stick(centre, carried, stick, run, tmp_path):
    spare = CarriedBox(centre, tmp_path / "spare", replace=True)
    spare.close(55)
    run(tpsbox, "export", stick)
    run(tpsbox, "export", stick, data=spare.folder)
    assert run(tpscentral, "import", stick)[0] == 0
    assert counts(centre) == [2, 2, 2, 0]
    for box in (carried, spare):
        code, out, err = run(tpsbox, "import-receipts", stick, data=box.folder)
        assert (code, err) == (0, ""), "those of the other box are no fault"
        assert out == "3 tersimpan di pusat\n3 untuk kotak lain di TPS ini\n"
        assert box.states() == STORED


def receipts_of(carried: CarriedBox, key: Ed25519PrivateKey, kind=ReceiptKind.STORED):
    return [
        CarriedReceipt(item.id.hex(), make_receipt(kind, item.id, key).hex())
        for item in carried.store.outbox.list()
    ]


def test_receipts_of_a_stranger_or_for_another_item_prove_nothing(centre, carried, stick, run):
    path = stick / f"tps-{TPS}.receipts"
    stranger = receipts_of(carried, Ed25519PrivateKey.generate())
    honest = receipts_of(carried, centre.folder.key)
    swapped = [CarriedReceipt(one.id, honest[0].receipt) for one in honest[1:]]
    short = [CarriedReceipt(one.id, "01") for one in honest]
    for wrong in (stranger, swapped, short):
        path.write_bytes(write_receipts(ReceiptList(1, TPS, tuple(wrong))))
        code, _, err = run(tpsbox, "import-receipts", stick)
        assert code == 1 and err.count("\n") == len(wrong)
        assert carried.states() == {ItemState.QUEUED}
    path.write_bytes(write_receipts(ReceiptList(1, TPS, (*stranger, *honest))))
    assert run(tpsbox, "import-receipts", stick)[0] == 1, "the bad ones are told"
    assert carried.states() == STORED


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", 3),
        (b"{", 3),
        (b"\xff" * 100, 3),
        (b'{"version":1,"tps":"1","receipts":[]}', 3),
        (b'{"version":1,"tps":"%s","receipts":[{"id":"","receipt":""}]}' % TPS.encode(), 3),
        (b" " * 4_000_001, 3),
        (b'{"version":1,"tps":"%s","receipts":[]}' % OTHER_TPS.encode(), 1),
        (None, 1),
    ],
)
def test_a_file_that_is_none_of_receipts_is_one_clear_line(carried, stick, run, content, code):
    if content is not None:
        (stick / f"tps-{TPS}.receipts").write_bytes(content)
    found, out, err = run(tpsbox, "import-receipts", stick)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert run(tpsbox, "import-receipts", stick / "elsewhere")[0] == 4


def test_a_stick_that_takes_no_receipts_is_a_clear_fault_and_all_is_stored(
    centre, carried, stick, run, monkeypatch
):
    run(tpsbox, "export", stick)

    def full(fd: int) -> None:
        """The stick alone is full; the centre's disk is not."""
        if Path(f"/proc/self/fd/{fd}").readlink().is_relative_to(stick.resolve()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(fd)

    monkeypatch.setattr(files, "os", SimpleNamespace(**{**vars(os), "fsync": full}))
    code, out, err = run(tpscentral, "import", stick)
    assert code == 4 and "disk is full" in err and "receipts: not written" in out
    assert [path.suffix for path in stick.iterdir()] == [".tpsbundle"], "no half file"
    monkeypatch.undo()
    assert counts(centre) == [1, 1, 1, 0]
    assert run(tpscentral, "import", stick)[0] == 0
    assert run(tpsbox, "import-receipts", stick)[0] == 0


def test_a_disk_of_the_centre_that_fails_keeps_what_is_stored_and_gives_no_receipts(
    centre, carried, stick, run
):
    run(tpsbox, "export", stick)
    (centre.folder.photos).rmdir()
    centre.folder.photos.write_bytes(b"in the way")
    code, out, err = run(tpscentral, "import", stick)
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert counts(centre) == [1, 1, 0, 0]
    assert not list(stick.glob("*.receipts"))
    centre.folder.photos.unlink()
    centre.folder.photos.mkdir()
    assert run(tpscentral, "import", stick)[0] == 0
    assert counts(centre) == [1, 1, 1, 0]


def test_an_old_bundle_played_again_does_not_bring_its_numbers_back(
    centre, carried, stick, run, tmp_path
):
    run(tpsbox, "export", stick)
    old = tmp_path / "kept by somebody.tpsbundle"
    old.write_bytes(bundle_in(stick).read_bytes())
    carried.close(13)
    run(tpsbox, "export", stick)
    for path in (stick, old):
        assert run(tpscentral, "import", path)[0] == 0
    with centre.database.read() as connection:
        newest = select(results.c.number).where(results.c.state == "newest")
        assert connection.scalars(newest).all() == [2]


def test_names_that_cannot_be_printed_are_shown_as_far_as_they_can(stick, run):
    (stick / os.fsdecode(b"\xff\n.tpsbundle")).write_bytes(b"")
    for options in ((), ("--json",)):
        code, _, err = run(tpscentral, "import", stick, *options)
        assert code == 3 and "/??.tpsbundle: bundle of 0 bytes" in err


def test_verify_says_what_is_on_the_stick_before_anybody_takes_it(
    centre, carried, stick, run, capsys
):
    carried.close(13)
    run(tpsbox, "export", stick)
    path = bundle_in(stick)
    election = str(centre.folder.root.parent / "uji.toml")
    key = carried.says.key.public_key().public_bytes_raw().hex()
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    for words, code, line in (
        (["--key", key], 0, "pernyataan ke-2"),
        (["--key", stranger], 1, "TIDAK cocok"),
        ([], 0, "BELUM DIPERIKSA"),
    ):
        assert tpsbox(["verify", str(path), "--election", election, *words]) == code
        printed = capsys.readouterr().out
        assert "Isi: 2 hasil, 2 bukti, 2 foto, 0 tanda terima" in printed and line in printed
    path.write_bytes(path.read_bytes()[:-1])
    assert tpsbox(["verify", str(path), "--election", election]) == 3


def test_nothing_to_import_is_said(stick, run):
    assert run(tpscentral, "import", stick)[0] == 3
    assert run(tpscentral, "import", stick / "none.tpsbundle")[0] == 3
    assert run(tpscentral, "import")[0] == 2
