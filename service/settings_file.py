"""Reads config.yaml and the environment into settings, or names every mistake at once."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from core.errors import InvalidSettings
from core.settings import Settings, StoreSettings
from core.settings_group import Group
from service.environment import NESTED, PREFIX, unread_variables

#: A value `env:NAME` in the file stands for the environment variable NAME: secrets stay out of files.
_ENV = "env:"
_SECRETS = ("token", "secret", "aes_key", "credentials", "password")

_T = TypeVar("_T", bound=Group)


def load_settings(path: Path | None) -> Settings:
    """The settings of `path` (None: defaults), overridden by `FALLBACK_…` variables.

    Raises: InvalidSettings with one line per mistake: path, value, what is wrong, what to write.
    """
    written = _written(path)
    return _load(Settings, written, file=written)


def load_store(path: Path | None) -> StoreSettings:
    """The store's settings alone: whoever copies it at night needs none of the service's secrets.

    Raises: InvalidSettings about these, or about a variable that nobody reads: it may be a misspelt `store.path`.
    """
    written = _written(path)
    return _load(_StoreAlone, {"store": written["store"]} if "store" in written else {}, file=written).store


class _StoreAlone(Group):
    store: StoreSettings = StoreSettings()


def _load(shape: type[_T], written: dict[str, Any], *, file: Mapping[str, Any]) -> _T:
    """`file`: all of it, for the variables it names."""
    mistakes: list[str] = []
    settings = None
    try:
        settings = _with_environment(shape, _resolve(written))()
    except ValidationError as invalid:
        mistakes = [_line(mistake) for mistake in invalid.errors()]
    except SettingsError as unreadable:
        mistakes = [_no_json(unreadable)]
    mistakes += unread_variables(os.environ, frozenset(_referenced(file)))
    if settings is None or mistakes:
        raise InvalidSettings(mistakes)
    return settings


def _written(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    if not path.is_file():
        raise InvalidSettings([f"{path}: there is no such file; copy config.yaml from the repository"])
    try:
        written = yaml.safe_load(path.read_bytes())
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise InvalidSettings([f"{path}: {place}{problem.problem}"]) from None
    except (yaml.YAMLError, ValueError, OSError) as problem:
        raise InvalidSettings([f"{path}: {' '.join(str(problem).split())}"]) from None
    if written is None:
        return {}
    if not isinstance(written, dict) or not all(isinstance(name, str) for name in written):
        raise InvalidSettings([f"{path}: groups of settings are expected, such as `web:`; compare it with config.yaml"])
    return written


def _with_environment(shape: type[_T], written: dict[str, Any]) -> type[_T]:
    class FromFile(shape, BaseSettings):  # type: ignore[valid-type, misc]
        model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=NESTED)

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return env_settings, InitSettingsSource(settings_cls, written)

    return FromFile


def _resolve(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _resolve(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolve(inner) for inner in value]
    if isinstance(value, str) and value.startswith(_ENV):
        # An unset secret reads as empty: `check` and the part that needs it say what is missing and why.
        return os.environ.get(value.removeprefix(_ENV), "")
    return value


def _referenced(value: Any) -> Iterator[str]:
    """Every NAME the file takes a value from."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _referenced(inner)
    elif isinstance(value, str) and value.startswith(_ENV):
        yield value.removeprefix(_ENV)


def _no_json(unreadable: SettingsError) -> str:
    """A variable that holds a list or a whole group and cannot be read; pydantic names only the group."""
    group = re.search(r'field "(\w+)"', str(unreadable))
    start = f"{PREFIX}{group[1].upper()}" if group else PREFIX
    names = [name for name in os.environ if name.upper() == start or name.upper().startswith(f"{start}{NESTED}")]
    wanted = 'lists and groups are written as JSON, such as ["web:anna"]'
    return f"{', '.join(names) or start}: {wanted}: {unreadable.__cause__}"


def _line(mistake: ErrorDetails) -> str:
    path = ".".join(str(part) for part in mistake["loc"])
    remedy = mistake["msg"].removeprefix("Value error, ")
    if mistake["type"] == "extra_forbidden":
        remedy = f"there is no such setting{_nearest(mistake['loc'])}"
    # A misspelt token is a token too.
    is_secret = any(secret in path or secret in remedy for secret in _SECRETS)
    return f"{path}: {'(hidden)' if is_secret else repr(mistake['input'])[:80]}: {remedy}"


def _nearest(loc: tuple[int | str, ...]) -> str:
    names = list(_names(Settings, loc[:-1]))
    near = difflib.get_close_matches(str(loc[-1]), names, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known here: {', '.join(names)}"


def _names(group: type[BaseModel], loc: tuple[int | str, ...]) -> Iterator[str]:
    for part in loc:
        if isinstance(part, str) and part in group.model_fields:
            annotation = group.model_fields[part].annotation
            # A list of groups is a tuple of them in the settings.
            inner = [a for a in (annotation, *get_args(annotation)) if isinstance(a, type) and issubclass(a, BaseModel)]
            if not inner:
                return
            group = inner[0]
    yield from group.model_fields
