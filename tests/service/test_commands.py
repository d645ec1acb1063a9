"""Every command once, as a person types it, against a running service and a primary in a process of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.texts import text
from drills.twin_process import TwinProcess
from sync.proof_check import check_proof
from tests.service.service_scene import HOME, Service, campus, shell

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMANDS = (
    "run",
    "demo",
    "check",
    "status",
    "emergency",
    "hand-back",
    "verify",
    "parse",
    "watch",
    "bench",
    "calibrate",
    "crash",
    "backup",
    "restore",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Service, TwinProcess]]:
    async with campus(tmp_path_factory.mktemp("day")) as running:
        yield running


async def test_one_outage_from_the_shell(day: tuple[Service, TwinProcess]) -> None:
    bot, twin = day
    status = await bot.command("status", "--json")
    assert (status.code, status.json["mode"], status.json["epoch"]) == (0, "normal", 0)

    flipped = await bot.command("emergency", "on", "--reason", "高峰期打不开", "--json")
    assert (flipped.code, flipped.json) == (0, {"mode": "emergency", "epoch": 1})
    again = await bot.command("emergency", "on", "--reason", "twice")
    assert again.code == 1
    assert text("zh", "who_shell") in again.err
    assert len(again.err.splitlines()) == 1

    _, posted = await bot.says("zhang", "building-1", f"{a_dish(bot)}一份 305", "m1")
    (receipt,) = await bot.answers("zhang", "building-1", posted["key"])
    assert "已记下" in receipt
    shown = await bot.command("status")
    assert (shown.code, "mode: emergency" in shown.out, "outbox_unsettled: 1" in shown.out) == (0, True, True)

    ended = await bot.command("hand-back", "--json")
    assert (ended.code, ended.json["mode"], ended.json["hand_back"]) == (0, "normal", "done")
    assert [order["total_fen"] for order in (await twin.books())["orders"]] == [
        row[0] for row in bot.rows("SELECT total_fen FROM orders")
    ]
    proof = ended.json["proof"]
    store = str(bot.config.with_name("store.sqlite3"))
    verified = await shell("verify", proof, "--store", store, "--json")
    assert (verified.code, verified.json["findings"]) == (0, [])
    assert check_proof(proof, store) == []


def a_dish(bot: Service) -> str:
    """The name of a dish there is no end of."""
    ((body,),) = bot.rows("SELECT body FROM catalog_snapshots ORDER BY id DESC LIMIT 1")
    items = [item for merchant in json.loads(body)["merchants"] for item in merchant["items"]]
    return next(str(item["name"]) for item in items if item["stock"] is None)


async def test_handing_back_what_is_not_there_is_one_line_and_fails(day: tuple[Service, TwinProcess]) -> None:
    bot, _ = day
    refused = await bot.command("emergency", "off", "--reason", "nothing is wrong")
    assert refused.code == 1
    assert len(refused.err.splitlines()) == 1


async def test_check_beside_a_running_service_says_what_is_missing(day: tuple[Service, TwinProcess]) -> None:
    bot, _ = day
    checked = await bot.command("check", "--json")
    found = {finding["what"]: finding for finding in checked.json}
    # Nobody was named who would tell whether we ourselves are online: the one thing that is wrong here.
    assert [what for what, finding in found.items() if not finding["ok"]] == ["watch.reference_url"]
    assert (checked.code, found["watch.reference_url"]["hint"] != "") == (1, True)
    assert "running service" in found["store"]["found"]
    assert found["primary writes"]["found"] == "accepts a dry run"


async def test_a_forged_proof_fails(day: tuple[Service, TwinProcess], tmp_path: Path) -> None:
    bot, _ = day
    (proof,) = bot.config.parent.glob("proofs/*.json")
    forged = tmp_path / "forged.json"
    forged.write_text(proof.read_text(encoding="utf-8").replace("order.placed", "order.accepted", 1), encoding="utf-8")
    verified = await shell("verify", str(forged))
    assert verified.code == 1
    assert "SHA-256" in verified.out


async def test_watch_replays_a_trace(tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    rounds = [{"t": t, "metrics": {"probe_ok": 0.0 if t > 30 else 1.0, "ref_ok": 1.0}} for t in range(80)]
    trace.write_text("\n".join(map(json.dumps, rounds)), encoding="utf-8")
    replayed = await shell("watch", "--replay", str(trace), folder=tmp_path)
    decisions = [json.loads(line) for line in replayed.out.splitlines()]
    assert replayed.code == 0
    assert [decision["mode"] for decision in decisions][0::2] == ["normal", "emergency"]
    (tmp_path / "odd.jsonl").write_bytes(b"\xff\xfe{")
    for bad in ("nowhere.jsonl", "odd.jsonl"):
        failed = await shell("watch", "--replay", str(tmp_path / bad))
        assert (failed.code, len(failed.err.splitlines())) == (1, 1)


async def test_a_service_that_is_not_there_is_one_line() -> None:
    port = {"FALLBACK_WEB__PORT": "9", "FALLBACK_WEB__ADMIN_TOKEN": "x"}
    asked, denied = await asyncio.gather(shell("hand-back", environment=port), shell("status"))
    assert (asked.code, asked.out, len(asked.err.splitlines())) == (1, "", 1)
    assert (denied.code, "FALLBACK_WEB__ADMIN_TOKEN" in denied.err) == (1, True)


async def test_every_command_explains_itself() -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from main import app\n"
        "for name in sys.argv[1:]:\n"
        "    shown = CliRunner().invoke(app, [name, '--help'])\n"
        "    assert shown.exit_code == 0 and len(shown.output) > 200, name\n"
        "print([command.name or command.callback.__name__ for command in app.registered_commands])\n"
    )
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", script, *COMMANDS],
        cwd=HOME,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(COMMANDS) == sorted(eval(done.stdout))
