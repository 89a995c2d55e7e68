"""`tpsbox init`: a TPS once, keys that stay, and only the right answer of the centre."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tpsbox.forms.election import load_election
from tpsbox.kiosk.box import box_election, load_config
from tpsbox.record.enrolment import parse_request
from tpsbox.store.store import Store

TPS = "6302042001001"
KOTABARU = "pilkada-2024-kotabaru"
TOML = """
name = "uji"
title = "Uji"
date = "2024-02-14"
tps_limit = 300
[[contest]]
key = "ppwp"
title = "Presiden"
form = "ppwp-2024"
paslon = [{nomor=1, nama="Satu"}, {nomor=2, nama="Dua"}, {nomor=3, nama="Lain"}]
"""


def test_init_makes_keys_and_a_request(tpsbox, tmp_path: Path):
    code, out, _ = tpsbox("init", "--tps", TPS, "--election", KOTABARU, "--json")
    answer = json.loads(out)
    assert code == 0
    request = parse_request(Path(answer["request"]).read_bytes())
    assert (request.tps, request.election) == (TPS, KOTABARU)
    assert request.package == answer["package"] == load_election(KOTABARU).package.hex()
    assert request.public_key == answer["public_key"]
    config = load_config(tmp_path / "box")
    assert (config.board, config.election) == ("simulated", KOTABARU)


def test_a_second_init_changes_nothing(tpsbox, box: Path):
    before = {p: p.read_bytes() for p in box.rglob("*") if p.is_file() and "db" not in p.name}
    code, _, error = tpsbox("init", "--tps", "6302042001002", "--election", KOTABARU)
    assert code == 1 and TPS in error and error.count("\n") == 1
    assert before == {p: p.read_bytes() for p in before}


@pytest.mark.parametrize("left", ["tpsbox.db", "photos"])
def test_a_box_whose_identity_is_gone_is_not_made_anew(tpsbox, box: Path, left: str):
    with Store(box) as store:
        store.photos.keep(b"a photo")
    shutil.rmtree(box / "identity")
    if left == "photos":
        for path in box.glob("tpsbox.db*"):
            path.unlink()
    code, _, error = tpsbox("init", "--tps", TPS, "--election", KOTABARU)
    assert code == 1 and "put identity/ back" in error and error.count("\n") == 1
    assert not (box / "identity").exists()


def test_an_init_that_was_cut_off_can_be_repeated(tpsbox, tmp_path: Path):
    with Store(tmp_path / "box"):
        pass
    assert tpsbox("init", "--tps", TPS, "--election", KOTABARU)[0] == 0


@pytest.mark.parametrize("lost", ["enrolment-request.json", "box.toml"])
def test_what_was_lost_of_a_box_is_made_again_with_the_same_keys(tpsbox, tmp_path: Path, lost: str):
    assert tpsbox("init", "--tps", TPS, "--election", KOTABARU, "--board", "pi")[0] == 0
    box = tmp_path / "box"
    keys = {path: path.read_bytes() for path in (box / "identity").iterdir()}
    (box / lost).unlink()
    if lost == "box.toml":
        code, _, error = tpsbox("status")
        assert code == 1 and "box.toml: gone: give tpsbox init" in error
    board = ("--board", "pi") if lost == "box.toml" else ()
    assert tpsbox("init", "--tps", TPS, "--election", KOTABARU, *board)[0] == 0
    assert (box / lost).is_file() and load_config(box).board == "pi"
    assert keys == {path: path.read_bytes() for path in (box / "identity").iterdir()}
    assert tpsbox("status")[0] == 0


def test_a_damaged_configuration_says_what_to_do(tpsbox, box: Path):
    (box / "box.toml").write_bytes(b"\x85")
    code, _, error = tpsbox("status")
    assert code == 3 and "box.toml: damaged" in error and "give tpsbox init" in error


def test_an_election_file_is_kept_as_a_copy_and_a_changed_one_is_noticed(tpsbox, tmp_path: Path):
    path = tmp_path / "uji.toml"
    path.write_text(TOML)
    assert tpsbox("init", "--tps", TPS, "--election", str(path), "--board", "pi")[0] == 0
    path.unlink()
    box = tmp_path / "box"
    assert load_config(box).board == "pi"
    with Store(box) as store:
        assert box_election(box, store.identity.owner()).name == "uji"
    copy = box / "election.toml"
    copy.write_text(copy.read_text().replace("Satu", "Tiga"))
    code, _, error = tpsbox("status")
    assert code == 4 and "changed since this box got its TPS" in error


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        ((), 2, "--tps and --election"),
        (("--tps", TPS), 2, "--tps and --election"),
        (("--tps", "123", "--election", KOTABARU), 3, "13 digits"),
        (("--tps", "6302042001999", "--election", KOTABARU), 3, "not in"),
        (("--tps", TPS, "--election", "tidak-ada"), 3, "unknown"),
        (("--tps", TPS, "--election", KOTABARU, "--board", "arduino"), 2, "arduino"),
        (("--enrolment", "x", "--tps", TPS), 2, "alone"),
        (("--enrolment", "/nowhere"), 1, "no box here yet"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_makes_no_box(tpsbox, tmp_path, words, code, hint):
    found, out, error = tpsbox("init", *words)
    assert (found, out) == (code, "")
    assert hint in error and "Traceback" not in error
    assert not (tmp_path / "box" / "box.toml").exists()


def test_the_centres_answer_is_checked(tpsbox, box: Path, tmp_path: Path):
    answer = tmp_path / "answer.json"
    assert tpsbox("init", "--enrolment", str(answer))[0] == 3
    answer.write_text("{}")
    code, _, error = tpsbox("init", "--enrolment", str(answer))
    assert code == 3 and error.startswith(f"tpsbox: {answer}: enrolment:")


def test_the_centres_answer_is_installed(tpsbox, box: Path, tmp_path: Path):
    pytest.importorskip("tpscentral")
    from tpscentral.cli import main as central

    centre = str(tmp_path / "centre")
    assert central(["init", "--data", centre, "--election", KOTABARU]) == 0
    request, answer = str(box / "enrolment-request.json"), tmp_path / "answer.json"
    assert central(["enrol", request, "--data", centre, "--out", str(answer)]) == 0
    code, out, _ = tpsbox("init", "--enrolment", str(answer), "--json")
    assert code == 0 and json.loads(out)["epoch"] == 1
    assert json.loads(tpsbox("status", "--json")[1])["epoch"] == 1


@pytest.mark.parametrize(
    "words",
    [("status",), ("outbox",), ("press",), ("run",), ("confirm",), ("correct", "x", "1")],
)
def test_commands_without_a_box_say_so_and_make_none(tpsbox, tmp_path: Path, words):
    code, out, error = tpsbox(*words)
    assert (code, out) == (1, "")
    assert "no box here yet" in error
    assert not (tmp_path / "box").exists()


@pytest.mark.parametrize("text", ["board = 3", "board = 'pi", 'board = "pi"\nelection = 1', "\xff"])
def test_a_damaged_configuration_is_one_line(tpsbox, box: Path, text: str):
    (box / "box.toml").write_text(text, encoding="latin-1")
    code, _, error = tpsbox("status")
    assert code == 3 and "box.toml" in error and error.count("\n") == 1
