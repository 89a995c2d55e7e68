"""A sum that does not hold: a misread number or a slip of the officers? What is sure either way."""

from __future__ import annotations

from test_decide import decided
from test_guards import torn
from tpsbox.reading.number import NumberOdds
from tpsbox.reading.result import Doubt

USERS = {
    "pengguna_dpt_l": "119",
    "pengguna_dpt_p": "127",
    "pengguna_dpt_j": "246",
    "pengguna_dptb_l": "XX0",
    "pengguna_dptb_p": "XX2",
    "pengguna_dptb_j": "XX2",
    "pengguna_non_dpt_l": "XX6",
    "pengguna_non_dpt_p": "XX4",
    "pengguna_non_dpt_j": "X10",
    "pengguna_total_l": "125",
    "pengguna_total_p": "133",
    "pengguna_total_j": "258",
}
LIKE_A_3 = torn("127", 2, {"3": 0.93, "7": 0.07})
"""2.6 nats for the 7: more than a correction may cost where an officer may have slipped by four."""


def doubted(marks: dict[str, str | NumberOdds]) -> dict[str, tuple[Doubt, ...]]:
    fields = decided(marks).fields
    return {name: field.reasons for name, field in fields.items() if field.status == "review"}


def test_one_misread_number_sends_only_itself_to_a_person():
    """123 for 127 breaks its row and its column; every other number stands in a sum that holds."""
    marks = {**USERS, "pengguna_dpt_p": LIKE_A_3}
    assert doubted(marks) == {"pengguna_dpt_p": (Doubt.BY_RULE,)}
    assert decided(marks).fields["pengguna_dpt_p"].value == 127


def test_a_number_that_the_correction_would_move_is_for_a_person_though_a_sum_confirms_it():
    """R4 holds as written, but the votes for the candidates ask for 229."""
    marks = {
        "paslon_1": "123",
        "paslon_2": "X74",
        "paslon_3": "X32",
        "suara_sah": torn("227", 2, {"7": 0.9, "9": 0.1}),
        "suara_tidak_sah": "XX3",
        "suara_total": torn("230", 2, {"0": 0.9, "2": 0.1}),
    }
    assert doubted(marks).keys() >= {"suara_sah", "suara_tidak_sah", "suara_total"}


def test_the_same_error_in_total_and_part_is_not_taken_for_two_witnesses():
    """161 and 162, both read with a 1 for the 6; the candidates' 161 could be 111 as well."""
    like_a_1 = {"1": 0.97, "6": 0.03}
    marks = {
        "paslon_1": torn("161", 1, {"6": 0.97, "1": 0.03}),
        "paslon_2": "XX0",
        "paslon_3": "XX0",
        "suara_sah": torn("161", 1, like_a_1),
        "suara_tidak_sah": "XX1",
        "suara_total": torn("162", 1, like_a_1),
    }
    assert doubted(marks).keys() >= {"paslon_1", "suara_sah", "suara_total"}


def beside(share: float) -> dict[str, str | NumberOdds]:
    """Three clear numbers in one sum with a 44 that rather looks like 14: no slip of officers."""
    return {
        "paslon_1": "123",
        "paslon_2": torn("X44", 1, {"1": 1 - share, "4": share}),
        "paslon_3": "X32",
        "suara_sah": "199",
    }


def test_clear_numbers_stand_beside_one_that_is_cheaply_mended():
    assert doubted(beside(0.04)) == {"paslon_2": (Doubt.BY_RULE,)}


def test_beside_a_dear_correction_clear_numbers_do_not_stand():
    """An officer's slip is as likely: nothing tells that these were read right."""
    assert doubted(beside(0.002)).keys() == {"paslon_1", "paslon_2", "paslon_3", "suara_sah"}


def test_an_unclear_number_does_not_stand_by_a_mended_sum():
    marks = {**beside(0.04), "paslon_3": torn("X32", 2, {"2": 0.99, "7": 0.01})}
    assert doubted(marks).keys() == {"paslon_2", "paslon_3"}
