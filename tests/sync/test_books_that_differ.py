"""Books that cannot be made equal: a person corrects the primary's or accepts them, and the proof says which."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from bot import book_decisions
from core.errors import BooksDiffer
from core.mode import Mode
from core.order import Order
from core.ports import Primary
from core.reconciliation import DifferenceKind
from core.times import from_ms, to_ms
from fallback_store import book_differences, hand_backs, incident_log
from fallback_store.book_differences import OpenDifferences
from fallback_store.hand_backs import Step
from sync import proof_check
from sync.proof_check import check_proof
from tests.sync.hand_back_scene import now, the_proof
from tests.sync.outage import PATIENT, Outage, node, outage, until
from tests.sync.test_proof_check import sealed

MAIN = Path(__file__).parents[2] / "main.py"
WHY = "平台退过款，改不了"


def alter(folder: Path, statement: str, *facts: object) -> None:
    """Somebody changes the primary's books behind everybody's back."""
    with closing(sqlite3.connect(folder / "twin.sqlite3", timeout=5)) as books, books:
        assert books.execute(statement, facts).rowcount == 1


@asynccontextmanager
async def altered(folder: Path, **settings: Any) -> AsyncIterator[tuple[Outage, list[Order]]]:
    """Three orders handed over; the primary then lost the first and charges a fen for the second."""
    async with outage(folder, **settings) as (here, _):
        await here.begin()
        placed = await here.place(3)
        await here.worker.register(here.epoch)
        await here.worker.drain(here.epoch)
        alter(folder, "DELETE FROM orders WHERE order_id = ?", placed[0].id)
        alter(folder, "UPDATE orders SET total_fen = 1 WHERE order_id = ?", placed[1].id)
        await here.end()
        yield here, placed


async def asked(here: Outage) -> OpenDifferences:
    """The hand-back cannot go on alone; what it asks about."""
    with pytest.raises(BooksDiffer):
        await here.hand_back.run_once()
    found = await book_differences.read_waiting(here.store)
    assert found is not None
    return found


async def leave(here: Outage) -> None:
    """An admin opens the intake again."""
    await here.store.write(
        lambda tx: here.switch.return_to_emergency(tx, by="web:root", reason="it died again", now=now())
    )


async def accept(here: Outage, found: OpenDifferences, mark: str | None = None) -> int:
    return await here.store.write(
        lambda tx: book_decisions.accept(
            tx, found.epoch, mark or found.mark, reason=WHY, by="web:root", language="zh", now=now()
        )
    )


async def test_accepted_differences_close_the_epoch_and_stand_in_the_proof(tmp_path: Path) -> None:
    async with altered(tmp_path) as (here, placed):
        found = await asked(here)
        kinds = {one.order_id: one.kind for one in found.differences}
        assert kinds == {placed[0].id: DifferenceKind.MISSING, placed[1].id: DifferenceKind.DIFFERS}
        lost, cheap = (book_decisions.sentence("zh", one) for one in found.differences)
        assert lost == f"{placed[0].label}：我们有（已下单，{_price(placed[0])}），平台没有"
        assert cheap == f"{placed[1].label}：我们是 已下单，{_price(placed[1])}，平台是 已下单，¥0.01"
        assert await accept(here, found) == 2
        assert await here.hand_back.run_once()
        assert await here.mode() is Mode.NORMAL
        assert await book_differences.read_waiting(here.store) is None
        proof = await the_proof(here)
        assert check_proof(proof, here.store.path) == []
        accepted = proof_check.accepted_differences(proof)
        assert [line.partition(":")[0] for line in accepted] == [placed[0].id, placed[1].id]
        assert all(WHY in line for line in accepted)
        said = next(e for e in await incident_log.journal(here.store) if WHY in e.text)
        assert (said.who, said.text) == (
            "web:root",
            f"第 {found.epoch} 期 2 单以平台的账为准（记号 {found.mark}）：{WHY}",
        )
        assert (await here.worker.register(found.epoch)).is_closed
        verifying = await asyncio.create_subprocess_exec(
            sys.executable, MAIN, "verify", proof, "--store", here.store.path, "--json", stdout=asyncio.subprocess.PIPE
        )
        said_by_it, _ = await verifying.communicate()
        assert verifying.returncode == proof_check.ACCEPTED == 3
        assert json.loads(said_by_it)["accepted"] == accepted
        check_forgeries(proof, here.store.path)


def check_forgeries(proof: Path, store: Path) -> None:
    """Whatever is made of an acceptance that was not given so is found, though the hash was made to fit."""

    def found(change: Callable[[dict[str, Any]], None]) -> list[str]:
        said = json.loads(proof.read_text(encoding="utf-8"))
        change(said["summary"])
        forged = proof.with_name("forged.json")
        forged.write_text(json.dumps(sealed(said), ensure_ascii=False), encoding="utf-8")
        return check_proof(forged, store)

    assert found(lambda summary: None) == []
    assert any("differ about 2 orders" in one for one in found(lambda summary: summary.update(accepted=None)))
    assert any("not what the books differ about" in one for one in found(lambda s: s["differences"].pop()))
    assert any("primary: " in one for one in found(lambda s: s["differences"][1]["theirs"].update(total_fen=5)))
    assert any("not in our books" in one for one in found(lambda s: s["differences"][1]["ours"].update(total_fen=5)))
    assert found(lambda summary: summary["accepted"].update(reason="")) != []
    assert found(lambda s: s["accepted"].update(reason="x")) == ["Nobody accepted these differences in the store."]


async def test_only_what_was_seen_is_accepted(tmp_path: Path) -> None:
    async with altered(tmp_path) as (here, placed):
        found = await asked(here)
        assert await accept(here, found, mark="00000000") == 0
        assert await accept(here, found) == 2
        alter(tmp_path, "UPDATE orders SET total_fen = 2 WHERE order_id = ?", placed[1].id)
        other = await asked(here)
        assert other.mark != found.mark
        assert await here.mode() is Mode.HANDING_BACK


async def test_what_the_operator_corrected_is_compared_at_once(tmp_path: Path) -> None:
    async with altered(tmp_path, patience=replace(PATIENT, recheck_s=3600.0)) as (here, placed):
        found = await asked(here)
        async with asyncio.TaskGroup() as group:
            going = group.create_task(here.hand_back.run())
            await until(lambda: bool(here.problems))
            alter(tmp_path, "DELETE FROM settled WHERE order_id = ?", placed[0].id)
            alter(tmp_path, "UPDATE orders SET total_fen = ? WHERE order_id = ?", placed[1].total_fen, placed[1].id)
            await here.store.write(
                lambda tx: book_decisions.ask_again(tx, found.epoch, found.mark, by="console", language="zh", now=now())
            )
            await until(here.is_normal)
            going.cancel()
        proof = await the_proof(here)
        assert check_proof(proof, here.store.path) == []
        assert proof_check.accepted_differences(proof) == []


async def test_the_same_differences_are_told_in_every_hand_back(tmp_path: Path) -> None:
    async with altered(tmp_path, patience=replace(PATIENT, recheck_s=3600.0)) as (here, _):
        async with asyncio.TaskGroup() as group:
            going = group.create_task(here.hand_back.run())
            await until(lambda: len(here.problems) == 1)
            await leave(here)
            await asyncio.sleep(0.2)  # several looks at the mode
            await here.end()
            await until(lambda: len(here.problems) == 2)
            going.cancel()
        first, second = here.problems
        assert isinstance(first, BooksDiffer)
        assert _mark_in(first) == _mark_in(second)


async def test_a_hand_back_that_is_left_while_it_waits_asks_nobody_any_more(tmp_path: Path) -> None:
    async with altered(tmp_path, patience=replace(PATIENT, recheck_s=3600.0)) as (here, _):

        async def is_given_up() -> bool:
            return (await hand_backs.newest(here.store))[0].step is Step.ABANDONED

        async with asyncio.TaskGroup() as group:
            going = group.create_task(here.hand_back.run())
            await until(lambda: bool(here.problems))
            found = await book_differences.read_waiting(here.store)
            assert found is not None
            await leave(here)
            await until(is_given_up)
            assert await book_differences.read_waiting(here.store) is None
            assert await accept(here, found) == 0
            going.cancel()
        left_at = now()
        await here.store.write(lambda tx: here.switch.begin_hand_back(tx, by="web:boss", reason="again", now=now()))
        await asked(here)
        (row, *_) = await hand_backs.newest(here.store)
        assert (row.by, row.started_at >= from_ms(to_ms(left_at))) == ("web:boss", True)


async def test_a_kill_between_the_change_of_mode_and_the_next_look_leaves_no_question(tmp_path: Path) -> None:
    async with altered(tmp_path) as (here, _):
        await asked(here)
        await leave(here)
        await here.store.close()
        async with node(tmp_path, here.at) as again:
            assert not await again.hand_back.run_once()
            assert await book_differences.read_waiting(again.store) is None
            assert (await hand_backs.newest(again.store))[0].step is Step.ABANDONED


class StopsAfter:
    """Stands before a primary and passes its answer to one kind of call on to nobody."""

    def __init__(self, primary: Primary, name: str) -> None:
        self._primary, self._name = primary, name
        self.has_stopped = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*arguments: Any, **named: Any) -> Any:
            answer = await getattr(self._primary, name)(*arguments, **named)
            if name == self._name:
                self.has_stopped = True
                await asyncio.Event().wait()
            return answer

        return call


@pytest.mark.parametrize("name", ["digest", "orders_in_bucket", "dry_run_order", "close_epoch"])
async def test_a_kill_after_the_decision_loses_nothing_of_it(tmp_path: Path, name: str) -> None:
    stops = list[StopsAfter]()

    def wrap(primary: Primary) -> Primary:
        stops.append(StopsAfter(primary, name))
        return cast(Primary, stops[0])

    async with altered(tmp_path) as (here, _):
        await accept(here, await asked(here))
        await here.store.close()
        async with node(tmp_path, here.at, wrap=wrap) as first:
            going = asyncio.ensure_future(first.hand_back.run_once())
            await until(lambda: stops[0].has_stopped)
            going.cancel()
            await asyncio.wait([going])
        async with node(tmp_path, here.at) as again:
            assert await again.hand_back.run_once()
            assert await again.mode() is Mode.NORMAL
            proof = await the_proof(again)
            assert check_proof(proof, again.store.path) == []
            assert len(proof_check.accepted_differences(proof)) == 2


def _mark_in(problem: Exception) -> str:
    return str(problem).partition("mark ")[2][:8]


def _price(order: Order) -> str:
    return f"¥{order.total_fen // 100}"
