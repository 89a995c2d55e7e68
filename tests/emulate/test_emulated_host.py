"""What a machine lacks is said in one line, with the exit code for environments."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest
from emulate import __main__ as command
from emulate import host
from emulate.qmp import Qmp
from tpsbox.errors import EnvironmentFault, UsageError

Usage = namedtuple("Usage", "total used free")


def test_a_cache_without_room_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("TPSBOX_EMULATE_CACHE", str(tmp_path / "c"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(9 << 30, 8 << 30, 1 << 30))
    with pytest.raises(EnvironmentFault, match="1 GB free, 8 needed"):
        host.cache()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(99 << 30, 0, 99 << 30))
    assert host.cache() == tmp_path / "c"


def test_root_and_programs_are_asked_for(monkeypatch):
    monkeypatch.setattr(host.os, "geteuid", lambda: 1000)
    with pytest.raises(EnvironmentFault, match="run it as root"):
        host.need_programs()
    monkeypatch.setattr(host.os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    with pytest.raises(EnvironmentFault, match=r"missing: .*qemu-system-x86.*no Debian"):
        host.need_programs()


def test_a_command_that_fails_says_why():
    assert host.do(["echo", 7]) == "7\n"
    with pytest.raises(EnvironmentFault, match="sh: last"):
        host.do(["sh", "-c", "echo first >&2; echo last >&2; exit 2"], quiet=True)
    with pytest.raises(EnvironmentFault, match="no-such-program"):
        host.do(["no-such-program"])


def test_an_unknown_scenario_is_a_wrong_usage(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["emulate", "--only", "nonsense"])
    assert command.main() == UsageError.exit_code
    assert "no such scenario; there are" in capsys.readouterr().err


def test_qemu_that_is_not_there_is_no_traceback(tmp_path):
    with pytest.raises(OSError):
        Qmp(tmp_path / "qmp.sock")
