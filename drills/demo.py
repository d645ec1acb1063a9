"""One outage on one machine: twin, bot, students, couriers, a kill, the books compared; told in the terminal."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from core.errors import FallbackError
from drills.bot_process import BotDied
from drills.demo_by_hand import ByHand
from drills.demo_lunch import Plan
from drills.demo_phones import TalkRefused
from drills.demo_result import Figures
from drills.demo_staff import StaffStuck
from drills.demo_stage import Stage, make_folder
from drills.demo_story import Story
from drills.demo_terminal import Terminal
from drills.demo_texts import LANGUAGES, language_of_environment
from drills.demo_venues import LOCAL
from drills.twin_process import TwinDied

FAILED, INTERRUPTED = 1, 130
_ORDER_EVERY_S = 0.15  # a published outage had 4,700 orders in 2 hours; this is ten times as fast
#: What can go wrong with the world around the demo; anything else is a mistake of ours and may show its trace.
_TROUBLES = (StaffStuck, TalkRefused, BotDied, TwinDied, FallbackError, OSError)
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_demo(
    *, once: bool, as_json: bool, seed: int, orders: int = 120, language: str = "", channel: str = LOCAL
) -> int:
    """Plays the demo; the exit code: 0 only if nothing was lost, doubled or oversold and the proof verifies.

    `language`: zh, en, or "" = what the environment speaks; `channel`: of demo_venues.VENUES.
    Without `once` the pages stay up until Ctrl-C.
    """
    spoken = language if language in LANGUAGES else language_of_environment()
    folder = make_folder(Path(tempfile.gettempdir()))
    stage = Stage(folder, seed=seed, language=spoken, channel=channel)
    plan = Plan(orders, orders * _ORDER_EVERY_S)
    demo = _Demo(stage, Terminal(spoken, is_quiet=as_json), plan, stays=not once)
    try:
        asyncio.run(demo.run())
    except Exception as failure:
        if not all(isinstance(leaf, _TROUBLES) for leaf in _leaves(failure)):
            raise
        for leaf in _leaves(failure):
            demo.terminal.tell("failed", problem=_last_line(leaf), folder=folder)
        return FAILED
    except KeyboardInterrupt:  # in the blink before our own handler is in place
        demo.is_interrupted = True
    if demo.is_interrupted:
        demo.terminal.tell("interrupted", folder=folder)
    if demo.figures is None:
        return INTERRUPTED
    if as_json:
        sys.stdout.write(demo.figures.as_json() + "\n")
        sys.stdout.flush()
    return 0 if demo.figures.is_good else FAILED


class _Demo:
    """One run of it."""

    def __init__(self, stage: Stage, terminal: Terminal, plan: Plan, *, stays: bool) -> None:
        self.terminal = terminal
        self._stage, self._plan, self._stays = stage, plan, stays
        self.is_interrupted = False
        #: None until the story was told to its end
        self.figures: Figures | None = None

    async def run(self) -> None:
        """Plays until the end, or until Ctrl-C; either way every process it started has ended."""
        playing = asyncio.ensure_future(self._play())

        def stop() -> None:
            # Once: cleaning up takes a few seconds, and a second Ctrl-C must not interrupt that.
            if not self.is_interrupted:
                self.is_interrupted = True
                playing.cancel()

        for number in _STOPPING:
            asyncio.get_running_loop().add_signal_handler(number, stop)
        try:
            await playing
        except asyncio.CancelledError:
            if not self.is_interrupted:
                raise

    async def _play(self) -> None:
        self.terminal.tell("title", folder=self._stage.folder)
        async with self._stage as stage:
            story = Story(stage, self.terminal, self._plan)
            with self.terminal:
                await story.tell()
            self._report(story.figures)
            if self._stays:
                await ByHand(stage, self.terminal, story).run()

    def _report(self, figures: Figures) -> None:
        self.figures = figures
        self.terminal.table("result", figures.rows(self._stage.language))
        if figures.is_good:
            self.terminal.tell("clean")
            self.terminal.tell("verify", proof=figures.proof)
        else:
            self.terminal.tell("not_clean", findings="\n".join(figures.findings()[:20]))


def _last_line(failure: BaseException) -> str:
    """What went wrong; of a process that died only the last of its words, the log has the rest."""
    return (str(failure).strip() or type(failure).__name__).splitlines()[-1]


def _leaves(failure: BaseException) -> Iterator[BaseException]:
    """The single failures inside groups of them."""
    if isinstance(failure, BaseExceptionGroup):
        for inner in failure.exceptions:
            yield from _leaves(inner)
    else:
        yield failure
