"""What the documents and config.yaml say is so: every default, path, command, option, setting and library they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from pydantic import BaseModel

from core.settings import Settings
from main import app

HOME = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")
DOCUMENTS = (
    *READMES,
    "docs/DESIGN.md",
    "docs/OPERATING.md",
    "docs/notices.md",
    "docs/runbook.md",
    "docs/server.md",
    "docs/telegram.md",
    "docs/wechat.md",
)
#: Named in the documents as the reader's own, or as what the program writes when it runs.
NOT_OURS = {"my.yaml", "menu.yaml", "proofs/", ".venv", ".venv/bin/python"}
COMMANDS = {
    command.name or command.callback.__name__: command for command in app.registered_commands if command.callback
}

#: Commands with commands of their own, as they are typed.
INNER = {
    f"{group.name} {command.name}"
    for group in app.registered_groups
    if group.typer_instance
    for command in group.typer_instance.registered_commands
}


def read(name: str) -> str:
    return (HOME / name).read_text(encoding="utf-8")


def code_of(name: str) -> list[str]:
    """Everything a document sets in code: what stands between backticks, and the lines of its blocks."""
    text = read(name)
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [*spans, *(line for block in blocks for line in block.splitlines())]


# config.yaml -----------------------------------------------------------------------------------


def settings_of(group: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every setting there is."""
    for name, field in group.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from settings_of(inner, (*path, name))
        else:
            yield (*path, name)


def lines_of_config() -> dict[tuple[str, ...], str]:
    """Path of each setting in config.yaml → its line."""
    found, path = dict[tuple[str, ...], str](), list[str]()
    lines = read("config.yaml").splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if named := re.match(r"( *)(\w+):(.*)", line):
            path[len(named[1]) // 2 :] = [named[2]]
            # A list may stand below its name, one entry a line.
            if named[3].split("#")[0].strip() or following.lstrip().startswith("- "):
                found[tuple(path)] = line
    return found


def without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_secrets(inner) for name, inner in value.items()}
    return "" if isinstance(value, str) and value.startswith("env:") else value


def test_config_holds_every_setting_with_its_default_and_nothing_else() -> None:
    written = Settings.model_validate(without_secrets(yaml.safe_load(read("config.yaml"))))
    assert written.model_dump() == Settings().model_dump()
    assert set(lines_of_config()) == set(settings_of(Settings))


def test_config_says_of_every_setting_what_it_is() -> None:
    assert [".".join(path) for path, line in lines_of_config().items() if not re.search(r"# \S", line)] == []


def test_secrets_are_never_written_into_config() -> None:
    secret = [path for path in lines_of_config() if path[-1] in ("token", "admin_token", "secret")]
    assert secret
    assert [path for path in secret if "env:" not in lines_of_config()[path]] == []


def test_every_setting_does_something() -> None:
    rooms = ("bot", "watch", "sync", "service")
    code = "\n".join(path.read_text(encoding="utf-8") for room in rooms for path in (HOME / room).rglob("*.py"))
    rules = read("core/watch_settings.py").partition("def health_rules")[2]  # hands its fields on to the rules
    unused = [".".join(path) for path in settings_of(Settings) if not re.search(rf"\.{path[-1]}\b", code + rules)]
    assert unused == []


# Paths, commands, settings ---------------------------------------------------------------------


def paths_in(document: str) -> set[str]:
    """What a document names as a path of this repository."""
    rooms = {entry.name for entry in HOME.iterdir() if entry.is_dir()}
    links = re.findall(r"\]\(([^)#]+)\)", read(document))
    words = [word.strip("`,;()") for code in code_of(document) for word in code.split()]
    named = {
        word
        for word in words
        if re.fullmatch(r"[\w.\-]+(/[\w.\-]*)*", word)
        and ((word.partition("/")[0] in rooms and "/" in word) or re.search(r"\.(py|md|yaml|txt|in|sh)$", word))
    }
    return {path for path in {*links, *named} if not path.startswith(("http", "data/", "/"))} - NOT_OURS


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_a_document_names_exists(document: str) -> None:
    found = paths_in(document)
    assert found
    places = (HOME, (HOME / document).parent)
    assert [path for path in sorted(found) if not any((place / path).exists() for place in places)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_and_command_a_document_names_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    code = "\n".join(code_of(document))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", code)) <= targets
    groups = {name.split()[0] for name in INNER}
    assert set(re.findall(r"main\.py ([a-z][a-z-]*)", code)) <= set(COMMANDS) | groups
    assert set(re.findall(rf"main\.py ((?:{'|'.join(groups)}) [a-z-]+)", code)) <= INNER


def test_make_help_names_what_there_is_to_make() -> None:
    makefile = read("Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) - {"help", "setup-dev", "browser"}
    assert set(re.findall(r"make ([a-z-]+) ", makefile)) >= targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_option_a_document_names_is_one(document: str) -> None:
    group = typer.main.get_command(app)
    known = {
        option
        for command in group.commands.values()  # type: ignore[attr-defined]
        for parameter in command.params
        for option in parameter.opts
    } | {"--help"}
    # Other programs' options stand in lines that call other programs.
    others = ("mypy", "--store", "sudo ")
    lines = [line for line in code_of(document) if "-m drills" not in line and not line.startswith(others)]
    assert {option for line in lines for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", line)} <= known


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_and_variable_a_document_names_exists(document: str) -> None:
    groups = set(Settings.model_fields)
    known = {".".join(path[:depth]) for path in settings_of(Settings) for depth in range(1, len(path) + 1)}
    # A dictionary's own names are the operator's.
    named = {word.rstrip(":") for code in code_of(document) for word in re.findall(r"\b[a-z_]+(?:\.[a-z_]+)+\b", code)}
    files = {path.name for path in HOME.rglob("*.py") if ".venv" not in path.parts}
    assert [n for n in sorted(named) if n.partition(".")[0] in groups and n not in known | files] == []
    variables = {f"FALLBACK_{'__'.join(path).upper()}" for path in settings_of(Settings)}
    variables |= set(re.findall(r"env:(FALLBACK_\w+)", read("config.yaml")))
    assert set(re.findall(r"FALLBACK_\w*[A-Z]", "\n".join(code_of(document)))) <= variables


def test_both_readmes_name_the_same_things() -> None:
    english, chinese = (
        {
            word
            for code in code_of(name)
            for word in re.findall(r"make [a-z]+|main\.py [a-z-]+|--[a-z]+|[a-z_]+\.[a-z_]+", code)
        }
        for name in READMES
    )
    assert english == chinese
    assert paths_in("README.md") - {"README.zh.md"} == paths_in("README.zh.md") - {"README.md"}


def test_every_command_stands_in_the_operators_book() -> None:
    told = read("docs/OPERATING.md") + read("README.md")
    assert [name for name in COMMANDS if not re.search(rf"(main\.py|make) {name}\b", told)] == []


# Libraries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("listed", ["requirements.in", "requirements-dev.in"])
def test_every_library_is_listed_in_the_design_with_its_reason(listed: str) -> None:
    table = read("docs/DESIGN.md").partition("## Libraries")[2]
    names = {re.split(r"[\[<>=~! ]", line)[0] for line in read(listed).splitlines() if line and line[0] not in "#-"}
    assert names
    assert [name for name in sorted(names) if not re.search(rf"\b{re.escape(name)}\b", table, re.IGNORECASE)] == []
