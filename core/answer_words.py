"""Answers in words instead of by button: 1, 第二个, 好的, 算了, 三份, 12栋305."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from core.reading.quantities import whole_number
from core.wish import Ask, Question

_YES = frozenset(
    {"1", "好", "好的", "好啊", "是", "是的", "对", "对的", "嗯", "嗯嗯", "确认", "确认下单", "下单", "可以", "行"}
    | {"没错", "就这样", "ok", "okay", "yes", "y", "yep", "sure"}
)
_NEVER_MIND = frozenset(
    {"算了", "不要", "不要了", "不用", "不用了", "取消", "撤单", "不点了", "都不要", "no", "n", "never mind", "cancel"}
)
_NO = _NEVER_MIND | {"0", "2", "不", "不是", "不对"}
_NEITHER = frozenset({"都不是", "不是", "不对", "没有", "不是这个", "none", "none of them", "neither", "no"})
_DOWNSTAIRS = frozenset(
    {"楼下", "自取", "楼下自取", "下楼拿", "我下来拿", "我下楼拿", "downstairs", "pick up downstairs"}
)
_ORDINAL = re.compile(r"(?:要|选|第|the )?\s*([1-9]|[一二三四五六七八九])\s*(?:个|号|种|家|one)?(?:吧|的)?")
_COUNT = re.compile(r"(?:要|来|就|点)?\s*(\d{1,4}|[一二两三四五六七八九十百]{1,4})\s*[^\W\d_]{0,4}")
_HOME = re.compile(
    r"(?:(?:麻烦)?(?:送到?|放到?|改到|换到|改成|我?在|我?住在?|我是|房间号?|寝室号?|宿舍|房号|TO|ROOM)\s*[::是]?\s*)*"
    r"(?:(?P<building>[0-9]{1,3}|[A-Za-z]|\S{1,12}?)\s*(?:栋|号楼|幢|楼|#|-|\s)\s*)?(?P<room>[A-Za-z]?[0-9]{3,4})"
    r"\s*(?:室|寝室|寝|房间|房|号|吧)?"
)
_AGAIN = re.compile(
    r"再|又|还要|还有|另外|另|加一|多一|多来|\+\s*\d|\b(?:another|again|more|also|plus|extra|second)\b", re.IGNORECASE
)
#: Shorter words are in too many labels to choose by.
_TELLING = 2


def choice_in_words(question: Question, words: str, labels: Mapping[str, str], most: int = 20) -> int | None:
    """Which button the words stand for; None: they do not answer this question.

    `labels`: what each choice (an item, a building, an order) is called, by its value. `most`: of one dish.
    """
    said = _plain(words)
    match question.ask:
        case Ask.WITHOUT | Ask.CONFIRM:
            return 0 if said in _YES else 1 if said in _NO else None
        case Ask.ROOM | Ask.CART_ROOM:
            return 0 if said in _DOWNSTAIRS else 1 if said in _NEVER_MIND else None
        case Ask.HOME | Ask.AMEND | Ask.CART_NOTE:
            return 0 if said in _NEVER_MIND else None
        case Ask.QUANTITY:
            return 0 if said in _NEVER_MIND else _count(said, most)
    if question.ask is Ask.NEAR and said in _NEITHER:
        return len(question.choices)
    if said in _NEVER_MIND:
        return len(question.choices) + (question.ask is Ask.NEAR)
    if len(question.choices) == 1 and said in _YES:
        return 0
    return _chosen(question, said, labels)


def says_again(words: str) -> bool:
    """Whether an order says that it comes on top of what was ordered before."""
    return _AGAIN.search(words) is not None


def home_in_words(words: str) -> tuple[str, str] | None:
    """(building as said or "", room) of `12栋305`, `12-305`, `送到305`; None when it names no room."""
    found = _HOME.fullmatch(_plain(words).upper())
    return None if found is None else (found["building"] or "", found["room"])


def _chosen(question: Question, said: str, labels: Mapping[str, str]) -> int | None:
    if ordinal := _ORDINAL.fullmatch(said):
        number = whole_number(ordinal[1])
        # More choices than that have no such number; the one after the last lets it go.
        return number - 1 if number is not None and 1 <= number <= len(question.choices) else None
    named = said.removesuffix("的").removesuffix("那个").strip()
    names = [_plain(labels.get(value, value)) for value in question.choices]
    matches = [i for i, name in enumerate(names) if named == name]
    if not matches and len(named) >= _TELLING:
        matches = [i for i, name in enumerate(names) if named in name]
    return matches[0] if len(matches) == 1 else None


def _count(said: str, most: int) -> int | None:
    found = _COUNT.fullmatch(said)
    number = whole_number(found[1]) if found else None
    return number if number is not None and 1 <= number <= most else None


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words).strip().strip("。.!！~～ ").lower()
