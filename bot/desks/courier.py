"""The courier's desk: the queue of a building floor by floor, and taken, picked up, delivered, or a problem."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.desks import courier_queues, courier_words, delivery_photos
from bot.desks.courier_words import STEPS, Step
from bot.desks.desk import SILENCE, Answer, Visit, in_place
from bot.desks.owners import tell_owners
from bot.desks.placing import find_by_reference
from core.chat import Role
from core.directory import Building
from core.ids import BuildingId
from core.order import OPEN_STATES, Order
from core.texts import text
from fallback_store import building_queues, orders, people
from fallback_store.building_queues import QueueOutcome
from fallback_store.database import Tx

#: More than this is no command: it keeps what a hostile text can cost small.
LONGEST_COMMAND = 300  # characters

_QUEUE = re.compile(r"/?(?:队列|queue)(?:@\S+)?(?:\s*(?P<building>\S+))?", re.IGNORECASE)
_STEP = re.compile(
    r"/?(?P<verb>抢|拿|take|已?取餐?|picked ?up|pick ?up|pick|已?送达|已送到?|delivered|deliver|放回|put ?back)"
    r"\s*(?P<rest>[#\w].*)",
    re.IGNORECASE,
)
_PROBLEM = re.compile(r"/?(?:问题|problem)\s*(?P<number>#?(?:[\w-]+-)?\d{1,6})(?!\d)\s*(?P<reason>.*)", re.I | re.S)
_NUMBER = re.compile(r"#?(?:(?P<building>[\w-]+)-)?(?P<number>\d{1,6})")
_FLOOR = re.compile(r"(?P<number>\d{1,2})\s*(?:楼|层|f)|floor\s*(?P<said>\d{1,2})", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,，、和]+")
_VERBS = {
    "抢": "take",
    "拿": "take",
    "取": "pick",
    "已取": "pick",
    "取餐": "pick",
    "已取餐": "pick",
    "pickedup": "pick",
    "pickup": "pick",
    "送达": "deliver",
    "已送达": "deliver",
    "已送": "deliver",
    "已送到": "deliver",
    "delivered": "deliver",
    "放回": "back",
    "putback": "back",
}


@dataclass(frozen=True, slots=True)
class CourierDesk:
    """Serves couriers, each in their own buildings, and admins everywhere."""

    def wants(self, visit: Visit) -> bool:
        """A courier's button or a courier's words."""
        if visit.message.action:
            return visit.message.action.startswith("courier:")
        words = visit.message.text.strip()
        if len(words) > LONGEST_COMMAND:
            return False
        if visit.message.picture_id and not words:
            return _is_courier(visit) and not visit.message.is_group
        queue = _QUEUE.fullmatch(words)
        if not _is_courier(visit):
            return queue is not None and queue["building"] is None and visit.message.is_addressed
        return bool(queue or _PROBLEM.fullmatch(words) or _read_step(words))

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Shows a queue or takes a step."""
        if not _is_courier(visit):
            said = text(visit.language, "courier_only")
            return Answer(toast=said) if visit.message.action else Answer(said)
        if visit.message.action:
            return _press(tx, visit, visit.message.action.removeprefix("courier:"))
        words = visit.message.text.strip()
        if problem := _PROBLEM.fullmatch(words):
            return _problem_in_words(tx, visit, problem["number"], problem["reason"].strip())
        if queue := _QUEUE.fullmatch(words):
            return _queue_in_words(tx, visit, queue["building"])
        if (step := _read_step(words)) is not None:
            return _step_in_words(tx, visit, step)
        return delivery_photos.ask(tx, visit) if visit.message.picture_id else SILENCE


@dataclass(frozen=True, slots=True)
class _Said:
    """A step as it was typed: with a floor, or with numbers."""

    step: Step
    floor: str
    numbers: tuple[re.Match[str], ...]


def _read_step(words: str) -> _Said | None:
    """`送达 047 12-048`, `取 3楼`; None when any part of it is something else: then it is talk."""
    found = _STEP.fullmatch(words)
    if found is None:
        return None
    verb = found["verb"].lower().replace(" ", "")
    step = STEPS[_VERBS.get(verb, verb)]
    if floor := _FLOOR.fullmatch(found["rest"]):
        return _Said(step, str(int(floor["number"] or floor["said"])), ())
    numbers = [_NUMBER.fullmatch(part) for part in _BETWEEN.split(found["rest"]) if part]
    known = tuple(number for number in numbers if number is not None)
    return _Said(step, "", known) if len(known) == len(numbers) else None


def _is_courier(visit: Visit) -> bool:
    return bool(visit.person.roles.keys() & {Role.COURIER, Role.ADMIN})


# The queue -------------------------------------------------------------------------------------


def _queue_in_words(tx: Tx, visit: Visit, word: str | None) -> Answer:
    if not word:
        return courier_queues.all_of(tx, visit)
    building = people.find_building(tx, word)
    if building is None:
        return Answer(text(visit.language, "building_unknown", word=word))
    return courier_queues.of_building(tx, visit, building)


# Steps -----------------------------------------------------------------------------------------


def _press(tx: Tx, visit: Visit, action: str) -> Answer:
    """A button: its answer takes the place of the queue it is under, which says how things are now."""
    verb, _, subject = action.partition(":")
    if verb == "photo":
        return delivery_photos.choose(tx, visit, subject)
    if verb == "all":
        return in_place(courier_queues.all_of(tx, visit))
    first, _, rest = subject.partition(":")
    if verb in STEPS or verb == "problem":
        order = find_by_reference(tx, rest if verb == "problem" else subject)
        if verb == "problem":
            said = _problem(tx, visit, order, courier_words.reason(visit.language, first))
            if said.buttons:
                return in_place(said)
        else:
            said = _step(tx, visit, STEPS[verb], [order] if order else [], [] if order else [subject])
        return in_place(courier_queues.below_order(tx, visit, said, order))
    building = people.building(tx, BuildingId(subject if verb in ("queue", "list") else rest))
    if building is None or not courier_queues.serves(visit, building.id):
        name = "building_unknown" if building is None else "courier_not_your_building"
        word = building.name if building else rest or subject
        return Answer(toast=text(visit.language, name, word=word, building=word))
    step = STEPS.get(verb.removesuffix("-floor"))
    if step is not None:
        said = _floor_step(tx, visit, step, building, first)
        return in_place(courier_queues.below(tx, visit, said, building, first))
    if verb in ("floor", "again"):
        return in_place(_counted(courier_queues.of_floor(tx, visit, building, first)))
    return in_place(_counted(courier_queues.of_building(tx, visit, building)))


def _counted(answer: Answer) -> Answer:
    return replace(answer, toast=answer.text.partition("\n")[0])


def _step_in_words(tx: Tx, visit: Visit, said: _Said) -> Answer:
    if said.floor:
        mine = courier_queues.served(tx, visit)
        if len(mine) != 1:
            return courier_queues.all_of(tx, visit)
        return _floor_step(tx, visit, said.step, mine[0], said.floor)
    found, unknown = list[Order](), list[str]()
    for number in said.numbers:
        candidates = _called(tx, visit, number)
        if len(candidates) > 1:
            return courier_words.which(visit.language, number["number"], candidates, said.step)
        found += candidates
        unknown += [] if candidates else [number[0]]
    return _step(tx, visit, said.step, found, unknown)


def _called(tx: Tx, visit: Visit, number: re.Match[str]) -> list[Order]:
    """The orders a courier can mean; several only when two of their buildings owe the same number."""
    buildings = courier_queues.served(tx, visit)
    if number["building"]:
        known = people.find_building(tx, number["building"])
        buildings = [known] if known else []
    found = [building_queues.open_numbered(tx, building.id, int(number["number"])) for building in buildings]
    candidates = [order for order in found if order is not None]
    return [order for order in candidates if order.state in OPEN_STATES] or candidates[:1]


def _floor_step(tx: Tx, visit: Visit, step: Step, building: Building, floor: str) -> Answer:
    """A step with a whole floor: it takes what nobody has, and moves on only what this courier took."""
    if not courier_queues.serves(visit, building.id):
        return Answer(text(visit.language, "courier_not_your_building", building=building.name))
    holder = None if step.name == "take" else visit.person.id
    bags = courier_queues.floor(tx, building, floor)
    wanted = [
        order
        for entry in (bags.entries if bags else ())
        if entry.courier_id == holder and entry.state in step.starts
        if (order := orders.by_id(tx, entry.order_id)) is not None
    ]
    if not wanted:
        place = courier_words.floor_name(visit.language, floor)
        return Answer(text(visit.language, f"courier_none_to_{step.name}", building=building.name, floor=place))
    return _step(tx, visit, step, wanted, [], floor=floor)


def _step(
    tx: Tx, visit: Visit, step: Step, wanted: list[Order], unknown: list[str], floor: str | None = None
) -> Answer:
    allowed = [order for order in wanted if courier_queues.serves(visit, order.building_id)]
    not_mine = [order for order in wanted if order not in allowed]
    outcome: QueueOutcome = step.do(tx, allowed, visit.person.id, visit.now)
    if step.name == "deliver" and visit.message.picture_id:
        delivery_photos.keep(tx, visit, outcome.done, outcome.moved)
    elif step.name == "deliver":
        _tell(tx, visit, outcome.moved, "courier_delivered_owner")
    return courier_words.outcome(visit.language, step, outcome, not_mine, unknown, floor)


# Problems --------------------------------------------------------------------------------------


def _problem_in_words(tx: Tx, visit: Visit, said: str, reason: str) -> Answer:
    number = _NUMBER.fullmatch(said)
    candidates = _called(tx, visit, number) if number else []
    if len(candidates) > 1:
        labels = text(visit.language, "list_comma").join(order.label for order in candidates)
        return Answer(text(visit.language, "courier_which", number=said, numbers=labels))
    return _problem(tx, visit, candidates[0] if candidates else None, reason)


def _problem(tx: Tx, visit: Visit, order: Order | None, reason: str) -> Answer:
    if order is None:
        return Answer(text(visit.language, "order_unknown"))
    if not courier_queues.serves(visit, order.building_id):
        return Answer(text(visit.language, "courier_not_yours", number=order.label))
    if not reason:
        return courier_words.ask_reason(visit.language, order)
    try:
        building_queues.report_problem(tx, order, reason, by=visit.person.id, now=visit.now)
    except orders.StepRefused as refused:
        state = text(visit.language, f"state_{refused.order.state.value}")
        return Answer(text(visit.language, "courier_refused", number=order.label, state=state))
    reason = reason[: building_queues.PROBLEM_LENGTH]
    _tell(tx, visit, [order], "courier_problem_owner", reason=reason)
    return Answer(text(visit.language, "courier_problem_noted", number=order.label, reason=reason))


def _tell(tx: Tx, visit: Visit, moved: Iterable[Order], name: str, **facts: str) -> None:
    tell_owners(tx, moved, name, now=visit.now, language=visit.language, besides=visit.chat.id, about="", **facts)
