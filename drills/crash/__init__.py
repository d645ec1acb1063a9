"""Kills the service again and again while a campus uses it, and counts what was lost, doubled or oversold."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

from drills.crash.campaign import Campaign
from drills.crash.places import CHATS
from drills.crash.report import Report


def run_crash(kills: int, seed: int, as_json: bool, chat: str = "local") -> int:
    """`kills` SIGKILLs of the service, `seed` says when and whom. 0 only when every count of harm is 0.

    `chat`: where its people write: local, telegram or telegram-webhook.
    """
    if chat not in CHATS:
        print(f"{chat}: unknown; known: {', '.join(CHATS)}", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="fallback-crash-"))
    report = asyncio.run(Campaign(folder, kills, seed, chat).run())
    print("\n".join(_lines(report)), file=sys.stderr if as_json else sys.stdout)
    if as_json:
        print(json.dumps(report.counts(), ensure_ascii=False))
    if report.is_clean:
        shutil.rmtree(folder)
        return 0
    print(f"everything is kept in {folder}", file=sys.stderr)
    return 1


def _lines(report: Report) -> list[str]:
    words = [f"{name.replace('_', ' ')}: {count}" for name, count in report.counts().items()]
    if report.verdict:
        for epoch, (ours, theirs) in report.verdict.totals.items():
            equal = "equal" if ours == theirs else f"DIFFER from the primary's {theirs.count}, {theirs.amount_fen} fen"
            words.append(
                f"epoch {epoch}: {ours.count} orders, {ours.amount_fen} fen, digest {ours.digest[:12]}: {equal}"
            )
    return [*words, *report.findings[:50]]
