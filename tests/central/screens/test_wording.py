"""Every code that may reach a page has words for people."""

from typing import get_args

from tpsbox.reading.result import Doubt
from tpscentral.pages import wording
from tpscentral.plenary.acts import Kind
from tpscentral.plenary.recap import Mark
from tpscentral.plenary.signing import Presence
from tpscentral.psu import Psu
from tpscentral.standing import Cara, StandingState, StateWord


def test_there_are_words_for_every_code():
    assert set(wording.DOUBTS) == {doubt.value for doubt in Doubt}
    assert set(wording.STANDINGS) == set(StandingState)
    assert set(wording.NUMBERS) == set(get_args(StateWord))
    assert set(wording.CARA) == set(get_args(Cara))
    assert set(wording.ACTS) == set(get_args(Kind))
    assert set(wording.MARKS) == set(get_args(Mark))
    assert set(wording.PRESENCES) == set(get_args(Presence))
    assert set(wording.PSU) == {psu.value for psu in Psu}


def test_a_doubt_of_a_newer_box_is_shown_as_it_is():
    assert wording.doubt("empty") == "kotak kosong"
    assert wording.doubt("brand_new") == "brand_new"


def test_only_certainty_is_all_of_it():
    assert [wording.percent(share) for share in (1.0, 0.99996, 0.5, 0.0)] == [
        "100%",
        "99,9%",
        "50%",
        "0%",
    ]
