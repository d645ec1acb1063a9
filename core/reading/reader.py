"""Reads one chat message: an order, a list, a question, or nothing to us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from core.ids import ItemId
from core.reading.bits import Bit, Role
from core.reading.corrections import said_by
from core.reading.intent import intent_of
from core.reading.lexicon import Word
from core.reading.lexicon_english import KNOWN_WORDS
from core.reading.list_layout import layout_of
from core.reading.menu_index import MenuIndex
from core.reading.phrases import bits_of
from core.reading.reading import NOTHING_CHOSEN, SILENCE, Chosen, Reading, ReadLine
from core.reading.relay_list import one_persons_order, read_list
from core.reading.rooms import Mark, Place, building_key
from core.reading.settling import Settled, settle
from core.reading.signs import Signs
from core.reading.taking_back import Said
from core.reading.telling import telling_bits
from core.reading.text import Text, normalise
from core.reading.tokens import Kind, Token, tokens_of

#: a message of more bits is no order but an essay; lists are read line by line
_MOST_TOKENS: Final = 500
#: characters; a longer text that is no list is no order either
_LONGEST_TALK: Final = 2_000
#: they only lead to the room, which is told apart
_SAY_WHERE: Final = frozenset(
    (
        *("送", "送到", "送来", "送去", "到", "在", "住", "我在", "我住", "放", "放到", "放在"),
        *("寝室", "宿舍", "房间", "姓名"),
    )
)
#: characters of a name beside 一样
_NAME_LONGEST: Final = 4
#: shorter Latin words are each other's typos
_LATIN_WORD: Final = re.compile(r"(?<![a-z'])[a-z']{4,}")
#: between two rooms they make the second the right one
_CORRECTS: Final = frozenset((Word.SWAP, Word.OOPS))
#: without any of these words, a dish or a number there is nothing to read
_EARLY: Final = frozenset(
    (
        *(Word.CANCEL, Word.STATUS, Word.MENU, Word.HELP, Word.SAME, Word.AGAIN, Word.WANT, Word.POLITE),
        *(Word.CATEGORY, Word.NUMBER),
    )
)


def read(text: str, menu: MenuIndex, building_id: str | None = None, chosen: Chosen = NOTHING_CHOSEN) -> Reading:
    """What `text` says about orders. Pure and deterministic; any text gets an answer.

    `building_id`: the chat's building, so that another one named in the text is noticed. `chosen`: what its writer
    has answered about words in doubt since.
    """
    normal = normalise(text)
    if not normal.plain.strip():
        return SILENCE
    layout = layout_of(normal, menu)
    if layout is None:
        return _read_message(normal, menu, building_id, chosen)
    if layout.is_nameless:
        return _read_message(one_persons_order(normal, layout), menu, building_id, chosen)
    return read_list(normal, layout, menu) or _read_message(normal, menu, building_id, chosen)


def _read_message(text: Text, menu: MenuIndex, building_id: str | None, chosen: Chosen) -> Reading:
    """A message that is no list."""
    if len(text.plain) > _LONGEST_TALK:
        return SILENCE
    text, note = _split_note(text)
    text = _spelled(text, menu) if menu.is_english else _latin_spelled(text, menu)
    tokens = tokens_of(text.plain, menu)
    if len(tokens) > _MOST_TOKENS or not any(map(_could_matter, tokens)):
        return SILENCE
    bits = bits_of(text, tokens, menu)
    if chosen.items:
        _name_chosen(bits, text, menu, chosen)
    said = said_by(bits, text.plain, menu)
    claimed = sum(d.end - d.start for d in said.drafts if d.is_unknown)
    telling = telling_bits(bits, text.plain, menu)
    signs = Signs(bits, text.plain, implied=menu.is_english and bool(said.drafts), claimed=claimed, telling=telling)
    intent = intent_of(signs, has_unknown_dish=claimed > 0)
    if intent == "cancel" and said.has_retraction and said.drafts:
        intent = "order"  # 黄焖鸡和可乐，取消可乐
    if intent == "cancel":
        return Reading(intent, tuple(_named(bits, menu)), room_of(bits)[0])
    if intent in ("menu", "help", "status"):
        return Reading(intent)
    if said.taken_back and not said.drafts and not signs.words[Word.CHAT]:
        return _nothing_left(bits, said, menu)
    if intent == "order" and said.drafts:
        return _order(said, bits, text, note, menu, building_id, chosen)
    if _points_elsewhere(signs, said, bits):
        return Reading("order", problems=("needs_context",))
    return SILENCE


def _name_chosen(bits: list[Bit], text: Text, menu: MenuIndex, chosen: Chosen) -> None:
    """Words the person was asked about name their item from the start, so that its wishes and measures find it."""
    for bit in bits:
        if bit.role in (Role.ITEM, Role.VAGUE, Role.UNKNOWN):
            item = menu.catalog.items.get(chosen.items.get(text.typed[bit.start : bit.end].strip(), ItemId("")))
            if item is not None:
                bit.role, bit.items, bit.is_part = Role.ITEM, (menu.items.index(item),), False


def _order(
    said: Said,
    bits: list[Bit],
    text: Text,
    note: str | None,
    menu: MenuIndex,
    building_id: str | None,
    chosen: Chosen,
) -> Reading:
    settled = settle(said.drafts, text, menu, merchants_in(bits), frozenset(), chosen)
    room, building = room_of(bits)
    problems = settled.problems
    if building_id is not None and building is not None and building != building_key(building_id):
        problems.append(f"other_building:{building}")
    return Reading(
        "order",
        tuple(settled.lines),
        room,
        _note(said, settled, bits, text, note),
        tuple(problems),
    )


def _split_note(text: Text) -> tuple[Text, str | None]:
    """Everything behind 备注 is a note; wishes in it are still read, since they stand before it in the same words."""
    at = text.plain.find("备注")
    if at < 0:
        return text, None
    end = text.plain.find("\n", at)
    end = len(text.plain) if end < 0 else end
    said = text.typed[at + 2 : end].lstrip(" :,")
    return text, said or None


def _spelled(text: Text, menu: MenuIndex) -> Text:
    """English words of the menu with their typos mended."""
    words = text.plain.split(" ")
    mended = [w if w in KNOWN_WORDS or w in menu.vocabulary else _mended(w, menu) for w in words]
    joined = [
        first + second if first + second in menu.vocabulary and f"{first} {second}" not in menu.vocabulary else ""
        for first, second in pairwise(mended)
    ]
    for at, whole in enumerate(joined):
        if whole and mended[at]:
            mended[at], mended[at + 1] = whole, ""
    plain = " ".join(filter(None, mended)) if any(joined) else " ".join(mended)
    return text if plain == text.plain else Text(plain, plain)


def _mended(word: str, menu: MenuIndex) -> str:
    """lattte → latte, oatmilk → oat milk."""
    found = menu.typos.word_for(word)
    if found is None and word.isalpha():
        found = next((parted for parted in _parted(word) if parted in menu.vocabulary), None)
    return found or word


def _parted(word: str) -> Iterator[str]:
    return (f"{word[:at]} {word[at:]}" for at in range(3, len(word) - 2))


def _latin_spelled(text: Text, menu: MenuIndex) -> Text:
    """Misspelt Latin names in a Chinese message: lattte一杯."""
    if not menu.has_latin_names or not _LATIN_WORD.search(text.plain):
        return text
    typed, plain, last = "", "", 0
    for match in _LATIN_WORD.finditer(text.plain):
        word = match[0]
        known = word in menu.vocabulary or word in KNOWN_WORDS
        mended = None if known else menu.typos.word_for(word)
        typed += text.typed[last : match.start()] + (mended or text.typed[match.start() : match.end()])
        plain += text.plain[last : match.start()] + (mended or word)
        last = match.end()
    return Text(typed + text.typed[last:], plain + text.plain[last:])


def _could_matter(token: Token) -> bool:
    entry = token.entry
    if entry is None:
        return token.kind is Kind.QUANTITY
    return entry.is_menu_word or any(word in _EARLY for word in entry.words)


def merchants_in(bits: list[Bit]) -> frozenset[str]:
    """Merchants named anywhere."""
    return frozenset(m for bit in bits if bit.role is Role.MERCHANT for m in bit.merchants)


def room_of(bits: list[Bit]) -> tuple[str | None, str | None]:
    """The room and the building named, the surest mention first."""
    places: list[Place] = []
    for at, bit in enumerate(bits):
        if bit.place is None or bit.place.mark is not Mark.ROOM:
            continue
        if places and at and not _CORRECTS.isdisjoint(bits[at - 1].words):
            places = []  # 305换成306
        places.append(bit.place)
    if not places:
        return None, None
    places.sort(key=lambda p: p.is_bare)
    room = next((p.room for p in places if p.room), None)
    building = next((p.building for p in places if p.building), None)
    return room, building


def _named(bits: list[Bit], menu: MenuIndex) -> list[ReadLine]:
    """The items a cancellation names, one each."""
    named = merchants_in(bits)
    found: dict[str, ReadLine] = {}
    for bit in bits:
        if bit.role is Role.ITEM:
            places = [p for p in bit.items if menu.items[p].merchant_id in named] or list(bit.items)
            item = menu.items[places[0]]
            if len(places) == 1:
                found[item.id] = ReadLine(item.id, 1)
    return list(found.values())


def _nothing_left(bits: list[Bit], said: Said, menu: MenuIndex) -> Reading:
    """煎饼果子不要了: all that was named was taken back."""
    return Reading("cancel", tuple(_named(bits, menu)), room_of(bits)[0])


def _points_elsewhere(signs: Signs, said: Said, bits: list[Bit]) -> bool:
    """同上, 再来一份: an order that only the chat's history can complete."""
    # 和小王一样: a name may stand before it
    allowed = _NAME_LONGEST if signs.words[Word.SAME] and signs.words[Word.CONN] else 1
    if signs.talk or signs.left > allowed or signs.has_item or any(c.asks for c in signs.clauses):
        return False
    if signs.words[Word.SAME]:
        return True
    numbered = any(b.role is Role.QUANTITY and b.quantity and not b.quantity.is_bare_number for b in bits)
    return bool(signs.words[Word.AGAIN]) and numbered


def _note(said: Said, settled: Settled, bits: list[Bit], text: Text, note: str | None) -> str | None:
    parts = [text.typed[b.start : b.end].strip() for b in said.notes if text.plain[b.start : b.end] not in _SAY_WHERE]
    parts += settled.notes
    parts += [
        text.typed[b.start : b.end] for b in bits if b.place is not None and b.place.mark in (Mark.PHONE, Mark.TIME)
    ]
    if note:
        parts.append(note)
    unique = list(dict.fromkeys(p for p in parts if p))
    return " ".join(unique) or None
