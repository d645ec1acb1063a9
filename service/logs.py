"""Structured logs on stderr: one JSON object a line for machines, short lines for a person at a terminal."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO, cast

import structlog


def speak_plainly() -> None:
    """Sets the format up. What is logged carries ids of rows, never names, rooms or texts of people."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Lossy(sys.stderr))),
    )
    handler = logging.StreamHandler(cast(TextIO, _Lossy(sys.stderr)))
    handler.setFormatter(_Line(renderer))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class _Line(logging.Formatter):
    """What a library logs, in the same form as what we log."""

    def __init__(self, renderer: structlog.typing.Processor) -> None:
        super().__init__()
        self._renderer = renderer

    def format(self, record: logging.LogRecord) -> str:
        """One line, a traceback inside it."""
        event = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return str(self._renderer(None, record.levelname.lower(), event))


class _Lossy(io.TextIOBase):
    """Standard error on a disk that may be full: a line that cannot be written must not stop an order."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()
