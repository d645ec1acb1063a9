"""Plays a chat that is written down as it would be read: who says what, what the bot answers, how much time passes."""

from __future__ import annotations

import re

from tests.dialogs.talk import Talk

_SAID = re.compile(r"(?P<who>\w+)(?P<private> \(private\))?: (?P<words>.+)")
_PRESSED = re.compile(r"(?P<who>\w+)(?P<private> \(private\))? presses (?P<label>.+)")
_TIME = re.compile(r"… (?P<count>\d+) (?P<unit>s|min)")
SILENCE = "—"


async def play(talk: Talk, chat: str) -> None:
    """Says and presses what `chat` tells, and checks every `> …` line against the newest answer.

    `anna: words`, `anna (private): words`, `anna presses label`, `… 11 min`; `> words` must be in the answer,
    `> —` is silence, `>! words` must not be in it.
    """
    answer = ""
    checks = 0
    for line in filter(None, map(str.strip, chat.splitlines())):
        if said := _SAID.fullmatch(line):
            answer = await talk.says(said["who"], said["words"].replace("\\n", "\n"), privately=bool(said["private"]))
        elif pressed := _PRESSED.fullmatch(line):
            answer = await talk.presses(pressed["who"], pressed["label"], privately=bool(pressed["private"]))
        elif passed := _TIME.fullmatch(line):
            await talk.clock.advance(int(passed["count"]) * (60 if passed["unit"] == "min" else 1))
        elif line.startswith(">"):
            checks += 1
            _check(line, answer)
        else:
            raise AssertionError(f"nobody says {line!r}")
    assert checks, "a dialog that checks nothing"


def _check(line: str, answer: str) -> None:
    expected = line.lstrip(">!").strip()
    if expected == SILENCE:
        assert answer == "", answer
    elif line.startswith(">!"):
        assert expected not in answer, answer
    else:
        assert expected in answer, f"{expected!r} is not in {answer!r}"
