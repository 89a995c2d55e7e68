"""What the package sets for the whole system: modems, powering off, journal, watchdog."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "systemd"

RULE = re.compile(r'(?:[\w.]+(?:\{[\w.]+\})?(?:==|!=|=|\+=)"[^"]*"(?:, |$))+')


def rules() -> list[str]:
    lines = (FOLDER / "tpsbox.udev").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def section(name: str, title: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read_string((FOLDER / name).read_text())
    assert parser.sections() == [title]
    return parser[title]


def test_udev_understands_the_rules(tmp_path: Path):
    assert all(RULE.fullmatch(rule) for rule in rules())
    if shutil.which("udevadm") is None:
        pytest.skip("udevadm is not installed")
    copy = tmp_path / "70-tpsbox.rules"
    shutil.copy(FOLDER / "tpsbox.udev", copy)
    answer = subprocess.run(
        ["udevadm", "verify", "--no-style", copy], capture_output=True, text=True, timeout=60
    )
    if "Unknown command verb" in answer.stderr:
        pytest.skip("udevadm before systemd 254 cannot verify")
    assert answer.returncode == 0, answer.stderr + answer.stdout


def test_adapters_of_radio_modems_have_one_name_and_are_left_alone():
    lora = [rule for rule in rules() if 'ENV{.tpsbox}="lora"' in rule]
    ids = {tuple(re.findall(r'ID_(?:VENDOR|MODEL)_ID\}=="(\w+)"', rule)) for rule in lora}
    assert ids == {("10c4", "ea60"), ("1a86", "7523")}, "CP210x and CH340"
    named = next(rule for rule in rules() if "tpsbox-lora" in rule)
    assert 'ENV{ID_MM_DEVICE_IGNORE}="1"' in named and 'ENV{ID_MM_PORT_IGNORE}="1"' in named


def test_the_cellular_modem_is_named_by_the_port_that_takes_commands():
    modem = next(rule for rule in rules() if "tpsbox-sim7600" in rule)
    assert '=="1e0e"' in modem and '=="9001"' in modem
    assert 'ENV{ID_USB_INTERFACE_NUM}=="02"' in modem
    assert "ID_MM" not in modem, "ModemManager may have it: IP is the better way"


def test_the_docs_name_the_ports_that_the_rules_make():
    for name, page in (("tpsbox-lora", "lorawan.md"), ("tpsbox-sim7600", "cellular.md")):
        assert f'SYMLINK+="{name}"' in "\n".join(rules())
        assert f"/dev/{name}" in (ROOT / "docs" / page).read_text()


def test_only_the_box_s_user_and_only_power_off_is_let_through():
    text = (FOLDER / "tpsbox.polkit").read_text()
    allowed = re.findall(r'"(org\.[\w.-]+)"', text)
    assert allowed == [
        "org.freedesktop.login1.power-off",
        "org.freedesktop.login1.power-off-multiple-sessions",
    ]
    assert 'subject.user == "tpsbox"' in text and text.count("polkit.Result.YES") == 1
    assert text.count("{") == text.count("}") and text.count("(") == text.count(")")


def test_the_journal_is_kept_and_stays_small():
    journal = section("tpsbox.journald", "Journal")
    assert journal["Storage"] == "persistent" and journal["SystemMaxUse"] == "64M"


def test_the_watchdog_fits_the_counter_of_the_pi():
    manager = section("tpsbox.watchdog", "Manager")
    assert 5 <= int(manager["RuntimeWatchdogSec"]) < 15
    assert 5 <= int(manager["RebootWatchdogSec"]) < 15
