"""Readings that agree with each other and are wrong all the same."""

from __future__ import annotations

from test_decide import FORM, bubbles, decided
from test_number import boxes
from tpsbox.reading.bubbles import read_bubbles
from tpsbox.reading.model import CLASSES
from tpsbox.reading.number import NumberOdds, number_odds
from tpsbox.reading.read import ReadSheet, read_alone, read_together
from tpsbox.reading.result import Doubt
from tpsbox.reading.row_sums import row_sums
from tpsbox.reading.tally import TallyReading
from tpsbox.reading.witnesses import Witnesses


def torn(marks: str, place: int, shares: dict[str, float]) -> NumberOdds:
    """These marks, one of them with these probabilities."""
    seen = boxes(marks, 0.999)
    seen[place] = 0.0
    for mark, share in shares.items():
        seen[place, CLASSES.index(mark)] = share
    return number_odds(seen)


def read(**marks: str | NumberOdds):
    return decided(marks).fields


def page_2(sharpness: float, stated: dict[str, str] | None = None, **marks: str) -> ReadSheet:
    odds = {name: number_odds(boxes(mark, 0.999)) for name, mark in marks.items()}
    seen = {name: read_bubbles(bubbles(digits)) for name, digits in (stated or {}).items()}
    return ReadSheet(FORM, 2, sharpness, Witnesses(odds, seen))


def test_a_number_on_which_two_photos_differ_vouches_for_no_other():
    """144 without its 1 beside 97 read as 197: the other photo reads the 97."""
    first = page_2(0.9, paslon_1="_44", paslon_2="197", paslon_3="XX0")
    second = page_2(0.5, paslon_1="_44", paslon_2="X97", paslon_3="XX0")
    total = ReadSheet(FORM, 3, 0.9, Witnesses({"suara_sah": number_odds(boxes("241", 0.999))}, {}))
    fields = read_together([first, second, total]).fields
    assert fields["paslon_2"].reasons == (Doubt.SHEETS_DIFFER,)
    assert Doubt.MAYBE_EMPTY in fields["paslon_1"].reasons


def test_two_photos_whose_bubbles_differ_are_for_a_person():
    first = page_2(0.9, {"paslon_1": "123"}, paslon_1="123")
    second = page_2(0.5, {"paslon_1": "124"}, paslon_1="123")
    assert read_together([first]).fields["paslon_1"].status == "accepted"
    assert read_together([first, second]).fields["paslon_1"].reasons == (Doubt.SHEETS_DIFFER,)


def test_a_number_that_is_not_there_is_never_accepted():
    """Rows and marks say 73; of the boxes one in three readings makes no number."""
    odds = {"suara_tidak_sah": torn("X73", 1, {"7": 0.7, "?": 0.3})}
    counted = [number_odds(boxes(total, 0.999)) for total in ("60", "13", "__", "__", "__")]
    seen = Witnesses(
        odds,
        {},
        {"suara_tidak_sah": row_sums(counted, 300)},
        {"suara_tidak_sah": TallyReading(73, 0.34, ())},
    )
    field = read_alone(ReadSheet(FORM, 3, 0.9, seen)).fields["suara_tidak_sah"]
    assert (field.value, field.status) == (None, "review")


def test_to_agree_with_a_guess_makes_nothing_surer():
    """185 written three times; the 8 of two read as 0, and 182 + 3 settles it only as a guess."""
    fields = read(
        suara_sah=torn("182", 1, {"8": 0.982, "0": 0.018}),
        suara_tidak_sah="XX3",
        suara_total="105",
        surat_suara_digunakan="105",
    )
    assert fields["suara_total"].status == "review"
    assert fields["surat_suara_digunakan"].status == "review"


def test_two_faint_ones_in_one_sum_do_not_vouch_for_each_other():
    """112 and 153 lost their 1 alike: 12 + 41 = 53."""
    faint = {"_": 0.93, "1": 0.07}
    total = torn("_53", 0, faint)
    fields = read(pemilih_dpt_l=torn("_12", 0, faint), pemilih_dpt_p="X41", pemilih_dpt_j=total)
    assert Doubt.MAYBE_EMPTY in fields["pemilih_dpt_l"].reasons
    assert Doubt.MAYBE_EMPTY in fields["pemilih_dpt_j"].reasons
    fields = read(pemilih_dpt_l=torn("_12", 0, faint), pemilih_dpt_p="X41", pemilih_dpt_j="X53")
    assert {field.status for field in fields.values()} == {"accepted"}
    # A 2 lost here and a 1 there would not come to the same sum.
    other = torn("_53", 0, {"_": 0.93, "2": 0.07})
    fields = read(pemilih_dpt_l=torn("_12", 0, faint), pemilih_dpt_p="X41", pemilih_dpt_j=other)
    assert {field.status for field in fields.values()} == {"accepted"}


def test_a_hand_whose_5_looks_like_a_3_is_not_settled_by_its_own_sum():
    """75 + 110 = 185, read as 73 + 110 = 183."""
    like_a_3 = {"3": 0.95, "5": 0.05}
    part, total = torn("X73", 2, like_a_3), torn("183", 2, like_a_3)
    fields = read(pemilih_dpt_l=part, pemilih_dpt_p="110", pemilih_dpt_j=total)
    assert Doubt.AMBIGUOUS in fields["pemilih_dpt_l"].reasons
    assert Doubt.AMBIGUOUS in fields["pemilih_dpt_j"].reasons
    fields = read(pemilih_dpt_l=part, pemilih_dpt_p="110", pemilih_dpt_j="183")
    assert {field.status for field in fields.values()} == {"accepted"}
    two_parts = read(pemilih_dpt_l=part, pemilih_dpt_p=torn("113", 2, like_a_3))
    assert Doubt.AMBIGUOUS not in two_parts["pemilih_dpt_l"].reasons


def test_a_missing_bubble_is_no_evidence_for_a_zero():
    """183 whose 8 looks like a 0, and no bubble was seen for it."""
    like_a_0 = {"0": 0.9, "8": 0.1}
    marks = {
        "paslon_1": torn("103", 1, like_a_0),
        "paslon_2": "X74",
        "paslon_3": "X32",
        "suara_sah": torn("209", 1, like_a_0),
    }
    fields = decided(marks, {"paslon_1": "1_3"}).fields
    assert {fields[name].status for name in ("paslon_1", "suara_sah")} == {"review"}


def test_as_many_as_voted_must_be_registered_of_each_sex():
    """112 women registered read as 12, of whom 55 voted."""
    marks = {"pemilih_dpt_p": "X12", "pengguna_dpt_p": "X55"}
    fields = decided(marks, {"pemilih_dpt_p": "_12", "pengguna_dpt_p": "_55"}).fields
    assert {field.reasons for field in fields.values()} == {(Doubt.RULE_BROKEN,)}
