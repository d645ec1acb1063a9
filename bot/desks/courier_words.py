"""What a courier reads: queues short enough for a phone in one hand, with the next step under each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from bot.desks.desk import Answer
from bot.desks.placing import order_reference
from core.building_queue import Floor, QueueEntry, floor_of
from core.chat import Button, ButtonRows
from core.directory import Building
from core.ids import BuildingId, PersonId
from core.long_text import length
from core.money import yuan
from core.order import Order, OrderState
from core.payment import Paid
from core.pickup_code import describe
from core.texts import text
from fallback_store import building_queues
from fallback_store.building_queues import QueueOutcome
from fallback_store.database import Tx

#: Bags with buttons of their own under one floor; more do not fit a phone.
BAGS_WITH_BUTTONS = 12
#: Buildings or floors with a button of their own; more do not fit one message.
PLACES_SHOWN = 30
#: Rooms named of one floor before it is opened.
ROOMS_NAMED = 10
#: Characters of a floor's bags: a message that is edited in place cannot go on in a second one. Telegram's end at
#: 4,096, and above the bags stands what was just done with them.
LONGEST_FLOOR = 2_800
#: Reasons offered as buttons, by the digit in the button's action.
REASONS = ("courier_reason_no_answer", "courier_reason_no_room", "courier_reason_wrong", "courier_reason_spilled")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a courier does with a bag."""

    #: part of its buttons' actions and of its sentences' names
    name: str
    do: Callable[[Tx, Iterable[Order], PersonId, datetime], QueueOutcome]
    #: states a bag can take it from
    starts: tuple[OrderState, ...]
    #: what usually comes next; "" = nothing
    following: str


_WAITING = (OrderState.PLACED, OrderState.ACCEPTED)
STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        Step("take", building_queues.take, _WAITING, "pick"),
        Step("pick", building_queues.pick_up, _WAITING, "deliver"),
        Step("deliver", building_queues.deliver, (OrderState.PICKED_UP,), ""),
        Step("collect", building_queues.collect, (OrderState.PICKED_UP,), ""),
        Step("back", building_queues.put_back, _WAITING, "take"),
    )
}


def buildings(language: str, mine: Sequence[Building], counts: Mapping[BuildingId, int]) -> Answer:
    """All buildings of a courier, those with most bags first, each with a button."""
    busy = sorted((b for b in mine if counts[b.id]), key=lambda b: -counts[b.id])
    again = (Button(text(language, "courier_button_again"), "courier:all"),)
    if not busy:
        return Answer(text(language, "courier_all_done", count=len(mine)), (again,))
    rows = tuple(
        (Button(text(language, "courier_building", building=b.name, count=counts[b.id]), f"courier:queue:{b.id}"),)
        for b in busy[:PLACES_SHOWN]
    )
    words = text(language, "courier_buildings", total=sum(counts.values()), count=len(busy))
    if len(busy) > PLACES_SHOWN:
        words += "\n" + text(language, "courier_buildings_more", count=len(busy) - PLACES_SHOWN)
    return Answer(words, (*rows, again))


def queue(language: str, building: Building, floors: Sequence[Floor]) -> Answer:
    """One building: its floors from the ground up, each with a button that opens it."""
    if not floors:
        return Answer(text(language, "courier_building_done", building=building.name))
    lines, rows = [], []
    for one in floors[:PLACES_SHOWN]:
        facts = {"floor": floor_name(language, one.name), "count": len(one.entries)}
        lines.append(text(language, "courier_floor_line", rooms=_rooms(language, one), **facts))
        rows.append((Button(text(language, "courier_floor", **facts), f"courier:floor:{one.name}:{building.id}"),))
    if len(floors) > PLACES_SHOWN:
        lines.append(text(language, "courier_floors_more", count=len(floors) - PLACES_SHOWN))
    total = sum(len(one.entries) for one in floors)
    title = text(language, "courier_queue", building=building.name, count=total)
    return Answer("\n".join([title, _states(language, floors), *lines]), tuple(rows))


def floor(language: str, building: Building, found: Floor, courier_id: PersonId | None) -> Answer:
    """One floor: every bag with its room, number, content and state; buttons for the floor and for each bag.

    `courier_id`: whose next steps are shown; None: everybody's.
    """
    title = text(
        language,
        "courier_floor_title",
        building=building.name,
        floor=floor_name(language, found.name),
        count=len(found.entries),
    )
    rows: list[tuple[Button, ...]] = []
    if len(found.entries) > 1:
        rows.append(_floor_buttons(language, building, found, courier_id))
    rows += [_bag_buttons(language, entry, courier_id) for entry in found.entries[:BAGS_WITH_BUTTONS]]
    rows.append(moves(language, building, found.name))
    lines = _fitting(language, [_bag(language, entry, courier_id) for entry in found.entries])
    return Answer("\n".join([title, *lines]), tuple(row for row in rows if row))


def one_bag(language: str, building: Building, entry: QueueEntry, courier_id: PersonId | None) -> Answer:
    """A single bag that was asked for, with its next step; `courier_id` as in `floor`."""
    rows = (_bag_buttons(language, entry, courier_id), moves(language, building, floor_of(entry.room)))
    return Answer(_bag(language, entry, courier_id), tuple(row for row in rows if row))


def moves(
    language: str, building: Building, floor: str | None = None, *, has_others: bool = False
) -> tuple[Button, ...]:
    """How things are now, and one step back: from a floor to its building, from there to all buildings."""
    again = f"list:{building.id}" if floor is None else f"again:{floor}:{building.id}"
    found = [Button(text(language, "courier_button_again"), f"courier:{again}")]
    if floor is not None:
        found.append(
            Button(text(language, "courier_button_building", building=building.name), f"courier:list:{building.id}")
        )
    elif has_others:
        found.append(Button(text(language, "courier_button_all"), "courier:all"))
    return tuple(found)


def outcome(
    language: str,
    step: Step,
    found: QueueOutcome,
    not_mine: Sequence[Order],
    unknown: Sequence[str],
    floor_said: str | None,
) -> Answer:
    """What a step did, what it did not do and why, with the next step as a button."""
    comma = text(language, "list_comma")
    lines = []
    if found.done:
        lines.append(text(language, f"courier_done_{step.name}", numbers=comma.join(o.label for o in found.done)))
    lines += [text(language, "courier_held", number=o.label, courier=name) for o, name in found.held]
    lines += [
        text(language, "courier_refused", number=o.label, state=text(language, f"state_{o.state.value}"))
        for o in found.refused
    ]
    lines += [text(language, "courier_not_yours", number=o.label) for o in not_mine]
    lines += [text(language, "courier_no_such", number=number) for number in unknown]
    return Answer("\n".join(lines), _next_buttons(language, step, found.done, floor_said))


def which(language: str, number: str, candidates: Sequence[Order], step: Step) -> Answer:
    """Two buildings owe this number: which one is meant?"""
    labels = text(language, "list_comma").join(order.label for order in candidates)
    rows = tuple((Button(order.label, f"courier:{step.name}:{order_reference(order)}"),) for order in candidates)
    return Answer(text(language, "courier_which", number=number, numbers=labels), rows)


def ask_reason(language: str, order: Order) -> Answer:
    """What is wrong? A few reasons as buttons, or in the courier's own words."""
    rows = tuple(
        (Button(text(language, name), f"courier:problem:{n}:{order_reference(order)}"),)
        for n, name in enumerate(REASONS)
    )
    example = f"{order.building_id}-{order.number:03d}"
    back = Button(text(language, "courier_button_back"), f"courier:again:{floor_of(order.room)}:{order.building_id}")
    return Answer(text(language, "courier_ask_reason", number=order.label, example=example), (*rows, (back,)))


def reason(language: str, digit: str) -> str:
    """The words behind a reason's button; "" when there is no such button."""
    return text(language, REASONS[int(digit)]) if digit in "0123456789"[: len(REASONS)] and digit else ""


def floor_name(language: str, name: str) -> str:
    """`3 楼`; "" is downstairs."""
    return text(language, "courier_floor_number", number=name) if name else text(language, "courier_downstairs")


# Inside ----------------------------------------------------------------------------------------


def _bag(language: str, entry: QueueEntry, courier_id: PersonId | None) -> str:
    comma = text(language, "list_comma")
    line = text(
        language,
        "courier_bag",
        place=_place(language, entry),
        # In WeChat nobody's name is known: then the number stands alone.
        number=f"{entry.label} {entry.person_name}".rstrip(),
        items=comma.join(f"{name}×{quantity}" for name, quantity in entry.items),
        state=text(language, f"state_{entry.state.value}"),
        code=describe(entry.pickup_code, language),
    )
    line += text(language, f"courier_bag_{entry.paid}", total=yuan(entry.total_fen))
    if entry.courier_id is not None:
        name = "courier_bag_mine" if entry.courier_id == courier_id else "courier_bag_theirs"
        line += text(language, name, courier=entry.courier_name)
    if entry.problem:
        line += text(language, "courier_bag_problem", reason=entry.problem)
    return line


def _fitting(language: str, lines: Sequence[str]) -> list[str]:
    """As many lines as one message holds, and how many more there are."""
    ends = accumulate(1 + length(line) for line in lines)
    count = sum(end <= LONGEST_FLOOR for end in ends)
    more = [] if count == len(lines) else [text(language, "courier_floor_more", count=len(lines) - count)]
    return [*lines[:count], *more]


def _rooms(language: str, one: Floor) -> str:
    rooms = list(dict.fromkeys(_place(language, entry) for entry in one.entries))
    shown = text(language, "list_comma").join(rooms[:ROOMS_NAMED])
    return f"{shown}…" if len(rooms) > ROOMS_NAMED else shown


def _states(language: str, floors: Sequence[Floor]) -> str:
    """How many bags nobody has taken, wait to be picked up, are on their way."""
    entries = [entry for one in floors for entry in one.entries]
    moving = sum(entry.state is OrderState.PICKED_UP for entry in entries)
    free = sum(entry.courier_id is None for entry in entries)
    return text(language, "courier_queue_states", free=free, taken=len(entries) - free - moving, moving=moving)


def _place(language: str, entry: QueueEntry) -> str:
    return entry.room or text(language, "courier_downstairs")


def _can(step: Step, entry: QueueEntry, courier_id: PersonId | None) -> bool:
    """Whether the step is this bag's next one for this courier; None: for whoever has it."""
    if entry.courier_id is None:
        return step.name == "take" and entry.state in step.starts
    is_theirs = courier_id in (None, entry.courier_id)
    is_next = step.name in ("pick", "deliver") or (step.name == "collect" and entry.owed_fen > 0)
    return is_next and is_theirs and entry.state in step.starts


def _floor_buttons(language: str, building: Building, found: Floor, courier_id: PersonId | None) -> tuple[Button, ...]:
    return tuple(
        Button(text(language, f"courier_floor_{name}"), f"courier:{name}-floor:{found.name}:{building.id}")
        for name in ("take", "pick", "deliver")
        if any(_can(STEPS[name], entry, courier_id) for entry in found.entries)
    )


def _bag_buttons(language: str, entry: QueueEntry, courier_id: PersonId | None) -> tuple[Button, ...]:
    """The bag's next step, and a way to report a problem; none for a bag another courier has."""
    steps = [step.name for step in STEPS.values() if _can(step, entry, courier_id)]
    if not steps:
        return ()
    buttons = [_step_button(language, name, entry.label, entry.total_fen, entry.reference) for name in steps]
    return (*buttons, _problem_button(language, entry.label, entry.reference))


def _step_button(language: str, name: str, label: str, total_fen: int, reference: str) -> Button:
    words = text(language, f"courier_button_{name}", number=label, total=yuan(total_fen))
    return Button(words, f"courier:{name}:{reference}")


def _problem_button(language: str, label: str, reference: str) -> Button:
    return Button(text(language, "courier_button_problem", number=label), f"courier:problem::{reference}")


def _next_buttons(language: str, step: Step, done: Sequence[Order], floor_said: str | None) -> ButtonRows:
    if not done or not step.following:
        return ()
    following = step.following
    if floor_said is not None:
        action = f"courier:{following}-floor:{floor_said}:{done[0].building_id}"
        return ((Button(text(language, f"courier_floor_{following}"), action),),)
    return tuple(
        (
            *(
                _step_button(language, name, order.label, order.total_fen, order_reference(order))
                for name in (following, "collect")
                if name == following or (following == "deliver" and order.paid != Paid.CONFIRMED)
            ),
            _problem_button(language, order.label, order_reference(order)),
        )
        for order in done[:BAGS_WITH_BUTTONS]
    )
