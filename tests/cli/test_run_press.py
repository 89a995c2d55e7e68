"""`tpsbox run` and `press` as processes: photos read, kills survived, restarts, one kiosk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from kiosk_samples import PPWP, TPS, photo
from tpsbox.board.boards import simulated_folder
from tpsbox.board.ports import Outcome
from tpsbox.cli import capture
from tpsbox.cli.main import main
from tpsbox.kiosk.lock import SERVING, kiosk_lock, kiosk_runs, kiosk_serves
from tpsbox.store.store import Store

TPSBOX = (sys.executable, "-c", "import sys; from tpsbox.cli.main import main; sys.exit(main())")
PATIENCE = 60.0
"""Seconds before a test gives up; none is waited for in full when all is well."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    assert main(["init", "--tps", TPS, "--election", PPWP, "--data", str(folder)]) == 0
    return folder


@pytest.fixture
def run(data: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `tpsbox run` and wait for its line."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        command = [*TPSBOX, "run", *words, "--data", str(data)]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        if words != ("uplink",):
            assert process.stdout.readline() == f"tpsbox: ready in {data}\n"
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        process.stdout.close()


def press(data: Path, capsys, *words: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main(["press", "--json", "--data", str(data), *words])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def test_press_without_a_kiosk_says_how_to_start_it(data: Path, capsys):
    assert press(data, capsys)[0] == 4
    main(["press", "--data", str(data)])
    assert "tpsbox run" in capsys.readouterr().err


def test_press_waits_for_a_kiosk_that_is_starting(data: Path, capsys, monkeypatch):
    with kiosk_lock(data) as say:
        assert press(data, capsys, "--wait", "0")[0] == 4
        waits = []

        def tired(seconds: float) -> None:
            waits.append(seconds)
            say(SERVING)

        monkeypatch.setattr(capture.time, "sleep", tired)
        capture.await_kiosk(data, PATIENCE)
    assert waits == [capture.LOOK_SECONDS]


@pytest.mark.parametrize("content", [b"", b"GIF89a", None])
def test_press_takes_only_jpeg_files(data: Path, capsys, tmp_path: Path, content):
    path = tmp_path / "photo.jpg"
    if content is not None:
        path.write_bytes(content)
    assert press(data, capsys, "--photo", str(path))[0] == 3


def test_a_press_photographs_reads_and_answers_and_a_hold_asks(data, run, capsys, tmp_path):
    kiosk = run("kiosk")
    sheet, blank = tmp_path / "sheet.jpg", tmp_path / "blank.jpg"
    sheet.write_bytes(photo("p3"))
    blank.write_bytes(photo("blank"))
    code, answer = press(data, capsys, "--photo", str(sheet))
    assert (code, answer["kind"], answer["contest"], answer["page"]) == (0, "read", "ppwp", 3)
    code, answer = press(data, capsys, "--photo", str(blank))
    assert (code, answer["kind"], answer["reason"]) == (1, "refused", "no_sheet")
    code, answer = press(data, capsys, "--photo", str(blank), "--attachment")
    assert (code, answer["kind"]) == (0, "attached")
    code, answer = press(data, capsys)
    assert (code, answer["kind"]) == (4, "fault")
    code, answer = press(data, capsys, "--hold", "2")
    assert (code, answer["kind"], answer["incomplete"]) == (1, "incomplete", ["ppwp"])
    report = subprocess.run(
        [*TPSBOX, "status", "--json", "--data", str(data)],
        capture_output=True,
        check=True,
    )
    shown = json.loads(report.stdout)
    assert shown["kiosk"]
    lights = (simulated_folder(data) / "lights.jsonl").read_text().splitlines()
    ticks = [json.loads(line)["tick"]["signal"] for line in lights]
    assert "incomplete" in ticks, "for ten seconds after the hold"
    assert [Path(path).is_file() for path in shown["contests"][0]["headings"]] == [True]
    kiosk.terminate()
    assert kiosk.wait(PATIENCE) == 0
    assert not kiosk_runs(data)


def test_a_kill_with_a_photo_kept_loses_nothing(data, run, capsys, tmp_path):
    kiosk = run("kiosk")
    sheet = tmp_path / "sheet.jpg"
    sheet.write_bytes(photo("p3"))
    waiting = subprocess.Popen(
        [*TPSBOX, "press", "--photo", str(sheet), "--data", str(data)],
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: any((data / "photos").glob("*/*.jpg")))
    os.killpg(kiosk.pid, signal.SIGKILL)
    kiosk.wait(PATIENCE)
    _, error = waiting.communicate(timeout=PATIENCE)
    if waiting.returncode != 0:  # reading may have been quicker than the kill
        assert waiting.returncode == 4 and "tpsbox run" in error
    run("kiosk")
    with Store(data) as store:
        until(lambda: [sheet.status for sheet in store.sheets.list()] == ["read"])
        assert len(list((data / "photos").glob("*/*.jpg"))) == 1
        store.events.verify()


def test_both_processes_are_started_again_and_end_together(data, run):
    parent = run()
    first = children(parent.pid)
    assert len(first) == 2
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    assert parent.stdout.readline() == f"tpsbox: ready in {data}\n", "the kiosk is back"
    until(lambda: len(children(parent.pid)) == 2 and not children(parent.pid) & first)
    again = children(parent.pid)
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(PATIENCE) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in again)


def test_a_supervisor_killed_outright_leaves_nobody_behind(data, run):
    parent = run()
    left = children(parent.pid)
    parent.kill()
    parent.wait(PATIENCE)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))
    assert not kiosk_runs(data)


def children(pid: int) -> set[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return {int(word) for word in text.split()}


def test_one_kiosk_a_box(data: Path, capsys):
    with kiosk_lock(data) as say:
        assert kiosk_runs(data) and not kiosk_serves(data), "it is still starting"
        say(SERVING)
        assert kiosk_serves(data)
        for words in (["run"], ["run", "kiosk"]):
            assert main([*words, "--data", str(data)]) == 1
            assert "already" in capsys.readouterr().err
    assert not kiosk_runs(data)
    with kiosk_lock(data):
        assert not kiosk_serves(data), "what an earlier one wrote does not count"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome("read", ""), 0),
        (Outcome("attached", ""), 0),
        (Outcome("closed", "", number=1), 0),
        (Outcome("incomplete", "", number=1), 0),
        (Outcome("shutting_down", ""), 0),
        (Outcome("refused", ""), 1),
        (Outcome("incomplete", ""), 1),
        (Outcome("nothing", ""), 1),
        (Outcome("busy", ""), 1),
        (Outcome("fault", ""), 4),
    ],
)
def test_the_exit_code_says_what_a_press_came_to(outcome: Outcome, code: int):
    assert capture.exit_code(outcome) == code
