"""The demo's story: one outage, act by act, over the doors real people use."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from drills.demo_campus import Campus
from drills.demo_crowd import EPOCH, Crowd
from drills.demo_lunch import Lunch, Plan, scarcest
from drills.demo_phones import Member
from drills.demo_result import Figures, broken_promises
from drills.demo_staff import Courier, StaffStuck
from drills.demo_stage import ADMIN, Stage
from drills.demo_terminal import Terminal
from drills.demo_texts import say
from drills.invariants import judge
from drills.our_books import read_our_books

_SCARCE_PORTIONS = 14  # of the dish that shall sell out
_COURIER_FLOORS = 2
_PATIENCE_S = 60.0  # before a step that does not come to its end is called stuck
_HOME = Path(__file__).parents[1]


class Story:
    """`await Story(…).tell()`; the acts are told in order, and what they measured is in `figures`."""

    def __init__(self, stage: Stage, terminal: Terminal, plan: Plan) -> None:
        """`stage`: set, with the twin running and no bot yet."""
        self._stage, self._terminal, self._plan = stage, terminal, plan
        self.figures = Figures()
        #: (what, path on the bot's pages) made during the story
        self.links: list[tuple[str, str]] = []
        self.campus: Campus

    async def tell(self) -> None:
        """Plays everything. Raises: StaffStuck, TalkRefused, BotDied when the story cannot go on."""
        await self._open()
        await self._take_snapshot()
        await self._cut()
        await Lunch(self._stage, self._terminal, self.campus, self.crowd, self._plan).play()
        self.figures.seconds_to_first_receipt = self.crowd.first_receipt_s - self._cut_s
        self.figures.bot_kills = self._stage.bot.kills
        await self._deliver()
        await self._stop_a_dish()
        await self._bring_back()
        await self._hand_back()
        await self._compare()

    # -- act one: before -----------------------------------------------------------------------------------

    async def _open(self) -> None:
        with self._terminal.step("twin") as step:
            # So few portions of one dish that they run out while we watch.
            scarce = scarcest(await self._stage.campus())
            await self._stage.twin.edit_menu(item_id=scarce.id, stock=_SCARCE_PORTIONS)
            self.campus = await self._stage.campus()
            step.note(self._say("process_detail", pid=self._stage.twin.pid, url=self._stage.twin.base_url))
        with self._terminal.step("bot") as step:
            await self._stage.open_bot(self.campus)
            step.note(self._say("process_detail", pid=self._stage.bot.pid, url=self._stage.bot.base_url))

    async def _take_snapshot(self) -> None:
        stage, campus = self._stage, self.campus
        with self._terminal.step("snapshot") as step:
            await stage.office.wait_until(lambda s: s["snapshot_age_s"] is not None, _PATIENCE_S, "the snapshot")
            rooms = await stage.chat.enter(ADMIN, campus.buildings, _PATIENCE_S)
            if len(rooms) < len(campus.buildings):
                raise StaffStuck(f"rooms: {len(rooms)} of {len(campus.buildings)} building groups exist")
            items, merchants = len(campus.catalog.items), len(campus.catalog.merchant_by_id)
            step.note(self._say("snapshot_detail", merchants=merchants, items=items, buildings=len(rooms)))
        self._rooms = rooms
        self.crowd = Crowd(stage.chat, stage.language, campus.buildings)

    async def _cut(self) -> None:
        stage, figures = self._stage, self.figures
        with self._terminal.step("cut") as step:
            await stage.cut()
            self._cut_s = time.monotonic()
            await stage.office.wait_until(lambda s: s["mode"] == "emergency", _PATIENCE_S, "the emergency")
            figures.seconds_to_emergency = time.monotonic() - self._cut_s
            step.note(self._say("cut_detail", seconds=figures.seconds_to_emergency))
        groups = set(self._rooms)
        with self._terminal.step("notices", total=len(groups)) as step:

            def told() -> dict[str, float]:
                """Group → when it was first told."""
                first: dict[str, float] = {}
                for bubble in stage.chat.bubbles:
                    if bubble.priority == "notice" and bubble.room in groups:
                        first.setdefault(bubble.room, bubble.heard_s)
                step.show(len(first))
                return first

            if not await stage.chat.wait_for(lambda: len(told()) == len(groups), _PATIENCE_S):
                raise StaffStuck(f"notices reached {len(told())} of {len(groups)} groups")
            figures.seconds_to_first_notice = min(told().values()) - self._cut_s
            step.note(self._say("notices_detail", count=len(groups), seconds=figures.seconds_to_first_notice))

    # -- act two, after lunch: at work --------------------------------------------------------------------------------

    async def _deliver(self) -> None:
        stage = self._stage
        couriers = [
            Courier(stage.chat, Member(person.contacts[0].partition(":")[2], person.name), stage.language)
            for person in self.campus.couriers
        ]
        with self._terminal.step("couriers", total=len(couriers) * _COURIER_FLOORS) as step:
            async with asyncio.TaskGroup() as tasks:
                for courier in couriers:
                    tasks.create_task(courier.work(_COURIER_FLOORS, step.advance))
            delivered = sum(len(courier.delivered) for courier in couriers)
            step.note(self._say("couriers_detail", couriers=len(couriers), delivered=delivered))
        for person in self.campus.couriers:
            path = await stage.office.make_link("courier", person.contacts[0], person.name)
            self.links.append((self._say("page_queue", who=person.name), path))

    async def _stop_a_dish(self) -> None:
        stage, catalog = self._stage, self.campus.catalog
        dish = next(item for item in catalog.items.values() if item.stock is None)
        with self._terminal.step("merchant", item=dish.name) as step:
            for merchant in catalog.merchant_by_id.values():
                path = await stage.office.make_link("merchant", merchant.id, merchant.name)
                self.links.append((self._say("page_sheet", who=merchant.name), path))
                if merchant.id == dish.merchant_id:
                    await stage.office.edit_sheet(path, item=dish.id, field="is_stopped", value="1", key="demo-stop")
            late = Member("late-1", "来晚了")
            reply = await self.crowd.order(late, self.campus.buildings[0].id, f"{dish.name}一份 305")
            if reply is None:
                raise StaffStuck(f"nobody answered the order of {dish.name}, which is stopped")
            self.figures.sold_after_stop = int(self.crowd.is_receipt(reply))
            step.note(self._say("merchant_detail_wrong" if self.figures.sold_after_stop else "merchant_detail"))

    # -- act three: back ------------------------------------------------------------------------------------

    async def _bring_back(self) -> None:
        stage = self._stage
        with self._terminal.step("back") as step:
            began_s = time.monotonic()
            await stage.restore()

            def admin_is_asked() -> bool:
                mine = (b for b in stage.chat.bubbles if b.room == ADMIN.private_room and b.heard_s > began_s)
                return any("/handback" in bubble.text for bubble in mine)

            if not await stage.chat.wait_for(admin_is_asked, _PATIENCE_S):
                raise StaffStuck("the watch never told the admin that the primary is healthy again")
            step.note(self._say("back_detail", seconds=time.monotonic() - began_s))

    async def _hand_back(self) -> None:
        stage = self._stage
        with self._terminal.step("hand_back", total=1) as step:
            # The worst moment for an answer to get lost: the primary has applied everything, and we do not know.
            await stage.twin.inject("lost_answer", times=1, path="/fallback/events")
            began_s = time.monotonic()
            await stage.chat.say(ADMIN, ADMIN.private_room, "/handback")

            def is_over(status: dict[str, Any]) -> bool:
                step.show(status["outbox_total"] - status["outbox_unsettled"], status["outbox_total"])
                return bool(status["mode"] == "normal")

            status = await stage.office.wait_until(is_over, _PATIENCE_S * 2, "the hand-back")
            self.figures.handback_seconds = time.monotonic() - began_s
            self.figures.proof = Path(status["proof"])
            again = (await stage.twin.books())["tallies"].get("duplicates", 0)
            step.note(self._say("hand_back_detail", events=status["outbox_total"], again=again))
        with self._terminal.step("proof") as step:
            self.figures.proof_findings = await self._verify(self.figures.proof)
            step.note(self._say("proof_detail" if not self.figures.proof_findings else "proof_detail_wrong"))

    async def _verify(self, proof: Path) -> list[str]:
        """Asks the checker in a process of its own, as anybody can."""
        checker = await asyncio.create_subprocess_exec(
            sys.executable, "main.py", "verify", str(proof), "--store", str(self._stage.store), "--json",
            cwd=_HOME, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            said, complaint = await checker.communicate()
        finally:
            if checker.returncode is None:  # stopped by Ctrl-C
                checker.kill()
                await checker.wait()
        try:
            findings = list(json.loads(said)["findings"])
        except (ValueError, KeyError):
            return [f"the checker failed: {complaint.decode(errors='replace')[-300:]}"]
        return findings if findings or checker.returncode == 0 else [f"the checker ended with {checker.returncode}"]

    async def _compare(self) -> None:
        figures, crowd = self.figures, self.crowd
        with self._terminal.step("books") as step:
            theirs, ours = await self._stage.twin.books(), read_our_books(self._stage.store)
            offered = {(EPOCH, str(i.id)): i.stock for i in self.campus.catalog.items.values() if i.stock is not None}
            figures.orders_sent = crowd.orders_sent
            figures.verdict = judge(crowd.receipts.values(), ours, theirs, offered)
            figures.broken_promises = broken_promises(crowd.promises.values(), ours, theirs, self._stage.language)
            findings = figures.findings()
            name = "books_detail_wrong" if findings else "books_detail"
            step.note(self._say(name, acknowledged=len(crowd.receipts), count=len(findings)))

    def _say(self, name: str, /, **facts: object) -> str:
        return say(self._stage.language, name, **facts)
