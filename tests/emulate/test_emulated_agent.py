"""Both ends of the line between host and guest, over a socket instead of a virtio port."""

from __future__ import annotations

import base64
import importlib.util
import json
import socket
import sqlite3
import threading
from pathlib import Path

import pytest
from emulate.agent import Agent
from emulate.host import GUEST
from tpsbox.errors import EnvironmentFault

SPEC = importlib.util.spec_from_file_location("guest_agent", GUEST / "agent.py")
assert SPEC and SPEC.loader
guest_agent = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(guest_agent)


@pytest.fixture
def agent(tmp_path: Path):
    """An agent whose guest answers with the real code of the guest, after a line of noise."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()

    def serve() -> None:
        line, _ = listener.accept()
        with line, line.makefile("rb") as lines:
            line.sendall(b'{"id": 0, "code": 1}\n')  # to a question of long ago
            for request in lines:
                line.sendall(guest_agent.answer(request))

    thread = threading.Thread(target=serve)
    thread.start()
    made = Agent(tmp_path / "s")
    yield made
    made.close()
    thread.join()
    listener.close()


def test_commands_run_and_tell_their_code_and_words(agent):
    agent.await_guest(5)
    done = agent.run("sh", "-c", "cat; echo wrong >&2; exit 3", text="given")
    assert (done.code, done.out, done.err) == (3, "given", "wrong\n")
    assert agent.call("echo", "yes") == "yes\n"
    with pytest.raises(EnvironmentFault, match="ended with 3: wrong"):
        agent.call("sh", "-c", "echo wrong >&2; exit 3")
    assert agent.run("sleep", "5", timeout=0.1).code == 124


def test_files_appear_whole(agent, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    data = bytes(range(256)) * 4096
    file = tmp_path / "a" / "b" / "file"
    assert agent.put(str(file), data) == file.stat().st_mtime_ns
    assert agent.get(str(file)) == data
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_a_database_is_read_and_not_made(agent, tmp_path):
    file = tmp_path / "box.db"
    with pytest.raises(EnvironmentFault, match="guest: rows: OperationalError"):
        agent.rows(str(file), "select 1")
    made = sqlite3.connect(file)
    made.execute("create table sheets (id)")
    made.execute("insert into sheets values (7)")
    made.commit()
    made.close()
    assert agent.rows(str(file), "select id, 'x' from sheets") == [[7, "x"]]


def test_what_the_kiosk_logs_is_told_from_a_line_on(agent, monkeypatch):
    monkeypatch.setattr(guest_agent, "FOLLOW", "printf one\\ntwo\\nthree\\n")
    guest_agent.EAR.run()
    assert agent.log(0) == ["one", "two", "three"]
    assert agent.log(2) == ["three"]


def test_what_the_guest_cannot_do_is_one_line(agent):
    with pytest.raises(EnvironmentFault, match="guest: get: FileNotFoundError"):
        agent.get("/no/such/file")


def test_a_button_is_pulled_down_and_let_go(tmp_path, monkeypatch):
    pull = tmp_path / "sim_gpio17" / "pull"
    pull.parent.mkdir()
    monkeypatch.setattr(guest_agent, "PINS", tmp_path)
    held: list[str] = []
    monkeypatch.setattr(guest_agent.time, "sleep", lambda s: held.append(pull.read_text()))
    guest_agent.pull(17, 0.3)
    assert held == ["pull-down"] and pull.read_text() == "pull-up"
    guest_agent.pull(17, -1)
    assert pull.read_text() == "pull-down"
    guest_agent.pull(17, 0)
    assert pull.read_text() == "pull-up"


def test_an_unknown_request_is_answered():
    line = json.dumps({"id": 7, "do": "dance", "with": {}}).encode()
    assert json.loads(guest_agent.answer(line)) == {"id": 7, "error": "KeyError: 'dance'"}


def test_base64_is_what_travels(tmp_path):
    (tmp_path / "f").write_bytes(b"\x00\xff")
    assert base64.b64decode(guest_agent.get(str(tmp_path / "f"))["data"]) == b"\x00\xff"
