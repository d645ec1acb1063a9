"""Hundreds of messages people could write, over menus that share nothing."""

import pytest

from tests.core.reading.labelled import is_right, is_silently_wrong, messages, reading_of, share

#: these hold all kinds of message in number; station is another kitchen
MENUS = ("dorm", "harbour", "oasis", "crumb", "pharmacy", "stews")
#: in English; quad's shops sell the same things
ENGLISH = ("corner", "grill", "quad")
ALL_MENUS = (*MENUS, "station", *ENGLISH)
WANTED = {
    "order": 0.95,
    "relay": 0.92,
    "greeting_or_chatter": 0.97,
    "cancel": 0.9,
    "status": 0.9,
    "menu": 0.9,
    "help": 0.9,
}


def right_share(name: str, intent: str) -> float:
    return share(is_right(m.label, reading_of(name, m)) for m in messages(name) if m.label["intent"] == intent)


@pytest.mark.parametrize("name", ALL_MENUS)
def test_every_menu_is_read_by_the_same_rules(name: str) -> None:
    wanted = 0.92 if name in ENGLISH else 0.95
    assert share(is_right(m.label, reading_of(name, m)) for m in messages(name)) >= wanted


@pytest.mark.parametrize("name", MENUS)
@pytest.mark.parametrize("intent", WANTED)
def test_messages_of_every_kind_are_read_as_labelled(name: str, intent: str) -> None:
    assert right_share(name, intent) >= WANTED[intent]


@pytest.mark.parametrize("name", ALL_MENUS)
def test_an_order_is_hardly_ever_wrong_without_a_question(name: str) -> None:
    orders = [m for m in messages(name) if m.label["intent"] == "order"]
    assert share(is_silently_wrong(m.label, reading_of(name, m)) for m in orders) <= (0.03 if name in ENGLISH else 0.02)


def test_a_menu_the_reader_was_not_made_on_scores_within_three_points_of_the_others() -> None:
    scores = [share(is_right(m.label, reading_of(name, m)) for m in messages(name)) for name in MENUS]
    assert max(scores) - min(scores) <= 0.03


@pytest.mark.parametrize("name", MENUS)
def test_every_set_holds_enough_messages_to_mean_something(name: str) -> None:
    assert len(messages(name)) >= 150
