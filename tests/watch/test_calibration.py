"""Rules tried on recorded figures: found in time, never for nothing, and what another pace would cost."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from core.calibration import Step, Tally, Trial, quantile
from core.errors import Unreadable
from core.health import Cause, HealthRules
from core.mode import Mode, ModeRules
from drills.hand_clock import HandClock
from fallback_store import incident_log
from fallback_store.database import Store
from main import app
from watch.calibration import calibrate, records_of_store, records_of_traces
from watch.calibration_report import chart, table
from watch.recorder import Recorder

GOOD = {"probe_ok": 1.0, "write_ok": 1.0, "ref_ok": 1.0}
DEAD = {"probe_ok": 0.0, "write_ok": 0.0, "ref_ok": 1.0}


def write_trace(path: Path, spans: Iterable[tuple[int, dict[str, float]]]) -> None:
    rounds = [metrics for seconds, metrics in spans for _ in range(seconds)]
    path.write_bytes(b"\n".join(orjson.dumps({"t": t, "metrics": metrics}) for t, metrics in enumerate(rounds)))


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    write_trace(tmp_path / "0.jsonl", [(100, GOOD), (200, DEAD)])
    write_trace(tmp_path / "1.jsonl", [(100, GOOD), (18, DEAD), (200, GOOD)])
    truth = {"0.jsonl": {"kind": "crash", "outage": [100, 300]}, "1.jsonl": {"kind": "restart", "outage": None}}
    (tmp_path / "truth.json").write_bytes(orjson.dumps(truth))
    return tmp_path


def test_an_outage_is_timed_a_restart_is_none_and_half_the_pace_would_flip_for_it(traces: Path) -> None:
    paces = calibrate(records_of_traces(traces), HealthRules(), ModeRules(), (1.0, 0.5))
    standing, quicker = paces
    assert (standing.seconds_p95, standing.false_flips, standing.missed) == (19.0, 0, 0)
    assert (quicker.seconds_p95, quicker.false_flips) == (9.0, 1)
    assert standing.by_kind["crash"].leads == [-2.0]
    assert "crash" in table(paces)
    drawn = ElementTree.fromstring(chart(paces))
    assert len(drawn.findall("{http://www.w3.org/2000/svg}circle")) == 2


def test_the_command_prints_the_table_and_draws_the_chart(traces: Path, tmp_path: Path) -> None:
    drawing = tmp_path / "chart.svg"
    done = CliRunner().invoke(app, ["calibrate", str(traces), "--svg", str(drawing), "--json"])
    assert done.exit_code == 0, done.output
    figures = orjson.loads(done.stdout)["paces"][2]
    assert (figures["times"], figures["kinds"]["crash"]["p95_s"], figures["kinds"]["crash"]["found"]) == (1.0, 19.0, 1)
    ElementTree.fromstring(drawing.read_text(encoding="utf-8"))


def test_flips_count_as_false_only_outside_of_what_they_were_wanted_for() -> None:
    tally = Tally()
    early, late = Step(10, Mode.EMERGENCY), Step(110, Mode.EMERGENCY)
    tally.add(Trial("crash", (100, 200)), [Step(0, Mode.NORMAL), early])
    tally.add(Trial("crash", (100, 200)), [Step(105, Mode.WATCHING), late])
    tally.add(Trial("pay_only", (100, 200), is_partial=True), [Step(130, Mode.PARTIAL)])
    tally.add(Trial("quiet", None), [Step(5, Mode.PARTIAL), Step(300, Mode.NORMAL)])
    assert (tally.found, tally.outages, tally.false_emergencies, tally.false_partials) == (2, 3, 1, 1)
    assert tally.seconds == [10, 30]
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([], 0.5) is None


@pytest.mark.parametrize("truth", ["[", "[]", '{"0.jsonl": {"kind": "crash"}}'])
def test_a_truth_that_cannot_be_read_is_named(tmp_path: Path, truth: str) -> None:
    (tmp_path / "truth.json").write_text(truth)
    with pytest.raises(Unreadable, match=r"truth\.json"):
        records_of_traces(tmp_path)
    with pytest.raises(Unreadable, match="none"):
        records_of_traces(tmp_path / "none")


async def test_what_the_service_recorded_is_cut_at_its_incidents_and_tried(tmp_path: Path) -> None:
    path, clock = tmp_path / "s.sqlite3", HandClock()
    with pytest.raises(Unreadable):
        records_of_store(path)
    async with await Store.open(path) as store:
        recorder = Recorder(store, clock, days=1)
        began = clock.now() + timedelta(seconds=1500)
        for second in range(2100):
            await clock.advance(1)
            await recorder.add(DEAD if second >= 1500 else GOOD)

        await store.write(
            lambda tx: incident_log.open_incident(
                tx, cause=Cause.NO_ANSWER, said="", broken_at=began, epoch=1, now=clock.now()
            )
        )
        records = records_of_store(path)
        assert [(record.trial.kind, record.trial.outage is None) for record in records] == [
            ("quiet", True),
            ("no_answer", False),
        ]
        (pace,) = calibrate(records, HealthRules(), ModeRules(), (1.0,))
        assert (pace.missed, pace.false_flips) == (0, 0)
        assert pace.seconds_p95 == pytest.approx(20, abs=2)
        await clock.advance(2 * 86_400)
        for _ in range(300):
            await recorder.add(GOOD)
        (count,) = (await store.read_all("SELECT count(*) FROM recorded_rounds"))[0]
        assert count == 1  # older than a day is gone
