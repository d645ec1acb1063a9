"""What a person wants of us: an order, an answer, or (mostly) nothing at all."""

from __future__ import annotations

from typing import Final

from core.reading.lexicon import Word
from core.reading.reading import Intent
from core.reading.signs import ASIDE, Signs

#: unexplained characters that still pass in a question about the menu
_STRAY: Final = 3


def intent_of(signs: Signs, *, has_unknown_dish: bool) -> Intent:
    """One of the seven, `relay` excepted. `has_unknown_dish`: something not on the menu was ordered by number."""
    words = signs.words
    clear = signs.is_clear_order and not signs.is_cancelling
    if signs.is_code and not clear:
        return "order" if _is_quiet_order(signs, False) and not signs.talk else "greeting_or_chatter"
    if words[Word.HELP] and not clear and not words[Word.CHAT] and signs.left <= ASIDE:
        return "help"
    if words[Word.CANCEL] and not clear and not words[Word.CHAT] and not signs.tells and signs.left <= ASIDE:
        return "cancel"
    if words[Word.STATUS] and not clear and not words[Word.CHAT] and signs.left <= ASIDE:
        return "status"
    if _asks_menu(signs) and not clear:
        return "menu"
    if clear:
        return "order"
    if signs.talk:
        return "greeting_or_chatter"
    return "order" if _is_quiet_order(signs, has_unknown_dish) else "greeting_or_chatter"


def _asks_menu(signs: Signs) -> bool:
    words = signs.words
    if words[Word.CHAT] or words[Word.PAST] or signs.tells or signs.left > _STRAY:
        return False
    about_us = signs.has_item or signs.has_merchant or signs.asks_for_wish
    if words[Word.MENU] and (about_us or signs.left <= _STRAY):
        return True
    if not about_us:
        return False
    for clause in signs.clauses:
        if clause.has_item or signs.has_merchant or signs.asks_for_wish:
            if clause.stocked and (clause.asks or signs.has_question_mark):
                return True
            if clause.asks and not clause.has_quantity and clause.left <= _STRAY:
                return True
    return False


def _is_quiet_order(signs: Signs, has_unknown_dish: bool) -> bool:
    """No talk, no verb needed: a dish by itself, or an unknown one with its measure."""
    if any(c.asks for c in signs.clauses) or (signs.has_question_mark and not signs.has_item):
        return False
    if signs.has_item:
        if any(c.is_bare and (c.vague == 0 or c.has_quantity) for c in signs.clauses):
            return signs.is_explained
        return any(c.has_item and c.has_quantity for c in signs.clauses) and signs.is_explained
    return has_unknown_dish and signs.is_explained
