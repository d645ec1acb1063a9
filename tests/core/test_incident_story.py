"""An incident is told as investigating, identified, monitoring, resolved; each notice is a chapter at its stage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.cause import Cause
from core.incident import Incident, Stage
from core.incident_story import ToldNotice, story_of
from core.mode import Mode

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def incident(closed_at: datetime | None = None) -> Incident:
    return Incident(1, Cause.NO_ANSWER, "", after(-1), NOON, closed_at, 1, 0, None)


def told(minutes: float, word: str = "x") -> ToldNotice:
    return ToldNotice(after(minutes), {"zh": word})


def stages(*arguments: object) -> list[tuple[Stage, datetime]]:
    return [(chapter.stage, chapter.at) for chapter in story_of(*arguments)]  # type: ignore[arg-type]


def test_an_outage_from_the_first_bad_second_to_its_end() -> None:
    over = incident(closed_at=after(70))
    changes = [(Mode.EMERGENCY, NOON), (Mode.HANDING_BACK, after(60)), (Mode.NORMAL, after(70))]
    assert stages(over, changes) == [
        (Stage.RESOLVED, after(70)),
        (Stage.MONITORING, after(60)),
        (Stage.IDENTIFIED, NOON),
        (Stage.INVESTIGATING, after(-1)),
    ]


def test_each_notice_is_a_chapter_at_the_stage_it_was_told_in() -> None:
    over = incident(closed_at=after(70))
    changes = [(Mode.HANDING_BACK, after(60)), (Mode.EMERGENCY, NOON)]  # newest first, as the store gives them
    chapters = story_of(over, changes, [told(0.1), told(20), told(60.1), told(70.1)])
    assert [(chapter.stage, chapter.notice and chapter.at) for chapter in chapters] == [
        (Stage.RESOLVED, after(70.1)),
        (Stage.MONITORING, after(60.1)),
        (Stage.IDENTIFIED, after(20)),
        (Stage.IDENTIFIED, after(0.1)),
        (Stage.INVESTIGATING, None),
    ]


def test_a_relapse_during_the_hand_back_is_told_as_one() -> None:
    changes = [(Mode.EMERGENCY, NOON), (Mode.HANDING_BACK, after(5)), (Mode.EMERGENCY, after(6))]
    assert [stage for stage, _ in stages(incident(), changes)] == [
        Stage.IDENTIFIED,
        Stage.MONITORING,
        Stage.IDENTIFIED,
        Stage.INVESTIGATING,
    ]


def test_changes_of_other_incidents_are_not_in_its_story() -> None:
    over = incident(closed_at=after(10))
    changes = [(Mode.PARTIAL, after(-30)), (Mode.EMERGENCY, NOON), (Mode.EMERGENCY, after(90))]
    assert [at for _, at in stages(over, changes)] == [after(10), NOON, after(-1)]


def test_an_incident_without_a_change_of_the_mode_of_its_own_is_known_from_when_it_opened() -> None:
    assert stages(incident(), []) == [(Stage.IDENTIFIED, NOON), (Stage.INVESTIGATING, after(-1))]


@given(
    st.lists(st.tuples(st.sampled_from(list(Mode)), st.floats(-100, 200)), max_size=8),
    st.lists(st.floats(-5, 300), max_size=6),
    st.none() | st.floats(0, 150),
)
def test_any_story_runs_one_way_and_holds_every_notice(
    changes: list[tuple[Mode, float]], notices: list[float], closed: float | None
) -> None:
    one = incident(None if closed is None else after(closed))
    found = story_of(one, [(mode, after(at)) for mode, at in changes], [told(at) for at in notices])
    moments = [chapter.at for chapter in found]
    assert moments == sorted(moments, reverse=True)
    assert sum(chapter.notice is not None for chapter in found) == len(notices)
    assert (Stage.RESOLVED in [chapter.stage for chapter in found]) == (closed is not None)
