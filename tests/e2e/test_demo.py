"""The whole line at once: `main.py demo --once --json`, as a person or a script runs it, on a small lunch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sync.proof_check import check_proof

HOME = Path(__file__).parents[2]
KEYS = [
    "orders_sent", "acknowledged", "applied", "refused", "cancelled", "parked", "lost", "doubled", "oversold",
    "seconds_to_emergency", "seconds_to_first_receipt", "seconds_to_first_notice", "handback_seconds", "bot_kills",
    "proof",
]  # fmt: skip


def start_demo(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "main.py", "demo", *arguments],
        cwd=HOME,
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def started_from(folder: Path) -> list[int]:
    """Processes whose command line names the demo's folder: the twin and the bot."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("channel", "orders"), [("local", 30), ("telegram", 12), ("wechat", 12)])
def test_one_outage_loses_doubles_and_oversells_nothing_and_says_so_in_one_line(
    tmp_path: Path, channel: str, orders: int
) -> None:
    with start_demo(tmp_path, "--once", "--json", "--orders", str(orders), "--channel", channel) as demo:
        said, told = demo.communicate(timeout=110)
    assert demo.returncode == 0, told
    assert said.count("\n") == 1, "with --json nothing but the line goes to standard output"
    line = json.loads(said)
    assert list(line) == KEYS
    assert (line["lost"], line["doubled"], line["oversold"]) == (0, 0, 0)
    assert line["acknowledged"] == line["applied"] + line["refused"] + line["cancelled"] + line["parked"]
    assert orders * 2 // 3 <= line["acknowledged"] <= line["orders_sent"]
    assert line["bot_kills"] == 1
    assert 0 < line["seconds_to_first_notice"] <= line["seconds_to_first_receipt"] < 60
    assert check_proof(Path(line["proof"]), None) == []
    assert "Traceback" not in told
    assert started_from(tmp_path) == []


@pytest.mark.parametrize("channel", ["local", "telegram"])
def test_ctrl_c_in_the_middle_leaves_no_process_and_no_trace(tmp_path: Path, channel: str) -> None:
    with start_demo(tmp_path, "--orders", "30", "--channel", channel) as demo:
        ends_s = time.monotonic() + 60
        while len(started_from(tmp_path)) < 2 and time.monotonic() < ends_s:
            time.sleep(0.05)
        assert len(started_from(tmp_path)) == 2, "the twin and the bot run"
        os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: to everybody who has not left its group
        said, told = demo.communicate(timeout=30)
    assert demo.returncode == 130, said + told
    assert "Traceback" not in said + told
    assert started_from(tmp_path) == []
