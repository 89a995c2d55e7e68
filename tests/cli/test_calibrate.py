"""`tpsbox calibrate` and `doctor`: what they find, say and write."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from kiosk_samples import photo
from tpsbox.board.camera_settings import CAMERA_FILE, load_settings
from tpsbox.cli import calibrate, doctor
from tpsbox.cli.doctor import examine
from tpsbox.forms.election import load_election
from tpsbox.kiosk.box import save_config
from tpsbox.kiosk.condition import Condition, pack_condition
from tpsbox.kiosk.lock import kiosk_lock
from tpsbox.kiosk.watch import Problem
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.store import DATABASE, Store
from tpsbox.uplink.lock import uplink_lock

KOTABARU = "pilkada-2024-kotabaru"


@pytest.fixture
def few_forms(monkeypatch):
    """Looking for every form there is takes its time."""
    forms = load_election(KOTABARU).forms.values()
    monkeypatch.setattr(calibrate, "form_names", lambda: ["bupati"])
    monkeypatch.setattr(calibrate, "load_layouts", lambda name: list(forms))


def under_camera(box: Path, name: str) -> None:
    folder = box / "simulated" / "photos"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jpg").write_bytes(photo(name))


def test_a_good_stand_is_said_and_written(tpsbox, box: Path, few_forms):
    under_camera(box, "bupati")
    code, out, error = tpsbox("calibrate")
    assert code == 0, out
    assert "Dudukan kamera sudah benar." in out and CAMERA_FILE in out and "piksel/mm" in out
    assert "Mengukur cahaya" in error
    settings = load_settings(box)
    assert settings is not None and settings.module == "simulated"
    assert settings.geometry is not None and settings.geometry.px_per_mm > 2


def test_without_a_sheet_it_says_what_to_do_and_writes_nothing(tpsbox, box: Path, few_forms):
    under_camera(box, "blank")
    code, out, _ = tpsbox("calibrate", "--json")
    answer = json.loads(out)
    assert (code, answer["stand"], answer["file"]) == (1, None, None)
    assert [finding["code"] for finding in answer["wrong"]] == ["no_sheet"]
    assert load_settings(box) is None


def test_a_given_photo_is_judged_without_a_box(tpsbox, tmp_path: Path, few_forms):
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo("bupati"))
    code, out, _ = tpsbox("calibrate", "--photo", str(path), "--json")
    answer = json.loads(out)
    assert (code, answer["wrong"], answer["settings"]) == (0, [], None)
    assert answer["stand"]["page"] == 2
    assert not (tmp_path / "box").exists()
    path.write_bytes(b"no photo")
    assert tpsbox("calibrate", "--photo", str(path))[0] == 3


def test_a_camera_that_fails_and_a_kiosk_that_has_it_are_one_line(tpsbox, box: Path, few_forms):
    code, _, error = tpsbox("calibrate")
    assert code == 4 and "no more photos" in error
    with kiosk_lock(box):
        code, _, error = tpsbox("calibrate")
    assert code == 1 and "a kiosk runs" in error


def results(tpsbox) -> tuple[int, dict[str, tuple[str, str]]]:
    code, out, _ = tpsbox("doctor", "--json")
    return code, {check["name"]: (check["result"], check["text"]) for check in json.loads(out)}


def test_a_fresh_box_has_warnings_and_no_faults(tpsbox, box: Path):
    code, found = results(tpsbox)
    assert code == 0
    assert [name for name, (result, _) in found.items() if result != "ok"] == [
        "store",
        "kiosk",
        "links",
    ]
    assert "belum terdaftar" in found["store"][1]
    code, out, _ = tpsbox("doctor")
    assert code == 0 and "awas   kiosk: tidak berjalan" in out


@pytest.mark.parametrize(
    ("name", "content", "check"),
    [
        ("identity/sign.key", b"-----BEGIN", "store"),
        ("identity/tls.key", None, "store"),
        ("links.toml", b'order = ["mqt', "links"),
    ],
)
def test_keys_and_links_are_looked_at(tpsbox, box: Path, name: str, content, check: str):
    path = box / name
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)
    code, found = results(tpsbox)
    assert code == 1 and found[check][0] == "fault"
    assert path.name in found[check][1]


def test_what_is_at_fault_is_named_and_the_rest_is_still_looked_at(tpsbox, box, monkeypatch):
    with Store(box) as store:
        store.links.set("mqtt", LinkCondition.STOPPED, "certificate expired")
    monkeypatch.setattr(doctor, "little_room", lambda folder: "Penyimpanan hampir penuh.")
    with kiosk_lock(box) as say, uplink_lock(box):
        say(pack_condition(Condition("stuck", {}, (Problem("power", "Listrik lemah.", 1.0),))))
        code, found = results(tpsbox)
    assert code == 1
    assert found["disk"] == ("fault", "Penyimpanan hampir penuh.")
    assert found["kiosk"] == ("fault", "Listrik lemah.")
    assert found["links"] == ("fault", "mqtt: certificate expired")
    assert found["model"][0] == "ok"


def test_a_changed_audit_log_is_a_fault(tpsbox, box: Path):
    with sqlite3.connect(box / DATABASE) as other:
        triggers = other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            other.execute(f'DROP TRIGGER "{name}"')
        other.execute("UPDATE events SET data = '{}' WHERE n = 1")
    code, found = results(tpsbox)
    assert code == 1 and found["store"] == ("fault", "audit log: row 1 was changed, or is missing")


def test_a_pi_is_asked_for_libraries_devices_and_settings(box: Path, tmp_path: Path):
    save_config(box, "pi", KOTABARU)
    dev = tmp_path / "dev"
    dev.mkdir()
    (dev / "gpiochip0").touch()
    found = {check.name: check for check in examine(box, dev)}
    assert found["pins"].result == "ok" and found["pins"].text == "gpiochip0"
    assert found["camera"].result == "fault" and "media" in found["camera"].text
    assert found["libraries"].result == "fault" and "picamera2" in found["libraries"].text
    assert found["camera settings"].result == "warning"
    (box / CAMERA_FILE).write_text("{}")
    found = {check.name: check for check in examine(box, dev)}
    assert found["camera settings"].result == "fault"
