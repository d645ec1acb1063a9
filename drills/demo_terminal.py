"""The demo in the terminal: one line and one bar for each step, in plain words, 100 columns wide."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

from drills.demo_texts import say

WIDTH = 100  # columns
_TITLE = 40
_BAR = 12


class Step:
    """One step of the story while it is being told."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task
        self.detail = ""

    def show(self, done: float, total: float | None = None) -> None:
        """How far it is."""
        self._progress.update(self._task, completed=done, total=total)

    def advance(self) -> None:
        """One more is done."""
        self._progress.advance(self._task)

    def note(self, detail: str) -> None:
        """A few words at the end of the line."""
        self.detail = detail
        self._progress.update(self._task, detail=detail)


class Terminal:
    """`with Terminal(…) as terminal:` tells the story; steps may run side by side."""

    def __init__(self, language: str, *, is_quiet: bool) -> None:
        """`is_quiet`: standard output is for the JSON line, so everything here goes to standard error."""
        self._console = Console(file=sys.stderr if is_quiet else sys.stdout, highlight=False)
        if not self._console.is_terminal or self._console.width > WIDTH:
            self._console.width = WIDTH
        self._language = language
        self._steps = 0
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            _Bar(bar_width=_BAR),
            TextColumn("[cyan]{task.fields[detail]}", table_column=None),
            _Seconds(),
            console=self._console,
            # A pipe has no cursor to move: there each step is one line, printed when it is done.
            disable=not self._console.is_terminal,
            expand=False,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def tell(self, name: str, /, **facts: object) -> None:
        """A sentence of its own."""
        self._console.print(say(self._language, name, **facts), soft_wrap=True)

    @contextmanager
    def step(self, name: str, /, *, total: float | None = None, **facts: object) -> Iterator[Step]:
        """One step: `name` is its sentence; it is ticked off when the block ends, and crossed out when it fails."""
        self._steps += 1
        began_s = time.monotonic()
        title = f"{self._steps:>2} {say(self._language, name, **facts)}"
        task = self._progress.add_task(_padded(title, _TITLE), total=total or 1, detail="", has_bar=total is not None)
        step = Step(self._progress, task)
        try:
            yield step
        except BaseException:
            self._finish(step, task, f"[red]✗[/] {title}", began_s)
            raise
        self._finish(step, task, f"[green]✓[/] {title}", began_s)

    def table(self, name: str, rows: list[tuple[str, str]]) -> None:
        """Two columns, what and how much, under the sentence called `name`."""
        width = max(Text(what).cell_len for what, _ in rows)
        self._console.print(f"\n[bold]{say(self._language, name)}[/]")
        for what, value in rows:
            # Never folded: an address in two lines can neither be clicked nor copied.
            self._console.print(f"  {_padded(what, width)}  [bold]{value}[/]", soft_wrap=True)
        self._console.print()

    def _finish(self, step: Step, task: TaskID, line: str, began_s: float) -> None:
        is_good = "✓" in line
        if is_good:
            shown = self._progress.tasks[self._progress.task_ids.index(task)]
            self._progress.update(task, completed=shown.total)
        self._progress.stop_task(task)
        if not self._console.is_terminal:
            took = f"{time.monotonic() - began_s:.1f}s"
            self._console.print(f"{line}  {step.detail}  {took}".replace("    ", "  "), soft_wrap=True)


class _Bar(BarColumn):
    """A bar only for steps that can be counted."""

    def render(self, task: Task) -> Text:  # type: ignore[override]
        """The bar as text, so that lines without one cost the same width."""
        if not task.fields["has_bar"]:
            return Text(" " * _BAR)
        total = task.total or 1
        filled = round(_BAR * min(1.0, task.completed / total))
        bar = Text("━" * filled, style="green")
        bar.append("━" * (_BAR - filled), style="bright_black")
        return bar


class _Seconds(ProgressColumn):
    """How long a step took."""

    def render(self, task: Task) -> Text:
        """Seconds with one decimal."""
        elapsed_s = task.finished_time if task.finished else task.elapsed
        return Text(f"{elapsed_s or 0:.1f}s", style="bright_black")


def _padded(words: str, width: int) -> str:
    """Filled up with blanks to `width` columns; a Chinese character takes two."""
    return words + " " * max(0, width - Text(words).cell_len)
