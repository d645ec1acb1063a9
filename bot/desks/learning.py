"""Words the menu does not know and people explain: counted, offered to admins, part of the menu once approved."""

from __future__ import annotations

from collections.abc import Iterable

from bot.desks.desk import Answer, Menu, Visit
from core.chat import Button, OutgoingMessage, Role
from core.ids import ChatId, ItemId, Key, private_chat_of, whole_number
from core.reading.candidates import is_on_menu
from core.reading.text import plain
from core.texts import text
from core.wish import Ask, Question
from fallback_store import learned_aliases, messages, people
from fallback_store.database import Tx
from fallback_store.learned_aliases import LearnedAlias

#: Aliases shown in one list.
LISTED = 10


def learn(tx: Tx, visit: Visit, question: Question, choice: int, menu: Menu) -> None:
    """Remembers which dish was picked for a word the menu does not know; the first time, admins are asked about it."""
    if question.ask not in (Ask.CHOOSE, Ask.NEAR) or choice >= len(question.choices):
        return
    if is_on_menu(question.word, menu.index):
        return  # 奶茶 is the word for many: what one person meant by it says nothing about the next
    item_id = ItemId(question.choices[choice])
    alias = learned_aliases.learn(tx, plain(question.word), item_id, visit.person.id, visit.now)
    if alias.times == 1:
        _offer(tx, visit, alias, menu)


def listed(tx: Tx, visit: Visit) -> Answer:
    """What waits for a decision, with its buttons, and what was approved, which can be taken back."""
    offered = learned_aliases.listed(tx, "offered", LISTED)
    approved = learned_aliases.listed(tx, "approved", LISTED)
    if not (offered or approved):
        return Answer(text(visit.language, "alias_none"))
    parts = [
        text(visit.language, name, lines="\n".join(_line(visit, alias) for alias in found))
        for name, found in (("alias_list_offered", offered), ("alias_list_approved", approved))
        if found
    ]
    rows = tuple(_buttons(visit.language, alias, with_word=True) for alias in (*offered, *approved))
    return Answer("\n".join(parts), rows)


def decide(tx: Tx, visit: Visit, subject: str) -> Answer:
    """`subject`: `yes:<id>` or `no:<id>`, from a button."""
    verdict, _, number = subject.partition(":")
    is_approved = verdict == "yes"
    alias_id = whole_number(number) if verdict in ("yes", "no") else None
    alias = (
        None
        if alias_id is None
        else learned_aliases.decide(tx, alias_id, approved=is_approved, by=visit.person.id, now=visit.now)
    )
    if alias is None:
        return Answer(text(visit.language, "alias_gone"))
    name = "alias_approved" if is_approved else "alias_rejected"
    return Answer(text(visit.language, name, word=alias.word, name=_item_name(visit, alias.item_id)))


# Inside ----------------------------------------------------------------------------------------


def _offer(tx: Tx, visit: Visit, alias: LearnedAlias, menu: Menu) -> None:
    item = menu.catalog.items[alias.item_id]
    merchant = menu.catalog.merchant_by_id[item.merchant_id].name
    for chat_id, language in _admins(tx, visit):
        message = OutgoingMessage(
            key=Key(f"alias>{alias.id}>{chat_id}"),
            chat_id=chat_id,
            text=text(language, "alias_offer", word=alias.word, name=item.name, merchant=merchant),
            buttons=(_buttons(language, alias),),
        )
        messages.say(tx, message, visit.now)


def _admins(tx: Tx, visit: Visit) -> Iterable[tuple[ChatId, str]]:
    """Every admin's private chat and what they are answered in."""
    for person_id in people.people_with(tx, Role.ADMIN):
        chat = people.chat(tx, private_chat_of(person_id), is_group=False, language=visit.chat.language)
        yield chat.id, people.look_up(tx, person_id, "").language or chat.language


def _buttons(language: str, alias: LearnedAlias, *, with_word: bool = False) -> tuple[Button, ...]:
    verdicts = ("no",) if alias.state == "approved" else ("yes", "no")
    suffix = f" {alias.word}" if with_word else ""
    return tuple(
        Button(text(language, f"button_alias_{verdict}") + suffix, f"admin:alias:{verdict}:{alias.id}")
        for verdict in verdicts
    )


def _line(visit: Visit, alias: LearnedAlias) -> str:
    name = _item_name(visit, alias.item_id)
    return text(visit.language, "alias_line", word=alias.word, name=name, times=alias.times)


def _item_name(visit: Visit, item_id: ItemId) -> str:
    item = visit.menu.catalog.items.get(item_id) if visit.menu else None
    return item.name if item else item_id
