"""What systemd hears of the two processes, read from the socket that it would listen on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tpsbox.cli.main import main
from tpsbox.notify import PULSE, Notifier

PATIENCE = 60.0


@pytest.fixture
def line(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def heard(line: socket.socket) -> list[list[str]]:
    found = []
    while True:
        try:
            found.append(line.recv(4096).decode().split("\n"))
        except BlockingIOError:
            return found


def test_the_first_sign_of_life_says_ready_and_later_ones_come_at_the_pulse(line):
    now = [100.0]
    notifier = Notifier(line.getsockname(), lambda: now[0])
    notifier.alive(lambda: "Siap.")
    assert heard(line) == [["READY=1", "WATCHDOG=1", "STATUS=Siap."]]
    now[0] += PULSE / 2
    notifier.alive(lambda: pytest.fail("asked too often"))
    assert heard(line) == []
    now[0] += PULSE / 2
    notifier.alive(lambda: "dua\nbaris")
    assert heard(line) == [["WATCHDOG=1", "STATUS=dua baris"]]


def test_an_abstract_name_is_understood():
    name = f"tpsbox-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        listening.settimeout(PATIENCE)
        Notifier("@" + name).alive(lambda: "ya")
        assert listening.recv(4096).startswith(b"READY=1")


def test_without_systemd_and_with_a_dead_one_nothing_happens(tmp_path, monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    Notifier().alive(lambda: pytest.fail("nobody listens"))
    Notifier(str(tmp_path / "nobody")).alive(lambda: "ya")


@pytest.mark.parametrize(
    ("process", "status"),
    [("kiosk", "STATUS=Belum ada hasil. "), ("uplink", "STATUS=mqtt: belum terdaftar.")],
)
def test_a_process_tells_that_it_serves_and_how_it_is(process, status, line, tmp_path):
    data = tmp_path / "data"
    tps = ["--tps", "6302042001001", "--election", "pilkada-2024-kotabaru"]
    assert main(["init", *tps, "--data", str(data)]) == 0
    line.settimeout(PATIENCE)
    started = subprocess.Popen(
        [sys.executable, "-m", f"tpsbox.{process}", "--data", data],
        env=os.environ | {"NOTIFY_SOCKET": line.getsockname()},
    )
    try:
        ready, alive, words = line.recv(4096).decode().split("\n")
    finally:
        started.send_signal(signal.SIGTERM)
        code = started.wait(PATIENCE)
    assert (ready, alive, code) == ("READY=1", "WATCHDOG=1", 0)
    assert words.startswith(status)
