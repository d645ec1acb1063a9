"""People talk about food far more often than they order it: reviews, complaints and recipes get no answer."""

import pytest

from core.reading.reader import read
from tests.core.reading.labelled import BUILDING, DATA, menu

REVIEWS = (DATA / "reviews.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ["dorm", "harbour", "station"])
def test_hardly_any_talk_about_food_is_taken_for_an_order(name: str) -> None:
    acted = [text for text in REVIEWS if read(text, menu(name), BUILDING).intent in ("order", "relay", "cancel")]
    assert len(REVIEWS) > 300
    assert len(acted) <= len(REVIEWS) * 0.02, acted


@pytest.mark.parametrize("name", ["dorm", "harbour", "station"])
def test_hardly_any_talk_about_food_gets_an_answer(name: str) -> None:
    answered = [text for text in REVIEWS if read(text, menu(name), BUILDING).intent != "greeting_or_chatter"]
    assert len(answered) <= len(REVIEWS) * 0.03, answered
