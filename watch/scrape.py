"""Reads what the primary shows of itself as Prometheus text: our metrics by our names, counts since the last look."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from core.metrics import KIND_BY_NAME, Source, Unit, kind_of

#: No primary shows more of itself than this, bytes.
LIMIT_BYTES = 1024 * 1024
#: Samples looked at in one answer: labels may multiply without end.
_MOST_SAMPLES = 2000
#: Counts in the primary's life; what counts for us is what came since the last look.
_COUNTERS: Final = frozenset({"orders", "orders_failed", "pays", "pays_failed"})
_REQUESTS: Final = frozenset({"http_requests_total", "requests_total"})
#: Figures about single merchants and canteens: the primary's name → our family and the label that tells them apart.
_PLACES: Final = {"merchant_up": ("merchant_ok", "merchant"), "canteen_up": ("canteen_ok", "canteen")}
#: Our own name for what a primary may call by another.
_ALSO: Final = {"calls_per_minute": "calls"}
_NAME = re.compile(rb"[a-zA-Z_:][a-zA-Z0-9_:]*")


class Scrape:
    """Remembers the last counts; one per primary."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """`names`: our metric → what the primary calls it, where that differs."""
        ours = {kind.name for kind in KIND_BY_NAME.values() if kind.source is Source.SCRAPE}
        self._ours = {name: name for name in ours} | {f"{name}_total": name for name in _COUNTERS} | _ALSO
        for name, theirs in names.items():
            kind = kind_of(name)
            if kind is not None:
                self._ours[theirs] = kind.name
        self._wanted = frozenset(name.encode() for name in (*self._ours, *_REQUESTS, *_PLACES))
        self._last: dict[str, float] = {}

    def read(self, body: bytes) -> dict[str, float]:
        """What an answer says; empty for what is no Prometheus text at all. Never raises.

        NaN and infinity are unknown. A count that is lower than before was restarted: what it missed is unknown.
        """
        found, counts = dict[str, float](), dict[str, float]()
        try:
            for name, labels, value in self._samples(body):
                self._take(name, labels, value, found, counts)
        except (ValueError, KeyError, IndexError, AttributeError, TypeError):  # a page of HTML, say
            return {}
        return found | self._since_last(counts)

    def forget(self) -> None:
        """There was no answer: what is counted until the next one is of nobody knows how many seconds."""
        self._last = {}

    def _samples(self, body: bytes) -> Iterable[tuple[str, Mapping[str, str], float]]:
        # Only the lines we want are parsed: a megabyte of others costs a few milliseconds.
        lines = [line for line in body.split(b"\n") if _name_of(line) in self._wanted]
        text = b"\n".join(lines[:_MOST_SAMPLES]).decode("utf-8", "replace") + "\n"
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if math.isfinite(sample.value):
                    yield sample.name, sample.labels, float(sample.value)

    def _take(
        self, name: str, labels: Mapping[str, str], value: float, found: dict[str, float], counts: dict[str, float]
    ) -> None:
        if name in _REQUESTS:
            kind = "5xx" if labels.get("code", labels.get("status", "")).startswith("5") else "other"
            counts[kind] = counts.get(kind, 0.0) + value
        elif name in _PLACES:
            family, label = _PLACES[name]
            if labels.get(label):
                found[f"{family}:{labels[label]}"] = value
        elif (ours := self._ours.get(name)) in _COUNTERS:
            # Several of one name are one count in several parts: a counter per worker.
            counts[ours] = counts.get(ours, 0.0) + value
        elif ours is not None and ours not in found:
            found[ours] = value * _in_our_unit(name, KIND_BY_NAME[ours].unit)

    def _since_last(self, counts: dict[str, float]) -> dict[str, float]:
        before, self._last = self._last, counts
        grown = {
            name: count - before[name] for name, count in counts.items() if name in before and count >= before[name]
        }
        failed, other = grown.pop("5xx", 0.0), grown.pop("other", 0.0)
        if failed + other > 0:
            grown["http_5xx_rate"] = failed / (failed + other)
        return grown


def _name_of(line: bytes) -> bytes | None:
    found = _NAME.match(line)
    return None if found is None else found[0]


def _in_our_unit(theirs: str, unit: Unit) -> float:
    """Prometheus counts in seconds; some of ours are in milliseconds."""
    return 1000.0 if unit is Unit.MILLISECONDS and theirs.removesuffix("_total").endswith("_seconds") else 1.0
