"""The courier's desk: the queue of a building floor by floor, and taken, picked up, delivered, or a problem."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.desks import courier_queues, courier_words, delivery_photos
from bot.desks.courier_commands import LONGEST_COMMAND, NUMBER, PROBLEM, QUEUE, Said, read_step
from bot.desks.courier_queues import Onlooker, serves
from bot.desks.courier_words import STEPS, Step
from bot.desks.desk import SILENCE, Answer, Visit, in_place
from bot.desks.followed_queues import FollowedQueues
from bot.desks.owners import tell_owners
from bot.desks.placing import find_by_reference
from bot.private_link import queue_link
from core.chat import Role
from core.directory import Building
from core.ids import BuildingId
from core.order import OPEN_STATES, Order
from core.texts import text
from fallback_store import building_queues, courier_groups, orders, people
from fallback_store.building_queues import QueueOutcome
from fallback_store.database import Tx


@dataclass(frozen=True, slots=True)
class CourierDesk:
    """Serves couriers, each in their own buildings, and admins everywhere."""

    queues: FollowedQueues

    def wants(self, visit: Visit) -> bool:
        """A courier's button or a courier's words."""
        if visit.message.action:
            return visit.message.action.startswith("courier:")
        words = visit.message.text.strip()
        if len(words) > LONGEST_COMMAND:
            return False
        if visit.message.picture_id and not words:
            return _is_courier(visit) and not visit.message.is_group
        queue = QUEUE.fullmatch(words)
        if not _is_courier(visit):
            return queue is not None and queue["building"] is None and visit.message.is_addressed
        return bool(queue or PROBLEM.fullmatch(words) or read_step(words))

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Shows a queue or takes a step."""
        if not _is_courier(visit):
            said = text(visit.language, "courier_only")
            return Answer(toast=said) if visit.message.action else Answer(said)
        looks = courier_queues.onlooker(tx, visit.person, visit.chat, visit.language)
        if looks is None:
            return _among_students(tx, visit)
        if visit.message.action:
            return _press(tx, visit, looks, self.queues, visit.message.action.removeprefix("courier:"))
        words = visit.message.text.strip()
        if problem := PROBLEM.fullmatch(words):
            return _problem_in_words(tx, visit, problem["number"], problem["reason"].strip())
        if queue := QUEUE.fullmatch(words):
            return _queue_in_words(tx, visit, looks, self.queues, queue["building"])
        if (step := read_step(words)) is not None:
            return _step_in_words(tx, visit, looks, self.queues, step)
        return delivery_photos.ask(tx, visit) if visit.message.picture_id else SILENCE


def _is_courier(visit: Visit) -> bool:
    return bool(visit.person.roles.keys() & {Role.COURIER, Role.ADMIN})


def _among_students(tx: Tx, visit: Visit) -> Answer:
    """In a group that is not the couriers' own: what takes no more than a number is done, the rest is private."""
    words = visit.message.text.strip()
    step, problem = read_step(words), PROBLEM.fullmatch(words)
    if visit.message.action:
        return Answer(toast=text(visit.language, "courier_private"))
    if step is not None and step.numbers:
        return replace(_step_with_numbers(tx, visit, step), buttons=())
    if problem and problem["reason"].strip():
        return _problem_in_words(tx, visit, problem["number"], problem["reason"].strip())
    link = queue_link(visit.language, visit.chat.building_id)
    return Answer(text(visit.language, "courier_private"), ((link,),))


# The queue -------------------------------------------------------------------------------------


def _queue_in_words(tx: Tx, visit: Visit, looks: Onlooker, queues: FollowedQueues, word: str | None) -> Answer:
    building = people.find_building(tx, word) if word else None
    if word and building is None:
        return Answer(text(visit.language, "building_unknown", word=word))
    return queues.show(tx, visit, looks, building.id if building else None)


# Steps -----------------------------------------------------------------------------------------


def _press(tx: Tx, visit: Visit, looks: Onlooker, queues: FollowedQueues, action: str) -> Answer:
    """A button: its answer takes the place of the queue it is under, which says how things are now."""
    verb, _, subject = action.partition(":")
    if verb == "photo":
        return delivery_photos.choose(tx, visit, subject)
    if verb == "all":
        return in_place(queues.show(tx, visit, looks, None))
    first, _, rest = subject.partition(":")
    if verb in STEPS or verb == "problem":
        order = find_by_reference(tx, rest if verb == "problem" else subject)
        if verb == "problem":
            said = _problem(tx, visit, order, courier_words.reason(visit.language, first))
            if said.buttons:
                queues.close(tx, visit)
                return in_place(said)
        else:
            said = _step(tx, visit, STEPS[verb], [order] if order else [], [] if order else [subject])
        building, floor = courier_queues.place_of(tx, order) if order else (None, "")
        if building is None or not looks.serves(building.id):
            return Answer(toast=said.text)
        return in_place(queues.show_below(tx, visit, looks, said, building, floor))
    building = people.building(tx, BuildingId(subject if verb in ("queue", "list") else rest))
    if building is None:
        return Answer(toast=text(visit.language, "building_unknown", word=rest or subject))
    if not looks.serves(building.id):
        return Answer(toast=looks.why_not(building))
    step = STEPS.get(verb.removesuffix("-floor"))
    if step is not None:
        said = _floor_step(tx, visit, step, building, first)
        return in_place(queues.show_below(tx, visit, looks, said, building, first))
    return in_place(_counted(queues.show(tx, visit, looks, building.id, first if verb in ("floor", "again") else None)))


def _counted(answer: Answer) -> Answer:
    return replace(answer, toast=answer.text.partition("\n")[0])


def _step_in_words(tx: Tx, visit: Visit, looks: Onlooker, queues: FollowedQueues, said: Said) -> Answer:
    if not said.floor:
        return _step_with_numbers(tx, visit, said)
    mine = courier_queues.served(tx, looks)
    if len(mine) != 1:
        return queues.show(tx, visit, looks, None)
    return _floor_step(tx, visit, said.step, mine[0], said.floor)


def _step_with_numbers(tx: Tx, visit: Visit, said: Said) -> Answer:
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
    buildings = _in_question(tx, visit)
    if number["building"]:
        known = people.find_building(tx, number["building"])
        buildings = [known] if known else []
    found = [building_queues.open_numbered(tx, building.id, int(number["number"])) for building in buildings]
    candidates = [order for order in found if order is not None]
    return [order for order in candidates if order.state in OPEN_STATES] or candidates[:1]


def _in_question(tx: Tx, visit: Visit) -> list[Building]:
    """The buildings a bare number can be of: in one of their groups that one."""
    mine = [building for building in people.buildings_in(tx) if serves(visit, building.id)]
    here = courier_groups.buildings_of(tx, visit.chat.id) or {visit.chat.building_id}
    return [building for building in mine if building.id in here] or mine


def _floor_step(tx: Tx, visit: Visit, step: Step, building: Building, floor: str) -> Answer:
    """A step with a whole floor: it takes what nobody has, and moves on only what this courier took."""
    if not serves(visit, building.id):
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
    allowed = [order for order in wanted if serves(visit, order.building_id)]
    not_mine = [order for order in wanted if order not in allowed]
    outcome: QueueOutcome = step.do(tx, allowed, visit.person.id, visit.now)
    if step.name in ("deliver", "collect") and visit.message.picture_id:
        delivery_photos.keep(tx, visit, outcome.done, outcome.moved)
    elif step.name == "deliver":
        _tell(tx, visit, outcome.moved, "courier_delivered_owner")
    elif step.name == "collect":
        _tell(tx, visit, outcome.moved, "courier_collected_owner")
    return courier_words.outcome(visit.language, step, outcome, not_mine, unknown, floor)


# Problems --------------------------------------------------------------------------------------


def _problem_in_words(tx: Tx, visit: Visit, said: str, reason: str) -> Answer:
    number = NUMBER.fullmatch(said)
    candidates = _called(tx, visit, number) if number else []
    if len(candidates) > 1:
        labels = text(visit.language, "list_comma").join(order.label for order in candidates)
        return Answer(text(visit.language, "courier_which", number=said, numbers=labels))
    return _problem(tx, visit, candidates[0] if candidates else None, reason)


def _problem(tx: Tx, visit: Visit, order: Order | None, reason: str) -> Answer:
    if order is None:
        return Answer(text(visit.language, "order_unknown"))
    if not serves(visit, order.building_id):
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
