"""Every pattern that people's words are held against ends on texts made to hurt it: else one line stops all."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
#: What people type. A few characters of it, again and again, hurt a pattern that can cut a text in many ways.
SAID = """收款 12-001和12-002|received #12-001, 7|已付 #12-001：4200001234|送达 047 12-048|取 3楼|队列 12栋
问题 12-047 没人接|接单 12-001、12-002|拒单 12-001 没米了|取消 #12-047|停售 红烧肉，排骨|库存 红烧肉 20
/captain 12|接班：123456|/quiet 12 on|1. 张三 305 红烧肉x2 不辣|张三：同上 (305)|再来2份，12栋305
换成大杯 2+1份|12:05 张三: +1|A座-3-12 room 305|@bot a.b，c、d；e"""


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every pattern for texts that a module of the desks or the rules holds."""
    for folder in ("bot/desks", "core"):
        for path in sorted((HOUSE / folder).rglob("*.py")):
            module = ".".join(path.relative_to(HOUSE).with_suffix("").parts)
            for name, held in vars(importlib.import_module(module)).items():
                if isinstance(held, re.Pattern) and isinstance(held.pattern, str):
                    yield f"{module}.{name}", held


def hostile(length: int) -> Iterator[str]:
    """Beginnings of what people say, with a few characters again and again behind, and an end that fits nothing."""
    for words in re.split("[|\n]", SAID):
        for start in range(len(words)):
            for end in range(start + 1, min(start + 8, len(words)) + 1):
                yield (words[:start] + words[start:end] * length)[: length - 1] + "!"


# A search begins at every character: half the length costs as much, and shows a pattern that never ends as well.
@pytest.mark.timeout(60)
@pytest.mark.parametrize(("name", "length"), [("fullmatch", 200), ("search", 100)])
def test_every_pattern_ends_on_texts_that_repeat_themselves(name: str, length: int) -> None:
    held = [pattern for _, pattern in patterns()]
    assert len(held) > 50
    for words in hostile(length):
        for pattern in held:
            getattr(pattern, name)(words)
