"""The ways an option is asked for: 不要香菜 is also 别放香菜, 免香菜, 香菜不要. The language, not a menu."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from core.reading.lexicon import Word

#: what opens an option's name, longest first, and what it does to the thing named after it
_PREFIXES: Final = (
    ("without ", Word.NO), ("no ", Word.NO), ("extra ", Word.MORE), ("light ", Word.LESS), ("add ", Word.ADD),
    ("不要", Word.NO), ("不放", Word.NO), ("不加", Word.NO), ("别放", Word.NO), ("免", Word.NO), ("去", Word.NO),
    ("走", Word.NO), ("无", Word.NO), ("不", Word.NO),
    ("多放", Word.MORE), ("多加", Word.MORE), ("多", Word.MORE),
    ("少放", Word.LESS), ("少加", Word.LESS), ("少", Word.LESS),
    ("加", Word.ADD), ("换成", Word.SWAP), ("换", Word.SWAP), ("配", Word.SWAP),
)  # fmt: skip
_PHRASINGS: Final[dict[Word, str]] = {
    Word.NO: (
        "不要{} 不放{} 别放{} 不加{} 别加{} 免{} 去{} 走{} 勿放{} 不用{} 不用放{} 不吃{} 不要放{} "
        "不要加{} 别{} 无{} 不{} {}不要 {}别放 {}不放 {}免了 {}去掉 {}别加 {}不加 {}免 千万别放{} "
        "一点{}都不要 不要一点{} 莫放{} 不要{}了 甭放{} 没{}"
    ),
    Word.MORE: (
        "多{} 多放{} 多加{} 多要{} 多点{} 多来点{} 多放点{} 多加点{} {}多点 {}多一点 {}多放 {}多放点 "
        "{}多加点 {}多些 {}要多 多一点{} 多多的{} {}多来点 {}多多 {}加倍 {}多"
    ),
    Word.LESS: (
        "少{} 少放{} 少加{} 少点{} 少来点{} 少放点{} 少加点{} {}少点 {}少一点 {}少放 {}少放点 {}少些 "
        "{}少加点 {}要少 少一点{} 少要{} {}少来点 少一些{} 少许{} {}少"
    ),
    Word.ADD: (
        "加{} 加个{} 加份{} 加点{} 加一份{} 加一个{} 加1份{} 加1个{} 多加{} 多加份{} 多加个{} "
        "多加一份{} 多加一个{} 加根{} 加一根{} 加片{} 加一片{} 加颗{} 加勺{} 加块{} 加上{} 要加{} "
        "添{} 放{} 加包{} 加些{} 外加{} 额外加{}"
    ),
    Word.SWAP: ("换{} 换成{} 改{} 改成{} 配{}"),
}
#: wishes every kitchen knows by several names; an option called by one of a row is called by all
_SAME_WISH: Final = tuple(
    tuple(row.split())
    for row in """
        不辣 不要辣 免辣 不放辣 不放辣椒 不要辣椒 别放辣 别放辣椒 去辣 无辣 不吃辣 一点辣都不要 \
        不能吃辣 不加辣 零辣 0辣 别辣 不要放辣 不要放辣椒 不辣的 吃不了辣 走辣
        微辣 小辣 微微辣 少辣 一点点辣 一点辣 轻辣 稍微辣 稍辣 少放辣 微微微辣 有一点辣 少放点辣 \
        辣一点点 稍微辣一点 一丢丢辣 微微的辣 微微辣的 少放辣椒 微辣的 不要太辣 别太辣 不太辣 不要那么辣
        中辣 正常辣 普通辣 中等辣 中辣的
        特辣 重辣 超辣 爆辣 变态辣 狠辣 大辣 超级辣 最辣 特别辣 巨辣 特辣的 辣死我
        去冰 不要冰 不加冰 免冰 走冰 无冰 不放冰 不要冰块 去冰块 别放冰 别加冰 不加冰块 不要加冰 \
        去掉冰 去冰的 冰不要
        少冰 少放冰 少加冰 冰少点 少点冰 少冰块 少放点冰 冰少一点 少一点冰 少冰的
        正常冰 标准冰 普通冰 冰正常 全冰 加冰 多冰 多加冰 正常加冰
        热 热的 热饮 做热 温热 热乎的 要热 做成热的 做热的 加热
        温 温的 温热 温饮
        常温 常温的 不冰 不冰的 不要冰的 室温
        全糖 正常糖 标准糖 十分糖 10分糖 正常甜 标准甜 糖正常
        七分糖 7分糖 少糖 七分甜 7分甜 少甜 糖少点 少放糖 少加糖 七成糖
        五分糖 5分糖 半糖 五分甜 5分甜 半甜 一半糖 五成糖
        三分糖 3分糖 微糖 三分甜 3分甜 微甜 三成糖
        不加糖 无糖 不要糖 零糖 0糖 不放糖 免糖 不甜 去糖 0分糖 零分糖 不另外加糖 走糖 别放糖 别加糖
        大份 大的 大份的 加大
        小份 小的 小份的 小份儿
        中份 中的 中份的
        大杯 大杯的 large
        热的 热 做热 hot
        小杯 小杯的 small
        中杯 中杯的 medium
        少油 油少点 少放油 油少一点 少放点油 清淡 少点油
        少盐 淡一点 清淡点 淡点 盐少点 少放盐 少放点盐 别太咸 不要太咸 口味淡点 清淡一点 少点盐
        no ice without
    """.strip().splitlines()
)
#: `lunch size` is also called `lunch`
_KIND_WORDS: Final = frozenset(("size", "sized", "style", "flavor", "flavour", "roast"))
_SHORT: Final = {
    "medium": ("med", "md"),
    "large": ("lg", "lrg", "big"),
    "small": ("sm",),
    "extra large": ("xl", "x large"),
}
_DIGIT_OF: Final = str.maketrans("零一二三四五六七八九", "0123456789")
_NUMERAL_OF: Final = str.maketrans("0123456789", "零一二三四五六七八九")
#: how sure a way of saying is: the catalog's own name, its aliases, our rephrasing, our equivalents
BY_NAME, BY_ALIAS, BY_PHRASING, BY_EQUIVALENT = range(4)


@lru_cache(maxsize=8192)
def split_modifier(surface: str) -> tuple[Word | None, str]:
    """`不要香菜` → (NO, 香菜); (None, surface) when it names a thing or quality as such."""
    for prefix, modifier in _PREFIXES:
        if surface.startswith(prefix) and len(surface) > len(prefix):
            return modifier, surface[len(prefix) :]
    return None, surface


def phrasings(surface: str) -> Iterator[tuple[str, int]]:
    """Other ways to say an option, each with how sure it is. `surface` is in plain spelling."""
    for row in _SAME_WISH:
        if surface in row:
            yield from ((other, BY_EQUIVALENT) for other in row if other != surface)
    for twin in (surface.translate(_DIGIT_OF), surface.translate(_NUMERAL_OF)):
        if twin != surface:
            yield twin, BY_PHRASING
    modifier, core = split_modifier(surface)
    if surface.isascii():
        yield from ((short, BY_EQUIVALENT) for short in _SHORT.get(surface, ()))
        last = surface.rpartition(" ")
        if last[0] and last[2] in _KIND_WORDS:
            yield last[0], BY_EQUIVALENT
        return
    if modifier is Word.ADD:  # 辣酱多放点, where the menu only knows 加辣酱
        for pattern in ("多放{}", "多放点{}", "{}多放点", "{}多点", "多来点{}", "{}多放", "多{}", "{}多一点", "{}多些"):
            yield pattern.replace("{}", core), BY_EQUIVALENT
    if modifier is not None and not (modifier is Word.NO and len(core) < 1):
        for pattern in _PHRASINGS[modifier].split():
            phrase = pattern.replace("{}", core)
            if len(phrase) > 1:
                yield phrase, BY_PHRASING
    elif surface.endswith("味") and len(surface) > 2:
        yield from ((surface[:-1], BY_EQUIVALENT), (surface[:-1] + "口味", BY_PHRASING))
    elif surface.endswith("的") and len(surface) > 2:
        yield surface[:-1], BY_PHRASING


def english_forms(surface: str) -> Iterator[str]:
    """Plural, singular and joined spellings of an English name."""
    if not surface.isascii() or len(surface) < 3 or not surface[-1].isalpha():
        return
    if surface.endswith("ies"):
        yield surface[:-3] + "y"
    elif surface.endswith(("ses", "xes", "ches", "shes", "oes")):
        yield surface[:-2]
    elif surface.endswith("s") and not surface.endswith("ss"):
        yield surface[:-1]
    elif surface.endswith("y") and surface[-2] not in "aeiou":
        yield surface[:-1] + "ies"
    elif surface.endswith(("s", "x", "ch", "sh", "o")):
        yield surface + "es"
        if surface.endswith("o"):  # tacos, but tomatoes
            yield surface + "s"
    else:
        yield surface + "s"
    if " and " in surface:
        yield surface.replace(" and ", " ")
