"""How results of boxes come to count, and when they wait for an officer instead."""

import threading

import msgspec
import pytest
from central_samples import NOW, OTHER_TPS, TPS
from sqlalchemy import insert, select
from tpsbox.record import likely
from tpsbox.record.coder import Writer, choose, uniform
from tpsbox.record.header import Header, code_header
from tpsbox.record.signing import record_id, sign_result
from tpsbox.record.statement import Clock, State, Statement
from tpsbox.record.topics import result_topic
from tpscentral.enrol import enrol
from tpscentral.schema import acts, late_results, locks, results, rollups
from tpscentral.standing import StandingState, load_standing, save_standing
from tpscentral.stated import cara_of
from tpscentral.tally import tally, tally_all

TOTAL = "suara_total"


def standing(centre, tps=TPS, contest="ppwp"):
    with centre.database.read() as connection:
        return load_standing(connection, tps, contest)


def number(centre, tps=TPS, contest="ppwp"):
    return standing(centre, tps, contest).numbers[TOTAL].number


def numbers(total):
    return {TOTAL: (State.ACCEPTED, total)}


def late(centre):
    columns = (late_results.c.contest, late_results.c.result, late_results.c.decision)
    with centre.database.read() as connection:
        return sorted(tuple(row) for row in connection.execute(select(*columns)))


def change(centre, **values):
    """What an officer does to the standing of ppwp."""
    with centre.database.write() as connection:
        now = load_standing(connection, TPS, "ppwp")
        save_standing(connection, msgspec.structs.replace(now, **values))


def act(centre, kind, at=NOW):
    with centre.database.write() as connection:
        row = {"tps": TPS, "contest": "ppwp", "kind": kind, "level": "kecamatan", "body": "{}"}
        row |= {"reason": "uji", "account": "ppk", "at": at, "version": 1}
        connection.execute(insert(acts).values(**row))


def lock(centre, region, **values):
    with centre.database.write() as connection:
        row = {"region": region, "contest": "ppwp", "people": "{}", "recap": "{}", "digest": "0"}
        row |= {"account": "ppk", "at": NOW, "origin": "online"}
        connection.execute(insert(locks).values(**row, **values))


def test_a_tps_waits_from_its_enrolment_until_a_result_counts(centre, box):
    waiting = standing(centre)
    assert (waiting.state, waiting.source, waiting.version) == (StandingState.WAITING, "none", 0)
    answer = centre.intake.handle(result_topic(TPS), box.record(1, numbers(7)))
    assert answer is not None and standing(centre) == waiting
    assert tally(centre.database, centre.folder.elections) == 1
    counting = standing(centre)
    assert (counting.state, counting.source, counting.version) == ("review", "box", 1)
    assert (counting.cara, counting.arrived_at, counting.closed) == ("online", NOW, True)
    assert counting.numbers[TOTAL] == (7, "accepted")
    assert tally(centre.database, centre.folder.elections) == 0


def test_a_result_of_an_election_added_since_waits_for_who_knows_it(centre, box):
    centre.intake.handle(result_topic(TPS), box.record(1, numbers(420)))
    assert tally(centre.database, {b"\0" * 4: next(iter(centre.folder.elections.values()))}) == 0
    assert tally(centre.database, centre.folder.elections) == 1
    assert number(centre) == 420


def test_a_full_result_is_in_and_one_that_breaks_a_hard_rule_is_shown_as_broken(centre, box):
    form = centre.election.form_of("ppwp")
    full = {field.name: (State.ACCEPTED, 0) for field in form.fields}
    box.send(box.record(1, full))
    assert standing(centre).state == StandingState.IN
    box.send(box.record(2, full | {"suara_sah": (State.CORRECTED, 5)}))
    broken = standing(centre)
    assert broken.state == StandingState.BROKEN and broken.broken


def test_a_contest_not_begun_stays_waiting(centre, box):
    contests = (box.contest("ppwp", numbers(3)), box.contest("kedua", {}, closed=False))
    box.send(box.record(1, contests=contests))
    assert standing(centre).source == "box"
    assert standing(centre, contest="kedua").state == StandingState.WAITING


def test_sums_are_marked_stale(centre, box):
    with centre.database.write() as connection:
        connection.execute(rollups.update().values(stale=0))
    box.send(box.record(1, numbers(3)))
    with centre.database.read() as connection:
        assert set(connection.scalars(select(rollups.c.stale))) == {1}


def test_what_conflicts_changes_no_number(centre, box):
    box.send(box.record(1, numbers(3)))
    box.send(box.record(1, numbers(4)))
    assert number(centre) == 3 and late(centre) == []


@pytest.mark.parametrize(
    "decided", [{"state": StandingState.CHECKED}, {"state": StandingState.CORRECTED}]
)
def test_after_an_officer_decided_a_result_is_flagged_and_changes_nothing(centre, box, decided):
    box.send(box.record(1, numbers(3)))
    change(centre, **decided)
    before = standing(centre)
    second = box.record(2, numbers(4))
    box.send(second)
    after = standing(centre)
    assert (after.numbers, after.result) == (before.numbers, before.result)
    assert (after.flagged, after.version) == (1, before.version + 1)
    assert late(centre) == [("ppwp", record_id(second).hex(), "waiting")]
    assert number(centre, contest="kedua") == 4


def test_a_result_that_only_repeats_what_was_checked_is_no_news(centre, box):
    closed, begun = box.contest("ppwp", numbers(3)), box.contest("kedua", {}, closed=False)
    box.send(box.record(1, contests=(closed, begun)))
    change(centre, state=StandingState.CHECKED)
    box.send(box.record(2, contests=(closed, box.contest("kedua", numbers(9)))))
    assert (late(centre), standing(centre).flagged) == ([], 0)
    assert number(centre, contest="kedua") == 9


def test_typed_numbers_are_not_replaced(centre, box):
    change(centre, source="typed", cara="typed")
    box.send(box.record(1, numbers(3)))
    assert (standing(centre).numbers, len(late(centre))) == ({}, 1)


@pytest.mark.parametrize("kind", ["correct", "take", "leave", "typed", "none"])
def test_an_officers_word_holds_where_the_tps_was_reopened_since(centre, box, kind):
    box.send(box.record(1, numbers(3)))
    act(centre, kind)
    act(centre, "reopen")
    box.send(box.record(2, numbers(4)))
    assert (number(centre), len(late(centre))) == (3, 1)


def test_a_check_that_was_reopened_holds_nothing_back(centre, box):
    box.send(box.record(1, numbers(3)))
    act(centre, "check")
    act(centre, "reopen")
    box.send(box.record(2, numbers(4)))
    assert (number(centre), late(centre)) == (4, [])


@pytest.mark.parametrize("region", [TPS[:2], TPS[:4], TPS[:6]])
def test_a_lock_keeps_out_what_comes_after_it_until_it_is_opened(centre, box, region):
    lock(centre, region)
    box.send(box.record(1, numbers(3)))
    assert standing(centre).state == StandingState.WAITING
    assert [contest for contest, *_ in late(centre)] == ["ppwp"]
    assert number(centre, contest="kedua") == 3
    lock(centre, region, unlocked_by="kab", unlocked_at=NOW, unlock_reason="uji")
    box.send(box.record(2, numbers(5)))
    assert number(centre) == 5


def test_a_lock_elsewhere_keeps_nothing_out(centre, box):
    lock(centre, "6303")
    lock(centre, TPS[:4], unlocked_by="prov", unlocked_at=NOW, unlock_reason="uji")
    box.send(box.record(1, numbers(3)))
    assert number(centre) == 3


def test_a_re_vote_counts_from_a_box_enrolled_since_and_from_no_other(centre, box):
    box.send(box.record(1, numbers(3)))
    empty = {"source": "none", "result": None, "numbers": {}, "cara": None, "arrived_at": None}
    change(centre, state=StandingState.WAITING, psu="ulang", **empty)
    act(centre, "psu", at=NOW + 10)
    box.send(box.record(2, numbers(4)))
    assert standing(centre).numbers == {} and len(late(centre)) == 1
    again = type(box)(centre)
    again.install(enrol(centre.folder, centre.database, again.request(), NOW + 20, replace=True))
    again.send(again.record(1, numbers(5)))
    assert (number(centre), standing(centre).psu) == (5, "ulang")
    with centre.database.read() as connection:
        assert len(connection.execute(select(results)).all()) == 3
    box.send(box.record(3, numbers(6)))
    assert number(centre) == 5


def test_a_signed_record_that_is_no_statement_is_kept_and_said_to_be_unreadable(centre, box):
    out = Writer()
    choose(out, likely.FORMS, 0)
    code_header(out, centre.election, Header(int(TPS), box.epoch, 9, NOW, int(Clock.RTC)))
    uniform(out, 1 << 4000, (1 << 3999) + 12345)
    head = bytes([2]) + centre.election.package + bytes(16)
    record = sign_result(head + out.to_bytes(), box.key)
    assert box.send(record) is not None
    with centre.database.read() as connection:
        [row] = connection.execute(select(results))
    assert (row.id, row.record, row.tally) == (record_id(record).hex(), record, "unreadable")
    assert standing(centre).state == StandingState.WAITING
    box.send(box.record(10, numbers(3)))
    assert number(centre) == 3


def test_several_may_count_at_once_and_each_result_counts_once(centre):
    boxes = [centre.enrol(f"630204200{desa}00{n}") for desa in (1, 2) for n in range(1, 7)]
    for n, box in enumerate(boxes):
        record = box.record(1, numbers(n))
        assert centre.intake.handle(result_topic(box.tps), record) is not None
    counts, elections = [], centre.folder.elections

    def work():
        done = 0
        while some := tally(centre.database, elections, 3):
            done += some
        counts.append(done)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally_all(centre.database, elections)
    found = [standing(centre, box.tps) for box in boxes]
    assert [one.numbers[TOTAL].number for one in found] == list(range(12))
    assert {one.version for one in found} == {1}
    assert sum(counts) <= 12 and len(counts) == 3


def test_results_of_two_boxes_taken_at_once_leave_one_newest(centre):
    boxes = [centre.enrol(TPS), centre.enrol(TPS), centre.enrol(OTHER_TPS)]
    records = [(box.tps, box.record(n)) for n in (1, 2, 3, 4) for box in boxes]

    def send(some):
        centre.intake.take([(result_topic(tps), record) for tps, record in some])

    threads = [threading.Thread(target=send, args=(records[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with centre.database.read() as connection:
        query = select(results.c.tps, results.c.epoch, results.c.number, results.c.state)
        rows = connection.execute(query).all()
    assert len(rows) == 12
    newest = sorted(tuple(row)[:3] for row in rows if row.state == "newest")
    assert newest == [(TPS, 2, 4), (OTHER_TPS, 1, 4)]


def said_at(time, clock):
    return Statement(bytes(4), TPS, 1, 1, time, clock, (), bytes(16))


@pytest.mark.parametrize(
    ("via", "time", "clock", "cara"),
    [
        ("bundle", NOW, Clock.NETWORK, "kecamatan"),
        ("lorawan", NOW, Clock.NETWORK, "radio"),
        ("mqtt", NOW, Clock.NETWORK, "online"),
        ("mqtt", NOW + 90, Clock.RTC, "online"),
        ("mqtt", NOW - 1800, Clock.SYSTEM, "online"),
        ("mqtt", NOW - 1801, Clock.SYSTEM, "tertunda"),
        ("mqtt", NOW, Clock.SAVED, "tertunda"),
        ("mqtt", 0, Clock.NONE, "tertunda"),
        ("mqtt", 0, Clock.NETWORK, "tertunda"),
    ],
)
def test_the_four_ways_in_which_a_result_comes(via, time, clock, cara):
    assert cara_of(via, NOW, said_at(time, clock)) == cara
