"""The image's configuration, as far as it can be checked without building one."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGE = ROOT / "image"
LAYER = IMAGE / "layer" / "tpsbox.yaml"
PARTS = IMAGE / "layer" / "tpsbox.d"
UNITS = PARTS / "customize.overlay/usr/lib/systemd/system"
SERVICES = ("tpsbox-kiosk.service", "tpsbox-uplink.service")
DATA = "/var/lib/tpsbox"


def hooks() -> list[str]:
    """The shell commands of the layer, folded lines joined."""
    text = LAYER.read_text().split("customize-hooks:\n")[1]
    text = re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE)
    return [re.sub(r"\n +", " ", item).strip() for item in re.split(r"^ +- ", text, flags=re.M)[1:]]


def test_every_configuration_builds_the_layer_and_has_room():
    configs = sorted((IMAGE / "config").glob("*.yaml"))
    assert [path.stem for path in configs] == ["tpsbox-pi4", "tpsbox-pi5"]
    for path in configs:
        text = path.read_text()
        assert f"layer: rpi{path.stem[-1]}\n" in text and f"name: {path.stem}\n" in text
        assert "  app: tpsbox\n" in text and "file: trixie-minbase-ab.yaml\n" in text
        assert "X-Env-Layer-Name: tpsbox\n" in LAYER.read_text()
        assert int(re.search(r"system_part_size: (\d+)G", text)[1]) >= 3


def test_the_hooks_are_shell_and_end_at_the_first_fault():
    assert len(hooks()) == 6
    for hook in hooks():
        done = subprocess.run(["sh", "-n", "-c", hook], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "|| true" not in hook


def test_the_user_of_the_image_is_that_of_package_and_units():
    line = next(line for line in hooks() if " useradd " in line)
    assert f"--home-dir {DATA}" in line and line.endswith(" tpsbox")
    assert f'u tpsbox - "TPS box" {DATA}' in (ROOT / "systemd/tpsbox.sysusers").read_text()
    for service in SERVICES:
        assert "\nUser=tpsbox\n" in (ROOT / "systemd" / service).read_text()


def test_the_image_installs_what_the_package_wants():
    control = (ROOT / "packaging/debian/control").read_text()
    wanted = re.search(r"^Recommends: (.*)$", control, re.MULTILINE)[1].split(", ")
    text = LAYER.read_text()
    for alternatives in wanted:
        assert any(name in text for name in alternatives.split(" | ")), alternatives


def test_the_data_folder_of_the_units_is_the_mount_point():
    mount = (UNITS / "var-lib-tpsbox.mount").read_text()
    assert f"\nWhere={DATA}\n" in mount
    what = re.search(r"^What=(.*)$", mount, re.MULTILINE)[1]
    maker = (UNITS / "tpsbox-data.service").read_text()
    assert re.search(rf"^ExecStart=.* {what}$", maker, re.MULTILINE)
    assert "\nBefore=var-lib-tpsbox.mount\n" in maker and "Requires=tpsbox-data.service" in mount
    for service in SERVICES:
        assert f"\nRequiresMountsFor={DATA}\n" in (ROOT / "systemd" / service).read_text()


def test_systemd_accepts_the_image_s_units(tmp_path: Path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for unit in UNITS.iterdir():
        shutil.copy(unit, tmp_path)
    names = sorted(path.name for path in UNITS.iterdir())
    answer = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        capture_output=True, text=True, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    mine = [line for line in answer.stderr.splitlines() if "tpsbox" in line]
    assert (answer.returncode, mine) == (0, [])


def test_config_txt_names_the_pins_of_the_wiring_and_the_devices_of_the_docs():
    pins = tomllib.loads((ROOT / "hw/pins.toml").read_text())
    lines = (PARTS / "config.txt").read_text().splitlines()
    settings = [line for line in lines if line and not line.startswith(("#", "["))]
    assert f"dtoverlay=gpio-poweroff,gpiopin={pins['power_off']['bcm']}" in settings
    for needed in ("camera_auto_detect=1", "dtparam=watchdog=on", "dtoverlay=disable-bt"):
        assert needed in settings
    # The firmware cuts lines at 98 characters; what it does not know it passes over in silence.
    assert all(re.fullmatch(r"(dtparam|dtoverlay|[a-z_0-9]+)=\S+", line) for line in settings)
    assert all(len(line) < 98 for line in lines)
    at = lines.index("dtoverlay=i2c-rtc,ds3231")
    assert lines[at - 1] == "[pi4]", "a Pi 5 has a clock of its own"
    filters = [line for line in lines[: lines.index("dtparam=watchdog=on")] if line.startswith("[")]
    assert filters[-1] == "[all]"


def test_the_kernel_starts_again_after_a_panic():
    words = (PARTS / "for/linux-base/cmdline.d/60-tpsbox").read_text().split()
    assert words == ["-console=serial*", "panic=10"]
