"""Reads config.yaml and the environment into settings, or names every mistake at once."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource
from pydantic_settings.exceptions import SettingsError
from yaml import YAMLError

from core.errors import InvalidSettings
from core.settings import Settings

#: A value `env:NAME` in the file stands for the environment variable NAME: secrets stay out of files.
_ENV = "env:"
_SECRETS = ("token", "secret", "aes_key", "credentials")


def load_settings(path: Path | None) -> Settings:
    """The settings of `path` (None: defaults), overridden by `FALLBACK_…` variables.

    Raises: InvalidSettings with one line per mistake: path, value, what is wrong, what to write.
    """
    if path is not None and not path.is_file():
        raise InvalidSettings([f"{path}: there is no such file; copy config.yaml from the repository"])

    class FromFile(Settings, BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix="FALLBACK_", env_nested_delimiter="__", yaml_file=path, yaml_file_encoding="utf-8"
        )

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return env_settings, _YamlFile(settings_cls)

    try:
        return FromFile()
    except ValidationError as mistakes:
        raise InvalidSettings([_line(mistake) for mistake in mistakes.errors()]) from None
    except (SettingsError, YAMLError, UnicodeDecodeError) as mistake:
        raise InvalidSettings([f"{path or 'environment'}: {' '.join(str(mistake).split())}"]) from None


class _YamlFile(YamlConfigSettingsSource):
    """The file, with every `env:NAME` replaced by what the environment says."""

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = _resolve(super().__call__())
        return found


def _resolve(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _resolve(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolve(inner) for inner in value]
    if isinstance(value, str) and value.startswith(_ENV):
        # An unset secret reads as empty: `check` and the part that needs it say what is missing and why.
        return os.environ.get(value.removeprefix(_ENV), "")
    return value


def _line(mistake: ErrorDetails) -> str:
    path = ".".join(str(part) for part in mistake["loc"])
    shown = "(hidden)" if any(secret in path for secret in _SECRETS) else repr(mistake["input"])[:80]
    if mistake["type"] == "extra_forbidden":
        return f"{path}: {shown}: there is no such setting{_nearest(mistake['loc'])}"
    return f"{path}: {shown}: {mistake['msg'].removeprefix('Value error, ')}"


def _nearest(loc: tuple[int | str, ...]) -> str:
    names = list(_names(Settings, loc[:-1]))
    near = difflib.get_close_matches(str(loc[-1]), names, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known here: {', '.join(names)}"


def _names(group: type[BaseModel], loc: tuple[int | str, ...]) -> Iterator[str]:
    for part in loc:
        field = group.model_fields.get(str(part))
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return
        group = field.annotation
    yield from group.model_fields
