"""The systemd units: accepted by systemd, closed as far as the devices allow, never given up."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tpsbox.board.pi_camera import CAPTURE_SECONDS
from tpsbox.board.pi_controls import SETTLE_SECONDS
from tpsbox.board.pi_power import ASK_SECONDS, OFF_SECONDS
from tpsbox.board.pi_session import CLOSE_SECONDS, OPEN_SECONDS
from tpsbox.links.sim7600_talk import Patience
from tpsbox.notify import PULSE

FOLDER = Path(__file__).parents[2] / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
PROGRAM = "/usr/lib/tpsbox/venv/bin/tpsbox"
WORST_EXPOSURE = 2.5
"""By `systemd-analyze security`: 0 is closed, 10 is open."""

every_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)


def settings(unit: Path) -> dict[str, list[str]]:
    """Every setting of a unit, in all its lines."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^([A-Za-z]+)=(.*)$", unit.read_text(), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_both_processes_have_a_unit():
    assert [unit.name for unit in UNITS] == ["tpsbox-kiosk.service", "tpsbox-uplink.service"]


@every_unit
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path):
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace(PROGRAM, "/bin/true"))
    answer = analyze("verify", "--man=no", copy)
    mine = [line for line in answer.stderr.splitlines() if unit.name in line]
    assert (answer.returncode, mine) == (0, [])


@every_unit
def test_the_unit_is_as_closed_as_it_can_be(unit: Path):
    answer = analyze("security", "--offline=yes", "--no-pager", unit)
    if "unrecognized option" in answer.stderr:
        pytest.skip("systemd before 250 cannot judge a file")
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", answer.stdout)
    assert float(exposure[1]) <= WORST_EXPOSURE, answer.stdout


@every_unit
def test_a_process_that_ends_is_started_again_without_end(unit: Path):
    found = settings(unit)
    assert found["Restart"] == ["always"] and found["StartLimitIntervalSec"] == ["0"]
    assert 1 <= int(found["RestartSec"][0]) <= 10, "soon, and not in a whirl"
    assert found["User"] == ["tpsbox"] and found["CapabilityBoundingSet"] == [""]
    which = unit.stem.removeprefix("tpsbox-")
    assert found["ExecStart"] == [f"{PROGRAM} run {which} --data /var/lib/tpsbox"]
    assert found["ConditionPathExists"] == ["/var/lib/tpsbox/box.toml"]


@every_unit
def test_a_loop_that_hangs_is_noticed_and_one_that_waits_is_not_killed(unit: Path):
    found = settings(unit)
    assert found["Type"] == ["notify"]
    assert int(found["WatchdogSec"][0]) >= 10 * PULSE
    photo = OPEN_SECONDS + SETTLE_SECONDS + CAPTURE_SECONDS + CLOSE_SECONDS
    goodbye = ASK_SECONDS + OFF_SECONDS
    modem = Patience()
    dialling = modem.network + 2 * modem.service
    hanging_up = 2 * modem.service
    longest = {"tpsbox-kiosk": max(photo, goodbye), "tpsbox-uplink": dialling + hanging_up}
    assert int(found["WatchdogSec"][0]) >= 1.5 * longest[unit.stem]


def test_each_process_reaches_its_devices_and_no_more():
    kiosk, uplink = (settings(unit) for unit in UNITS)
    assert kiosk["SupplementaryGroups"] == ["video gpio"]
    cameras = {"char-video4linux rw", "char-media rw", "char-dma_heap rw"}
    assert set(kiosk["DeviceAllow"]) == cameras | {"char-gpiochip rw"}
    assert "AF_INET" not in kiosk["RestrictAddressFamilies"][0]
    assert kiosk["IPAddressDeny"] == ["any"]
    # Either would take the kernel's word of cameras, or the Pi's model, from it.
    assert "PrivateNetwork" not in kiosk and "ProcSubset" not in kiosk
    assert uplink["SupplementaryGroups"] == ["dialout"]
    assert all(device.startswith("char-tty") for device in uplink["DeviceAllow"])
    for found in (kiosk, uplink):
        assert found["DevicePolicy"] == ["closed"] and "PrivateDevices" not in found
        assert found["StateDirectory"] == ["tpsbox"] and "ReadWritePaths" not in found


@every_unit
def test_drivers_are_there_before_their_devices_are_allowed(unit: Path):
    found = settings(unit)
    modules = found["Wants"][0].split()
    assert modules and all(re.fullmatch(r"modprobe@\w+\.service", module) for module in modules)
    after = " ".join(found["After"]).split()
    assert set(modules) <= set(after)


def test_sysusers_makes_the_groups_that_the_units_name():
    text = (FOLDER / "tpsbox.sysusers").read_text()
    for unit in UNITS:
        for group in settings(unit)["SupplementaryGroups"][0].split():
            assert f"g {group} " in text and f"m tpsbox {group}\n" in text
    if shutil.which("systemd-sysusers") is None:
        pytest.skip("systemd-sysusers is not installed")
    command = ["systemd-sysusers", "--dry-run", FOLDER / "tpsbox.sysusers"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stderr
