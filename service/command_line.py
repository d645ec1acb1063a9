"""What commands begin and end with: the settings, a report for people or scripts, or one clear line and a code."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import FallbackError, InvalidSettings
from core.settings import Settings
from service.settings_file import load_settings, load_store

Config = Annotated[Path | None, typer.Option("--config", help="Settings file; default: config.yaml if it is there.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line, for scripts.")]

USAGE = 2
FAILED = 1


def settings_of(config: Path | None) -> Settings:
    """The settings in that file; None: in config.yaml, if there is one. Raises: InvalidSettings."""
    return load_settings(config or _default())


def store_of(config: Path | None) -> Path:
    """Where the store lies by that file; nothing else of it has to be in order. Raises: InvalidSettings."""
    return load_store(config or _default()).path


def _default() -> Path | None:
    default = Path("config.yaml")
    return default if default.is_file() else None


def show(report: Any, as_json: bool, words: str) -> None:
    """The report as one line of JSON, or the words for people."""
    typer.echo(json.dumps(report, ensure_ascii=False) if as_json else words)


def run_commands(app: Callable[[], Any]) -> None:
    """Runs one command; a mistake is one clear line, never a stack trace."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # What we say is Chinese as often as not, whatever locale a service manager starts us in.
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except InvalidSettings as mistakes:
        for mistake in mistakes.mistakes:
            typer.echo(f"config: {mistake}", err=True)
        typer.echo(mistakes.hint, err=True)
        sys.exit(USAGE)
    except FallbackError as problem:
        typer.echo(f"{problem} {problem.hint}".strip(), err=True)
        sys.exit(FAILED)
    except OSError as problem:  # a file that is not there, a pipe nobody reads any more
        typer.echo(f"{problem.filename or 'output'}: {problem.strerror or problem}.", err=True)
        sys.exit(FAILED)
