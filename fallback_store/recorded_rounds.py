"""What the watch read, round by round, kept for some days so that rules can be tried on it: packed by the minute."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import orjson

from core.errors import Unreadable
from core.times import to_ms
from fallback_store.database import Tx

Round = tuple[float, Mapping[str, float]]
#: Quiet time around an incident belongs to its stretch: the rules need some to know what is normal, seconds.
_AROUND_S = 900.0
#: A row holds no more than this, milliseconds.
_LONGEST_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the record, in seconds since 1970."""

    kind: str
    from_s: float
    until_s: float
    outage: tuple[float, float] | None
    is_partial: bool


def keep(tx: Tx, rounds: Sequence[Round], now: datetime, days: float) -> None:
    """Adds rounds (seconds since 1970, figures) and lets go of what is older than `days`."""
    packed = zlib.compress(b"\n".join(orjson.dumps(one) for one in rounds))
    tx.execute("INSERT INTO recorded_rounds (from_ms, rounds) VALUES (?, ?)", (round(rounds[0][0] * 1000), packed))
    tx.execute("DELETE FROM recorded_rounds WHERE from_ms < ?", (to_ms(now - timedelta(days=days)),))


def stretches(path: Path) -> list[Stretch]:
    """The record of a store file, cut at its incidents: one stretch with each, one for the quiet between two.

    Raises: Unreadable when it is no store of ours.
    """
    try:
        with closing(_open(path)) as store:
            (first_ms, end_ms) = store.execute(
                "SELECT min(from_ms), max(from_ms) + ? FROM recorded_rounds", (_LONGEST_MS,)
            ).fetchone()
            incidents = store.execute(
                "SELECT broken_ms, coalesce(closed_ms, :end), cause, part FROM incidents"
                " WHERE coalesce(closed_ms, :end) >= :first ORDER BY broken_ms",
                {"end": end_ms, "first": first_ms},
            ).fetchall()
    except sqlite3.Error as problem:
        raise Unreadable(f"{path}: {problem}", hint="Point store.path at the store of a service that ran.") from None
    if first_ms is None:
        return []
    found, quiet_from_s, end_s = list[Stretch](), first_ms / 1000, end_ms / 1000
    for broken_ms, closed_ms, cause, part in incidents:
        broken_s, closed_s = broken_ms / 1000, closed_ms / 1000
        start_s = max(quiet_from_s, broken_s - _AROUND_S)
        if start_s > quiet_from_s:
            found.append(Stretch("quiet", quiet_from_s, start_s, None, False))
        found.append(Stretch(cause, start_s, closed_s, (broken_s, closed_s), part != ""))
        quiet_from_s = max(quiet_from_s, closed_s)
    if end_s > quiet_from_s:
        found.append(Stretch("quiet", quiet_from_s, end_s, None, False))
    return found


def rounds(path: Path, stretch: Stretch) -> Iterator[Round]:
    """The rounds of one stretch, in order."""
    with closing(_open(path)) as store:
        rows = store.execute(
            "SELECT rounds FROM recorded_rounds WHERE from_ms >= ? AND from_ms < ? ORDER BY from_ms",
            (round((stretch.from_s - 120) * 1000), round(stretch.until_s * 1000)),
        )
        last_s = stretch.from_s
        for (packed,) in rows:
            for line in zlib.decompress(packed).split(b"\n"):
                at_s, figures = orjson.loads(line)
                # A clock that was set back would let time go back in the record.
                if last_s <= at_s < stretch.until_s:
                    last_s = at_s
                    yield at_s, figures


def _open(path: Path) -> sqlite3.Connection:
    # Beside the running service, which holds the lock of whoever writes.
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
