"""What the READMEs and the operating guide tell people to type, set and open exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from core.settings import Settings
from main import app

HOME = Path(__file__).parents[2]
FIRST_STEPS = ["README.md", "README.zh.md", "docs/OPERATING.md"]
GUIDES = [*FIRST_STEPS, "docs/stock-sheet.md", "docs/server.md", "docs/runbook.md"]


def read(guide: str) -> str:
    return (HOME / guide).read_text(encoding="utf-8")


@pytest.mark.parametrize("guide", FIRST_STEPS)
def test_every_make_target_that_is_named_is_a_target(guide: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (HOME / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", read(guide), re.MULTILINE))
    assert named <= targets
    assert named, "a guide without a command helps nobody"


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_that_is_named_is_a_command(guide: str) -> None:
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    known |= {group.name for group in app.registered_groups if group.name}
    named = set(re.findall(r"main\.py ([a-z][a-z-]*)", read(guide))) - {"stands"}
    assert named <= known


@pytest.mark.parametrize("guide", GUIDES)
def test_every_link_and_picture_is_there(guide: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", read(guide)):
        path = target[0] or target[1]
        assert path.startswith("http") or ((HOME / guide).parent / path).is_file(), path


@pytest.mark.parametrize("guide", GUIDES)
def test_every_setting_that_is_named_can_be_set(guide: str) -> None:
    groups = "|".join(Settings.model_fields)
    for name in re.findall(rf"`((?:{groups})\.[a-z_.]+)[`:]", read(guide)):
        group: type[BaseModel] | None = Settings
        for part in name.split("."):
            assert group is not None, name
            assert part in group.model_fields, name
            inner = group.model_fields[part].annotation
            group = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
