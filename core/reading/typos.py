"""Finds the name that was meant by a misspelt one, and refuses look-alikes: 黄门鸡 is 黄焖鸡, 黄焖鸭 is not."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from typing import Final

from rapidfuzz.distance import OSA

from core.reading.measures import DISTINCTIVE
from core.reading.sounds import ears, sound_alike
from core.reading.text import is_cjk

#: Characters of fish, birds, meat (腩, 腱) and shellfish (蛤, 蛏) as Unicode lists them: rare in talk, common on menus.
_FOODS: Final = (("鱼", "鳤"), ("鸟", "鹴"), ("肉", "臢"), ("虫", "蠾"))
#: GB 2312 lists the 3,755 common characters first
_COMMON_END: Final = "座".encode("gb2312")
_LONGEST: Final = 16  # characters; a longer fragment is a sentence, not a misspelt name
_WISH_LENGTHS: Final = range(2, 5)
_WORD_TYPO_FROM: Final = 5  # letters: shorter English words are each other's typos
_WORD_SHORT_FROM: Final = 4
_TWO_TYPOS_FROM: Final = 9


class TypoIndex:
    """Names by how they sound and by what is left when one character is lost."""

    def __init__(self, names: dict[str, tuple[int, ...]], words: Iterable[str], wishes: Iterable[str]) -> None:
        """`names`: spelling → items; `words`: the Latin words of the menu; `wishes`: its options as they are said."""
        self._names = names
        self._by_ear: dict[str, list[str]] = defaultdict(list)
        self._by_loss: dict[str, list[str]] = defaultdict(list)
        self._words_by_loss: dict[str, list[str]] = defaultdict(list)
        self._wishes_by_ear: dict[str, list[str]] = defaultdict(list)
        for wish in wishes:
            if len(wish) in _WISH_LENGTHS and all(map(is_cjk, wish)):
                self._wishes_by_ear[ears(wish)].append(wish)
        self._words = frozenset(words)
        self._sorted_words = sorted(self._words)
        for name in names:
            if 1 < len(name) <= _LONGEST and any(map(is_cjk, name)):
                self._by_ear[ears(name)].append(name)
                if len(name) > 2:
                    for shorter in _losses(name):
                        self._by_loss[shorter].append(name)
        for word in self._words:
            if len(word) >= _WORD_TYPO_FROM:
                for shorter in (word, *_losses(word)):
                    self._words_by_loss[shorter].append(word)

    def name_for(self, fragment: str) -> tuple[int, ...]:
        """The items a misspelt Chinese name stands for; several when it cannot be told, none when it is no typo."""
        if not 1 < len(fragment) <= _LONGEST:
            return ()
        heard = [name for name in self._by_ear.get(ears(fragment), ()) if _looks_like(fragment, name)]
        if heard:
            return self._items(heard)
        if len(fragment) < 3:
            return ()
        close = {n for key in (fragment, *_losses(fragment)) for n in self._by_loss.get(key, ())}
        close |= {n for key in _losses(fragment) for n in (key,) if n in self._names}
        return self._items(sorted(n for n in close if _is_slip(fragment, n)))

    def wish_for(self, fragment: str) -> str | None:
        """The option, or what one is about, that a misspelt one sounds like; None when several do."""
        if len(fragment) not in _WISH_LENGTHS:
            return None
        heard = [w for w in self._wishes_by_ear.get(ears(fragment), ()) if w != fragment and _looks_like(fragment, w)]
        return heard[0] if len(heard) == 1 else None

    def word_for(self, word: str) -> str | None:
        """The Latin menu word a misspelt one stands for; None when none or several do."""
        if len(word) < _WORD_SHORT_FROM or word in self._words:
            return None
        if len(word) < _WORD_TYPO_FROM:
            longer = [known for known in self._words_by_loss.get(word, ()) if known[0] == word[0] and known != word]
            return longer[0] if len(longer) == 1 else self._completed(word)
        allowed = 2 if len(word) >= _TWO_TYPOS_FROM else 1
        close = {known for key in (word, *_losses(word)) for known in self._words_by_loss.get(key, ())}
        near = sorted((OSA.distance(word, known, score_cutoff=allowed), known) for known in close)
        near = [pair for pair in near if pair[0] <= allowed and pair[1][0] == word[0]]
        if near:
            tied = [known for distance, known in near if distance == near[0][0]]
            shortest = min(tied, key=len)  # latte and lattes are one word
            return shortest if all(known.startswith(shortest) for known in tied) else None
        return self._completed(word)

    def _completed(self, word: str) -> str | None:
        """mayo for mayonnaise, where only one word (or its plural) begins so."""
        at = bisect_left(self._sorted_words, word)
        first = self._sorted_words[at] if at < len(self._sorted_words) else ""
        if not first.startswith(word):
            return None
        others = takewhile(lambda known: known.startswith(word), islice(self._sorted_words, at + 1, None))
        return first if all(known.startswith(first) for known in others) else None

    def _items(self, names: list[str]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(place for name in names for place in self._names[name]))


def _looks_like(typed: str, name: str) -> bool:
    """Sound alone is not enough: 味浓 is not 卫龙. A third of the characters, at least one, are right."""
    same = sum(a == b for a, b in zip(typed, name, strict=False))
    return same * 3 >= len(name)


def _losses(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(len(word)))


def _is_slip(typed: str, name: str) -> bool:
    """One slip of the finger, not another dish: a character lost, doubled, swapped, or one that sounds alike."""
    if len(typed) == len(name):
        differing = [i for i in range(len(name)) if typed[i] != name[i]]
        if len(differing) == 2 and differing[1] == differing[0] + 1:
            i, j = differing
            return typed[i] == name[j] and typed[j] == name[i]
        if len(differing) == 1 and _is_rare(typed[differing[0]]):
            return True
        return all(sound_alike(typed[i], name[i]) for i in differing)
    if len(typed) == len(name) - 1:  # a lost character; a lost head noun would make it another dish
        return len(typed) >= 3 and typed[-1] == name[-1] and not _lost_characters(name, typed) <= DISTINCTIVE
    doubled = [i for i in range(1, len(typed)) if typed[i] == typed[i - 1]]
    return any(typed[:i] + typed[i + 1 :] == name for i in doubled)


def _is_rare(char: str) -> bool:
    """奶荼: a character hardly anybody writes was picked by eye. What dishes are made of may be rare, and is meant."""
    if any(first <= char <= last for first, last in _FOODS):
        return False
    try:
        return char.encode("gb2312") > _COMMON_END
    except UnicodeEncodeError:
        return True


def _lost_characters(name: str, typed: str) -> frozenset[str]:
    """The characters whose loss makes the one spelling the other; one, or none when no single loss does."""
    return frozenset(name[i] for i in range(len(name)) if name[:i] + name[i + 1 :] == typed)
