"""A campus day is the same for the same seed, tells the truth about itself, and has everything a drill needs."""

from __future__ import annotations

from collections import Counter

import pytest

from core.catalog import Catalog, catalog_from_json
from core.directory import Directory, directory_from_json
from core.reading.reading import ReadLine
from drills.twin_campus import CampusMessage, campus_day
from drills.twin_primary_menu import load_directory, load_menu

MENU = load_menu({}, set())
CATALOG: Catalog = catalog_from_json(MENU.document(MENU.supplies()))
DIRECTORY: Directory = directory_from_json(load_directory())
SEEDS = range(5)


def _day(seed: int, orders: int = 300, buildings: int = 12) -> list[CampusMessage]:
    return campus_day(seed, DIRECTORY.buildings[:buildings], CATALOG, orders, 60.0, DIRECTORY.captains)


def _orders(day: list[CampusMessage]) -> int:
    lists = [message for message in day if message.kind == "list"]
    return sum(message.kind == "order" for message in day) + (len(lists[-1].people) if lists else 0)


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    assert _day(1) == _day(1)
    assert _day(1) != _day(2)


@pytest.mark.parametrize("orders", [0, 1, 4, 9, 40, 300])
def test_a_day_has_exactly_the_orders_that_were_asked_for(orders: int) -> None:
    for seed in SEEDS:
        assert _orders(_day(seed, orders)) == orders


@pytest.mark.parametrize("seed", SEEDS)
def test_messages_come_in_order_of_time_within_the_day(seed: int) -> None:
    times = [message.at_s for message in _day(seed)]
    assert times == sorted(times)
    assert all(0 <= at_s <= 60.0 for at_s in times)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_an_order_means_is_in_its_words(seed: int) -> None:
    for message in _day(seed):
        if message.kind != "order":
            continue
        assert message.is_order
        for wanted in message.lines:
            item = CATALOG.items[wanted.item_id]
            assert any(word in message.text for word in (item.name, *item.aliases)), message
            assert all(_says_option(message.text, wanted, name) for name in wanted.options), message
        if message.room is not None:
            assert message.room in message.text


@pytest.mark.parametrize("seed", SEEDS)
def test_a_person_says_their_room_with_their_first_order(seed: int) -> None:
    seen: set[str] = set()
    for message in _day(seed):
        if message.kind == "order" and message.person_id not in seen:
            assert message.room is not None
            seen.add(message.person_id)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_building_talks_in_group_and_some_in_private(seed: int) -> None:
    day = _day(seed)
    assert {message.building_id for message in day} == {building.id for building in DIRECTORY.buildings[:12]}
    assert {message.chat for message in day if message.kind == "order"} == {"group", "private"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_captain_pastes_a_list_that_grows(seed: int) -> None:
    first, second = [message for message in _day(seed) if message.kind == "list"]
    assert first.person_id == second.person_id
    assert first.person_id in {contact for captain in DIRECTORY.captains for contact in captain.contacts}
    assert second.text.startswith(first.text)
    assert second.people[: len(first.people)] == first.people
    assert len(second.people) > len(first.people) > 0
    assert all(person.name in second.text for person in second.people)
    assert len({person.name for person in second.people}) == len(second.people)


@pytest.mark.parametrize("seed", SEEDS)
def test_somebody_changes_and_somebody_cancels_after_ordering(seed: int) -> None:
    day = _day(seed)
    for kind in ("amend", "cancel"):
        (message,) = [message for message in day if message.kind == kind]
        assert not message.is_order
        earlier = [m for m in day if m.kind == "order" and m.person_id == message.person_id and m.at_s <= message.at_s]
        assert len(earlier) == 1
        assert earlier[0].chat == message.chat


@pytest.mark.parametrize("seed", SEEDS)
def test_some_people_order_twice_and_many_only_talk(seed: int) -> None:
    day = _day(seed)
    by_person = Counter(message.person_id for message in day if message.kind == "order")
    assert max(by_person.values()) >= 2
    assert sum(message.kind in ("chatter", "question") for message in day) == 180
    assert not any(message.is_order for message in day if message.kind in ("chatter", "question"))


@pytest.mark.parametrize("seed", SEEDS)
def test_one_dish_is_wanted_more_often_than_there_is_of_it(seed: int) -> None:
    wanted: Counter[str] = Counter()
    for message in _day(seed):
        if message.kind == "order":
            wanted.update({one.item_id: one.quantity for one in message.lines})
    limited = {item.id: item.stock for item in CATALOG.items.values() if item.stock is not None}
    assert any(wanted[item_id] > stock for item_id, stock in limited.items())


def test_every_template_is_filled_in() -> None:
    texts = [message.text for seed in range(20) for message in _day(seed)]
    assert not any("{" in text or "None" in text for text in texts)


def test_names_do_not_meet_between_people() -> None:
    for message in _day(3):
        assert message.person_id.startswith("web:")
        assert message.person_name


@pytest.mark.parametrize(("buildings", "orders", "duration_s"), [(0, 5, 60.0), (3, -1, 60.0), (3, 5, 0.0)])
def test_an_impossible_day_is_refused(buildings: int, orders: int, duration_s: float) -> None:
    with pytest.raises(ValueError, match="campus day"):
        campus_day(1, DIRECTORY.buildings[:buildings], CATALOG, orders, duration_s)


def _says_option(text: str, wanted: ReadLine, name: str) -> bool:
    item = CATALOG.items[wanted.item_id]
    options = [o for group in item.groups for o in CATALOG.option_groups[group].options if o.name == name]
    return any(word in text for option in options for word in (option.name, *option.aliases))
