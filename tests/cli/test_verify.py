"""`tpsbox verify` says what a record or receipt holds, and whether its signature does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tpsbox.cli.main import main

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
RESULT = json.loads((VECTORS / "result.json").read_text(encoding="utf-8"))
RECEIPT = json.loads((VECTORS / "receipt.json").read_text(encoding="utf-8"))
RECORD = bytes.fromhex(RESULT["statement"] + RESULT["signature"])


@pytest.fixture
def verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    election = tmp_path / "contoh.toml"
    election.write_text(RESULT["election_toml"], encoding="utf-8")

    def run(data: bytes, *options: str, known: bool = True) -> tuple[int, str, str]:
        file = tmp_path / "file.bin"
        file.write_bytes(data)
        where = ("--election", str(election)) if known else ()
        code = main(["verify", str(file), *where, *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_record_is_told_in_words_and_its_signature_holds(verify):
    code, out, _ = verify(RECORD, "--key", RESULT["public_key"])
    assert code == 0
    assert "Hasil TPS 6302042001001, Pemilu contoh" in out
    assert "pernyataan ke-7" in out and RESULT["id"] in out
    assert "2024-02-14 08.40.00 UTC (jam: RTC)" in out
    assert "  Paslon 1: 123 (terbaca jelas)" in out
    assert "  Paslon 3: kosong (perlu diperiksa)" in out
    assert "  Suara sah: 288 (diketik)" in out
    assert "Tanda tangan: cocok" in out


def test_without_a_key_it_says_that_nothing_was_checked(verify):
    code, out, _ = verify(RECORD)
    assert code == 0 and "BELUM DIPERIKSA" in out and "cocok" not in out


@pytest.mark.parametrize("at", [0, -1])
def test_a_changed_signature_or_another_key_does_not_hold(verify, at):
    spoiled = bytearray(RECORD)
    spoiled[len(RESULT["statement"]) // 2 if at == 0 else at] ^= 1
    code, out, _ = verify(bytes(spoiled), "--key", RESULT["public_key"])
    assert code == 1 and "TIDAK cocok" in out
    code, out, _ = verify(RECORD, "--key", RECEIPT["public_key"])
    assert code == 1 and "TIDAK cocok" in out


@pytest.mark.parametrize(
    "data",
    [b"", b"\2", RECORD[:84], RECORD[:-1], RECORD + b"\0", b"\1" + RECORD[1:], bytes(5000)],
    ids=["nothing", "one byte", "short", "cut", "longer", "version 1", "zeros"],
)
def test_what_is_no_record_is_one_line_and_code_3(verify, data):
    code, out, error = verify(data, "--key", RESULT["public_key"])
    assert (code, out) == (3, "")
    assert error.startswith("tpsbox: ") and error.count("\n") == 1


def test_an_election_that_is_not_shipped_must_be_given(verify):
    code, _, error = verify(RECORD, known=False)
    assert code == 3 and "give --election" in error and RESULT["package"] in error
    code, _, error = verify(RECORD, "--election", "pilkada-2024-kotabaru")
    assert code == 3 and RESULT["package"] in error


def test_a_receipt_is_checked_against_the_item_it_is_for(verify):
    stored = bytes.fromhex(RECEIPT["stored"])
    code, out, _ = verify(stored)
    assert code == 0 and "tersimpan di pusat" in out and "BELUM DIPERIKSA" in out
    key, item = ("--key", RECEIPT["public_key"]), ("--id", RECEIPT["id"])
    code, out, _ = verify(stored, *key, *item)
    assert code == 0 and "Tanda tangan: cocok" in out
    code, out, _ = verify(b"\2" + stored[1:], *key, *item)
    assert code == 1 and "TIDAK cocok" in out
    code, out, _ = verify(stored, *key, "--id", "00" * 32)
    assert code == 1 and "LAIN" in out


@pytest.mark.parametrize("options", [("--key", "00"), ("--key", "zz" * 32), ("--id", "0" * 63)])
def test_a_key_that_is_none_is_wrong_usage(verify, options):
    code, _, error = verify(RECORD, *options)
    assert code == 2 and "64 hex digits" in error


def test_a_missing_file_is_bad_input(capsys):
    assert main(["verify", "/nowhere/file.bin"]) == 3
    assert capsys.readouterr().err.count("\n") == 1
