"""What accepted numbers say about each other, once each has been decided by itself.

Measured on 2,000 composed sets: this costs one or two numbers in a hundred, which go to a person
beside others of the same sum, and none of the sets accepted whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tpsbox.forms.model import Rule
from tpsbox.forms.rules import check_rule
from tpsbox.reading.result import Doubt, FieldReading, with_doubt

Fields = Mapping[str, FieldReading]


def agree(
    fields: Fields, rules: Sequence[Rule], leaning: Mapping[str, Doubt]
) -> dict[str, FieldReading]:
    """The readings, some of them doubted for what others in the same sum or limit came to.

    `rules`: the sums and limits of the form among these fields. `leaning`: what is doubtful of
    numbers that stand by a sum alone: of one with an empty box before its digits, or of one
    whose own writings are not sure enough.
    """
    settled = dict(fields)
    sums = [rule for rule in rules if rule.relation == "sum"]
    for name in _contradicted(settled, rules):
        settled[name] = with_doubt(settled[name], Doubt.RULE_BROKEN)
    while alone := leaning.keys() & _unvouched(settled, sums):
        settled |= {name: with_doubt(settled[name], leaning[name]) for name in alone}
    return settled


def _contradicted(fields: Fields, rules: Sequence[Rule]) -> set[str]:
    """Accepted numbers in a rule that does not hold by the values given, those in doubt included.

    But for illegible ones, of which no more is known than what another sum makes of them. One of
    the numbers was written or read wrong. Which one it is, a hand that makes the same mistake in
    two numbers can hide: 111 votes for 161 voters, and 110 + 1 = 111. What a sum hides a limit may
    show: 103 registered for 203, and 12 women for 112, but 163 came to vote (R7a).
    """
    legible = {name: f for name, f in fields.items() if Doubt.ILLEGIBLE not in f.reasons}
    broken = [rule for rule in rules if _breaks(rule, _values(rule, legible))]
    return {name for rule in broken for name in rule.fields} & _accepted(fields)


def _unvouched(fields: Fields, sums: Sequence[Rule]) -> set[str]:
    """Accepted numbers in no sum that holds and whose other numbers are accepted.

    Two numbers that are both wrong can agree with a third one; it takes accepted ones to tell
    that no digit was lost from an empty box or taken for another.
    """
    accepted, vouched = _accepted(fields), set[str]()
    for rule in sums:
        if check_rule(rule, _values(rule, fields), 0.0):
            vouched |= {name for name in rule.fields if accepted >= {*rule.fields} - {name}}
    return accepted - vouched


def _accepted(fields: Fields) -> set[str]:
    return {name for name, field in fields.items() if field.status == "accepted"}


def _breaks(rule: Rule, values: Mapping[str, int | None]) -> bool:
    """Whether the rule is broken; the parts that are known may already pass its total."""
    total = values.get(rule.total)
    known = sum(values.get(part) or 0 for part in rule.parts)
    return check_rule(rule, values, 0.0) is False or (total is not None and known > total)


def _values(rule: Rule, fields: Fields) -> dict[str, int | None]:
    return {name: fields[name].value for name in rule.fields if name in fields}
