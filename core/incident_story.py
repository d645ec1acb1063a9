"""How an incident went, told in the four words status pages use, from its first bad second to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.incident import Incident, Stage
from core.mode import Mode

_STAGE_OF = {Mode.EMERGENCY: Stage.IDENTIFIED, Mode.PARTIAL: Stage.IDENTIFIED, Mode.HANDING_BACK: Stage.MONITORING}


@dataclass(frozen=True, slots=True)
class ToldNotice:
    """What people were told, and when."""

    at: datetime
    #: language → text
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One moment of the story."""

    stage: Stage
    at: datetime
    #: what people were told then; None when only the stage changed
    notice: ToldNotice | None = None


def story_of(
    incident: Incident, changes: Sequence[tuple[Mode, datetime]], told: Sequence[ToldNotice] = ()
) -> list[Chapter]:
    """The chapters, newest first. `changes`: every change of the mode since it opened; `told`: its notices.

    A stage that a notice told of within the same moment is one chapter, not two.
    """
    stages = _stages(incident, changes)
    chapters = [Chapter(_stage_at(stages, notice.at), notice.at, notice) for notice in told]
    for (at, stage), until in zip(stages, [*(at for at, _ in stages[1:]), None], strict=True):
        is_told = any(
            chapter.stage is stage and chapter.at >= at and (until is None or chapter.at < until)
            for chapter in chapters
        )
        # Told of by a notice: that one is the chapter. The first stage is what was seen before anybody was told.
        if not is_told:
            chapters.append(Chapter(stage, at))
    order = list(Stage)
    return sorted(chapters, key=lambda chapter: (chapter.at, order.index(chapter.stage)), reverse=True)


def _stages(incident: Incident, changes: Sequence[tuple[Mode, datetime]]) -> list[tuple[datetime, Stage]]:
    """When each stage began, in order of time; a stage that was entered again is listed again."""
    found = [(incident.broken_at, Stage.INVESTIGATING)]
    within = sorted(
        ((at, _STAGE_OF[mode]) for mode, at in changes if mode in _STAGE_OF and _is_within(incident, at)),
        key=lambda change: change[0],
    )
    for at, stage in within or [(incident.opened_at, Stage.IDENTIFIED)]:
        if found[-1][1] is not stage:
            found.append((max(at, incident.broken_at), stage))
    if incident.closed_at is not None:
        found.append((incident.closed_at, Stage.RESOLVED))
    return found


def _stage_at(stages: Sequence[tuple[datetime, Stage]], moment: datetime) -> Stage:
    return [stage for at, stage in stages if at <= moment or at is stages[0][0]][-1]


def _is_within(incident: Incident, at: datetime) -> bool:
    return at >= incident.opened_at and (incident.closed_at is None or at < incident.closed_at)
