"""The simulated results are what they claim, and the bench counts them."""

from __future__ import annotations

import json
from random import Random
from statistics import mean

import bench_wire
import pytest
from tpsbox.forms.rules import check_rule
from tpsbox.record.statement import SUMMED, State
from tpsbox.simulator.results import any_election, count, election, realistic, slip


def test_counted_numbers_add_up_and_have_the_published_mean():
    dice = Random(3)
    voters = []
    for _ in range(300):
        forms = list(election(2, 3).forms.values())
        for form, said in zip(forms, count(forms, dice), strict=True):
            assert set(said) == {field.name for field in form.fields}
            assert all(0 <= number <= 999 for number in said.values())
            for rule in form.rules:
                if rule.relation != "reserve" and not rule.name.startswith("R7b"):
                    assert check_rule(rule, said, form.reserve_percent), rule.name
        voters.append(said["pemilih_dpt_j"])
    assert 450 < mean(voters) < 486


def test_states_and_broken_rules_come_as_often_as_published():
    dice = Random(4)
    states: list[State] = []
    broken = 0
    for _ in range(300):
        chosen = any_election(dice)
        statement = realistic(chosen, dice)
        for contest in statement.contests:
            states += [value.state for value in contest.values]
        for (_, form), contest in zip(chosen.forms.items(), statement.contests, strict=True):
            known = {
                field.name: value.number
                for field, value in zip(form.fields, contest.values, strict=True)
                if value.state in SUMMED
            }
            hard = [check_rule(r, known, form.reserve_percent) for r in form.rules if r.hard]
            soft = [
                check_rule(r, known, form.reserve_percent)
                for r in form.rules
                if r.name.startswith("R6")
            ]
            broken += False in (*hard, *soft)
    assert 0.03 < states.count(State.UNSURE) / len(states) < 0.07
    assert 0.03 < states.count(State.CORRECTED) / len(states) < 0.07
    assert 0.05 * 300 < broken < 0.13 * 300


def test_a_slip_stays_in_three_boxes():
    dice = Random(5)
    assert all(0 <= slip(number, dice) <= 999 for number in range(1000))


def test_the_bench_prints_one_json_object(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr("sys.argv", ["wire", "--count", "100", "--json"])
    assert bench_wire.main() == 0
    rows = json.loads(capsys.readouterr().out)
    assert set(rows) == set(bench_wire.KINDS)
    for row in rows.values():
        assert row["results"] == 100 and row["read_back"] == 100
        assert row["median"] <= row["p99"] <= row["longest"] <= 222
    assert rows["realistic"]["fits"] > 0.95
    assert rows["realistic"]["median"] < rows["realistic"]["packed_median"]


def test_the_bench_fails_loudly_if_a_result_does_not_come_back(monkeypatch: pytest.MonkeyPatch):
    def another(data, chosen):
        return None

    monkeypatch.setattr(bench_wire, "decode_statement", another)
    with pytest.raises(AssertionError):
        bench_wire.measure(bench_wire.KINDS["realistic"], Random(1), 1)
