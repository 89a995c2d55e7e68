"""The fault loops find what they look for, and find nothing in the product."""

from __future__ import annotations

import json
import sys
from random import Random

import bench_store
import faults_box
import pytest
from faults_centre import Held, new_centre, tps_code
from faults_count import Tally
from faults_disk import CutDisk
from faults_evening import Evening
from faults_line import Line, Quality
from faults_programs import BenchError, Program, wait_for
from tpsbox.store.files import Disk


def test_random_cuts_lose_and_double_nothing(tmp_path):
    tally = faults_box.cuts(tmp_path, 6, 600.0, seed=1)
    assert tally.clean, tally.notes
    assert tally.done.startswith("6 cuts")


@pytest.mark.parametrize("forgotten", ["sync", "sync_folder"])
def test_a_sync_that_never_reaches_the_card_is_found(tmp_path, monkeypatch, forgotten):
    monkeypatch.setattr(CutDisk, forgotten, getattr(Disk, forgotten))
    tally = faults_box.cuts(tmp_path, 8, 600.0, seed=1)
    assert tally.lost > 0


def test_a_light_that_goes_on_too_early_is_counted(tmp_path):
    new_centre(tmp_path)
    centre = Held(tmp_path / "centre")
    evening = Evening(centre, tps_code(1))
    with evening.open(folder=tmp_path / "box") as store:
        evening.go_on(store, lambda line: None)
        assert not evening.ahead
        emptied = Held(new_centre(tmp_path / "emptied").root)
        evening._centre = emptied
        evening.look(store)
        assert evening.ahead == {item.id for item in store.outbox.list()}
    centre.close()
    emptied.close()


def test_counting_is_by_content():
    tally = Tally()
    tally.compare([b"a", b"b", b"c"], [b"a", b"a", b"c", b"stranger"])
    assert (tally.lost, tally.doubled, tally.waiting) == (1, 2, 0)
    assert not tally.clean


def test_what_a_box_will_still_send_is_not_lost_but_the_row_is_not_clean():
    tally = Tally()
    tally.compare([b"a", b"b"], [b"a"], waiting=[b"a", b"b"])
    assert (tally.lost, tally.doubled, tally.waiting) == (0, 0, 1)
    assert not tally.clean


def test_a_bad_line_is_slow_far_and_lossy():
    line = Line(Quality(rate=9600, delay=0.8, loss=0.0, backlog=1.0), Random(1))
    for packet in (b"x" * 600, b"y" * 600, b"z" * 600, b"dropped"):
        line.put(packet, 0.0)
    assert line.take(1.29) == []
    assert line.next_at() == pytest.approx(1.3)
    assert line.take(1.3001) == [b"x" * 600]
    assert line.take(9.0) == [b"y" * 600, b"z" * 600]
    assert (line.carried, line.dropped) == (3, 1)
    lossy = Line(Quality(loss=0.3, backlog=1e9), Random(1))
    for _ in range(1000):
        lossy.put(b"x", 0.0)
    assert 250 < lossy.lost < 350


def test_a_row_that_is_not_clean_is_exit_code_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(bench_store.LOOPS, "kills", lambda *_: Tally("once", lost=1))
    arguments = ["bench", "--only", "kills", "--json", "--data", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", arguments)
    assert bench_store.main() == 1
    assert json.loads(capsys.readouterr().out)["kills"]["lost"] == 1


def test_a_program_that_ended_by_itself_says_how(tmp_path):
    program = Program(["sh", "-c", "seq 9; echo 'no room' >&2; exit 4"], tmp_path / "log")
    program.start()
    wait_for("its end", lambda: not program.running)
    assert program.end() == "code 4: 8 | 9 | no room"
    with pytest.raises(BenchError, match="no room"):
        program.check()
