"""English dishes the menu does not know, told by what they are: a fish burger where the menu has other burgers."""

from __future__ import annotations

from typing import Final

from core.reading.options import english_forms
from core.reading.tokens import Kind, Token

#: how names of dishes end
_DISHES: Final = """
    burger cheeseburger hamburger sandwich wrap salad soup pizza pasta spaghetti lasagna taco burrito noodles noodle
    ramen pho rice sushi roll fries wings nuggets chicken beef pork steak fish shrimp lobster salmon tuna bagel
    muffin croissant donut doughnut cookie cake pie brownie pancake waffle toast bread coffee latte mocha espresso
    cappuccino tea chai juice soda cola lemonade smoothie milkshake shake milk water beer yogurt dumpling dumplings
    curry stew chili omelette kebab falafel gyro sub panini quesadilla nachos churro pretzel popcorn chips chocolate
    dog bowl dish combo meal sundae
"""
DISHES: Final = frozenset(_DISHES.split())
#: what dishes are made of: before the name of a dish it makes another one
_MADE_OF: Final = """
    crab turkey lamb duck goat veggie vegan tofu matcha lemon lime orange mango banana strawberry blueberry
    raspberry peach apple cherry pear grape melon caesar greek garden pepperoni hawaiian margherita mushroom garlic
    teriyaki caramel pumpkin hazelnut coconut almond peanut ginger oolong jasmine avocado spinach potato tomato corn
    bean eel squid oyster
"""
_INGREDIENTS: Final = DISHES | frozenset(_MADE_OF.split())
#: words of one name
_LONGEST: Final = 3


def with_whole_names(plain: str, tokens: list[Token]) -> list[Token]:
    """Unknown words that stand together joined; one an ingredient ends takes the dish behind it along."""
    found: list[Token] = []
    for token in tokens:
        last = found[-1] if found else None
        if last is not None and last.kind is Kind.LEFT and _goes_on(plain, last, token):
            if token.kind is not Kind.LEFT:
                last.kind, last.entry, last.words = Kind.LEFT, None, ()
            last.end = token.end
        else:
            found.append(token)
    return found


def is_dish(name: str) -> bool:
    """Whether an unknown name ends like a dish."""
    return _is_one_of(name.rpartition(" ")[2], DISHES)


def _goes_on(plain: str, last: Token, token: Token) -> bool:
    if plain[last.end : token.start] != " ":
        return False
    said = plain[last.start : last.end]
    if token.kind is Kind.LEFT:
        return said.count(" ") + 1 < _LONGEST
    entry = token.entry
    is_name = entry is not None and bool(entry.items or entry.part_of) and not entry.senses
    return is_name and _is_one_of(said.rpartition(" ")[2], _INGREDIENTS)


def _is_one_of(word: str, known: frozenset[str]) -> bool:
    return word in known or any(form in known for form in english_forms(word))
