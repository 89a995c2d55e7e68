"""What lies where in the package, with small stand-ins for the wheels."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import package
import package_tree
import pytest
from package_wheels import ROOT, TAGS
from tpsbox.errors import UsageError

WHEN = 1_700_000_000
LIB = "usr/lib/tpsbox"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    wheels = tmp_path / "wheels"
    wheels.mkdir()

    def small(name: str) -> Path:
        (wheels / name).write_bytes(name.encode())
        return wheels / name

    def fetch(tag: str, machine: str, _folder: Path) -> list[Path]:
        assert machine == "aarch64"
        return [small("sama-1.0-py3-none-any.whl"), small(f"sendiri-1.0-{tag}-{tag}-linux.whl")]

    monkeypatch.setattr(package_tree, "fetch", fetch)
    own = small("tps_box-1.2.3-py3-none-any.whl")
    monkeypatch.setattr(package_tree, "program_wheel", lambda *_: own)
    return package_tree.stage(ROOT, tmp_path / "cache", tmp_path, "1.2.3", "arm64", WHEN)


def test_every_file_is_where_its_reader_looks_and_of_the_right_mode(tree):
    found = {str(p.relative_to(tree)): p for p in tree.rglob("*") if p.is_file()}
    wheels = {f"sendiri-1.0-{tag}-{tag}-linux.whl" for tag in TAGS}
    wheels |= {"sama-1.0-py3-none-any.whl", "tps_box-1.2.3-py3-none-any.whl", "SHA256SUMS"}
    wheels |= {f"{tag}.txt" for tag in TAGS}
    assert {p.name for p in (tree / LIB / "wheels").iterdir()} == wheels
    assert set(package_tree.FILES.values()) < set(found)
    runs = {name for name, path in found.items() if path.stat().st_mode & 0o111}
    scripts = {f"DEBIAN/{name}" for name in package_tree.SCRIPTS}
    assert runs == {"usr/bin/tpsbox", f"{LIB}/make-venv"} | scripts
    assert {path.stat().st_mode & 0o777 for path in found.values()} == {0o644, 0o755}
    assert {path.stat().st_mtime for path in found.values()} == {WHEN}
    # Each file of systemd/ says itself where it is to lie.
    for source, place in package_tree.FILES.items():
        first = (ROOT / source).read_text().splitlines()[0]
        if said := re.search(r"To (/\S+)", first):
            assert said[1].rstrip(":") == f"/{place}"


def test_control_names_version_kind_size_and_what_it_needs(tree):
    text = (tree / "DEBIAN/control").read_text()
    fields = dict(re.findall(r"^([A-Z][A-Za-z-]+): (.*)$", text, re.MULTILINE))
    assert (fields["Package"], fields["Version"]) == ("tpsbox", "1.2.3")
    assert fields["Architecture"] == "arm64" and "@" not in text.replace("<maintainers@", "")
    assert 0 < int(fields["Installed-Size"]) < 1000
    assert "python3 (>= 3.11)" in fields["Depends"] and "venv" not in fields["Depends"]
    # What the wheels bring no copy of.
    assert {"libgcc-s1", "libstdc++6", "zlib1g"} < set(fields["Depends"].split(", "))
    for recommended in ("python3-picamera2", "python3-lgpio", "polkitd", "dbus"):
        assert recommended in fields["Recommends"]


def test_sums_are_those_of_the_files(tree):
    for folder, tool, sums in (
        (tree, "md5sum", "DEBIAN/md5sums"),
        (tree / LIB / "wheels", "sha256sum", f"{tree}/{LIB}/wheels/SHA256SUMS"),
    ):
        done = subprocess.run([tool, "--check", "--strict", "--quiet", sums], cwd=folder)
        assert done.returncode == 0


def test_what_people_may_change_is_a_conffile(tree):
    listed = (tree / "DEBIAN/conffiles").read_text().split()
    below_etc = [f"/{p.relative_to(tree)}" for p in (tree / "etc").rglob("*") if p.is_file()]
    assert listed == below_etc == ["/etc/tpsbox/environment"]
    for unit in ("kiosk", "uplink"):
        text = (tree / f"usr/lib/systemd/system/tpsbox-{unit}.service").read_text()
        assert "\nEnvironmentFile=-/etc/tpsbox/environment\n" in text


def test_the_scripts_are_shell_and_none_removes_data(tree):
    scripts = [tree / "DEBIAN" / name for name in package_tree.SCRIPTS]
    for script in (*scripts, tree / "usr/bin/tpsbox", tree / LIB / "make-venv"):
        done = subprocess.run(["sh", "-n", script], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        removed = re.findall(r"rm -rf (.*)", script.read_text())
        assert not [line for line in removed if "/var/" in line]
    assert "kept in /var/lib/tpsbox" in (tree / "DEBIAN/postrm").read_text()


def test_the_changelog_is_of_this_version(tree):
    text = gzip.decompress((tree / "usr/share/doc/tpsbox/changelog.gz").read_bytes()).decode()
    assert text.startswith("tpsbox (1.2.3) ") and "Tue, 14 Nov 2023 22:13:20 -0000" in text


def test_the_same_tree_gives_the_same_package(tree, tmp_path):
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")
    made = []
    for name in ("satu.deb", "dua.deb"):
        package.pack(tree, tmp_path / name, WHEN)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    listed = subprocess.run(
        ["dpkg-deb", "--contents", tmp_path / "satu.deb"], capture_output=True, text=True
    )
    assert " root/root " in listed.stdout and "./usr/bin/tpsbox\n" in listed.stdout


def test_a_version_that_debian_and_python_read_differently_is_refused(tmp_path):
    for version in ("1.0-rc1", "v2", "1.0+git", ""):
        with pytest.raises(UsageError, match="numbers and dots"):
            package.export("HEAD", tmp_path / "source", version)
    assert not (tmp_path / "source").exists()
