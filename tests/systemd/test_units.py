"""The systemd units: accepted by systemd, and what the box depends on is in them."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
PROGRAM = "/usr/lib/tpsbox/venv/bin/tpsbox"


def service(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string(path.read_text())
    return parser["Service"]


def test_both_processes_have_a_unit():
    assert [unit.name for unit in UNITS] == ["tpsbox-kiosk.service", "tpsbox-uplink.service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace(PROGRAM, "/bin/true"))
    answer = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, timeout=60
    )
    mine = [line for line in answer.stderr.splitlines() if unit.name in line]
    assert (answer.returncode, mine) == (0, [])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_process_that_ends_is_started_again_without_end(unit: Path):
    assert service(unit)["Restart"] == "always"
    assert "StartLimitIntervalSec=0" in unit.read_text()
    assert service(unit)["User"] == "tpsbox"
    which = unit.stem.removeprefix("tpsbox-")
    assert service(unit)["ExecStart"] == f"{PROGRAM} run {which} --data /var/lib/tpsbox"


def test_the_kiosk_reaches_its_devices_and_no_network():
    kiosk = service(FOLDER / "tpsbox-kiosk.service")
    assert kiosk["SupplementaryGroups"].split() == ["video", "gpio"]
    assert "AF_INET" not in kiosk["RestrictAddressFamilies"]
    assert "PrivateDevices" not in kiosk and "PrivateNetwork" not in kiosk


def test_sysusers_makes_the_groups_that_the_units_name():
    if shutil.which("systemd-sysusers") is None:
        pytest.skip("systemd-sysusers is not installed")
    text = (FOLDER / "tpsbox.sysusers").read_text()
    for unit in UNITS:
        for group in service(unit)["SupplementaryGroups"].split():
            assert f"g {group} " in text
    answer = subprocess.run(
        ["systemd-sysusers", "--dry-run", FOLDER / "tpsbox.sysusers"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
