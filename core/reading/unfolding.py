"""Phrases that read like an option but name an item: 换成雪碧, 加米饭 where nothing ordered can have them."""

from __future__ import annotations

from typing import Final

from core.reading.bits import Bit, Role
from core.reading.lexicon import Word
from core.reading.menu_index import MenuIndex


def unfolded(bits: list[Bit], index: MenuIndex) -> list[Bit]:
    """换成雪碧 or 加米饭 where nothing ordered has such an option: the verb and the item it names."""
    if not any(bit.surface for bit in bits):
        return bits
    hosts = [b for b in bits if b.role in (Role.ITEM, Role.VAGUE)]
    found: list[Bit] = []
    for bit in bits:
        is_kept = bit.role is not Role.OPTION or not bit.surface or _has_taker(bit, hosts, index)
        said = None if is_kept else _verb_and_item(bit, index)
        found.extend(said or [bit])
    return found


def _has_taker(bit: Bit, hosts: list[Bit], index: MenuIndex) -> bool:
    return any(index.option_for(index.items[place], bit.senses) for host in hosts for place in host.items)


_VERBS: Final = {
    "换成": Word.SWAP, "改成": Word.SWAP, "换": Word.SWAP, "改": Word.SWAP, "不要": Word.DROP, "去掉": Word.DROP,
    "加个": Word.WANT, "加份": Word.WANT, "加一份": Word.WANT, "加一个": Word.WANT, "加": Word.WANT, "配": Word.WANT,
    "多加": Word.WANT, "外加": Word.WANT, "放": Word.WANT,
}  # fmt: skip


def _verb_and_item(bit: Bit, index: MenuIndex) -> list[Bit] | None:
    for verb, word in _VERBS.items():
        rest = bit.surface[len(verb) :]
        entry = index.vocabulary.get(rest) if rest and bit.surface.startswith(verb) else None
        if entry is not None and entry.items:
            doer = Bit(Role.WORD, bit.start, bit.end - len(rest), (word,) if word is not Word.DROP else (word, Word.NO))
            item = Bit(Role.ITEM, bit.end - len(rest), bit.end)
            item.items = entry.items
            return [doer, item]
    return None
