"""What a person is offered where a sum does not hold as written."""

from __future__ import annotations

from test_decide import decided
from test_guards import torn
from tpsbox.reading.result import Doubt

VOTERS = {
    "pengguna_total_l": "118",
    "pengguna_total_p": "113",
    "pengguna_total_j": "231",
    "surat_suara_digunakan": "231",
}
CORRECTED = {
    "paslon_1": "X29",
    "paslon_2": "195",
    "paslon_3": "XXX",
    "suara_sah": torn("224", 1, {"7": 0.96, "2": 0.04}),
    "suara_tidak_sah": torn("XX8", 2, {"?": 0.9, "8": 0.08, "7": 0.02}),
    "suara_total": torn("234", 2, {"?": 0.7, "4": 0.15, "2": 0.1, "1": 0.05}),
}
TOTALS = ("suara_sah", "suara_tidak_sah", "suara_total")


def test_a_corrected_total_is_offered_as_another_sheet_states_it():
    """8 and 234 struck out, 7 and 231 squeezed in beside them; 231 came to vote."""
    fields = decided({**CORRECTED, **VOTERS}).fields
    assert [fields[name].value for name in TOTALS] == [224, 7, 231]
    assert {fields[name].status for name in TOTALS} == {"review"}
    alone = decided(CORRECTED).fields
    assert [alone[name].value for name in TOTALS] == [224, 8, 232]


def test_an_offer_makes_no_other_number_surer():
    """The ballots used are contradicted by what the other sheet seems to say, and stay doubted."""
    legible = torn("234", 2, {"?": 0.3, "4": 0.35, "2": 0.25, "1": 0.1})
    faint = torn("XX8", 2, {"8": 0.9, "7": 0.1})
    fields = decided(
        {**CORRECTED, "suara_tidak_sah": faint, "suara_total": legible, **VOTERS}
    ).fields
    assert fields["surat_suara_digunakan"].reasons == (Doubt.RULE_BROKEN,)
    assert decided(VOTERS).fields["surat_suara_digunakan"].status == "accepted"


def test_a_number_that_cannot_be_read_contradicts_no_other():
    """What the sum made of 23? is no reason to doubt the 231 of the other sheet."""
    fields = decided({**CORRECTED, **VOTERS}).fields
    assert Doubt.ILLEGIBLE in fields["suara_total"].reasons
    assert {fields[name].status for name in VOTERS} == {"accepted"}


def test_two_faint_numbers_are_offered_where_two_sums_want_them():
    """160 and 161 with the 6 all but lost: 110 + 1 = 111, but 34 + 126 = 160 and 161 voted."""
    like_a_1 = {"1": 0.994, "6": 0.006}
    marks = {
        "paslon_1": "X34",
        "paslon_2": "126",
        "paslon_3": "XXX",
        "suara_sah": torn("160", 1, like_a_1),
        "suara_tidak_sah": "XX1",
        "suara_total": torn("161", 1, like_a_1),
    }
    voters = {**VOTERS, "pengguna_total_l": "X48"}
    voters |= {"pengguna_total_j": "161", "surat_suara_digunakan": "161"}
    fields = decided({**marks, **voters}).fields
    assert [fields[name].value for name in TOTALS] == [160, 1, 161]
    assert fields["suara_total"].reasons[0] == Doubt.BY_RULE
    assert [decided(marks).fields[name].value for name in TOTALS] == [110, 1, 111]


def test_a_clear_slip_is_offered_as_it_stands():
    marks = {"paslon_1": "123", "paslon_2": "X74", "paslon_3": "X32", "suara_sah": "227"}
    fields = decided({**marks, "surat_suara_digunakan": "229"}).fields
    assert fields["suara_sah"].value == 227
    assert fields["suara_sah"].reasons == (Doubt.RULE_BROKEN,)
