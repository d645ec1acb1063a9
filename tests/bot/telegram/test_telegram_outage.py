"""One outage in Telegram over real sockets, as a student, a courier, a cook and an admin walk through it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.channels.telegram.identity import chat_id_of
from bot.desks.followed_queues import FollowedQueues
from bot.queue_boards import refresh_queues
from core.chat import Role
from core.ids import PersonId
from core.mode import Mode
from drills.telegram_double.callbacks import Press
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.limits import Limits
from drills.telegram_double.people import Person
from drills.telegram_double.room import Room
from drills.telegram_double.values import Message
from fallback_store import people
from fallback_store.people import RoleGrant
from tests.bot.telegram.telegram_scene import ZONE, TelegramScene, telegram_scene

#: Seconds; the answers themselves take milliseconds, a busy machine does not.
PATIENCE_S = 20.0


@dataclass
class Campus:
    """Everybody with a phone, and building 12's group."""

    scene: TelegramScene
    anna: Person
    bo: Person
    liu: Person
    chef: Person
    group: Room

    @property
    def root(self) -> Person:
        """The admin."""
        return self.scene.admin

    async def sees(self, room: Room, words: str) -> Message:
        """The bot's newest message in a room that shows these words, once it does."""
        await self.scene.double.until(lambda: any(words in said.text for said in room.from_bot), PATIENCE_S)
        return next(said for said in reversed(room.from_bot) if words in said.text)

    async def says(self, who: Person, room: Room, words: str, answer: str) -> Message:
        """Types, and sees the answer."""
        await who.types(room, words)
        return await self.sees(room, answer)

    async def presses(self, who: Person, below: Message, label: str, answer: str = "") -> Press:
        """Presses a button; the same message shows the answer, if one is expected there."""
        await self.scene.double.until(lambda: label in labels(below), PATIENCE_S)  # a toast is quicker than its edit
        press = await who.presses(below, label)
        await self.scene.double.until(lambda: not press.is_spinning, PATIENCE_S)
        await self.scene.double.until(lambda: answer in below.text, PATIENCE_S)
        return press

    async def forges(self, who: Person, below: Message, data: str) -> str:
        """Sends what no button under that message says; returns the toast."""
        press = await who.sends_data(below, data)
        await self.scene.double.until(lambda: not press.is_spinning, PATIENCE_S)
        return press.toast or ""

    async def orders(self) -> dict[str, tuple[str, str]]:
        """State and owner's number by the order's number."""
        rows = await self.scene.store.read_all("SELECT building_id, number, state, person_id FROM orders")
        return {f"#{row[0]}-{row[1]:03d}": (row[2], row[3].partition(":")[2]) for row in rows}


def labels(below: Message) -> list[str]:
    """The buttons under a message."""
    return [button["text"] for row in (below.buttons or {}).get("inline_keyboard", []) for button in row]


@asynccontextmanager
async def outage(folder: Path, mode: Mode = Mode.EMERGENCY) -> AsyncIterator[Campus]:
    """A vendor that counts nothing: how fast we may speak is another test's business."""
    double = TelegramDouble(limits=Limits(is_enforced=False))
    fast = {"chat_per_s": 30, "group_per_min": 1000, "overall_per_s": 1000}
    async with telegram_scene(folder, mode=mode, double=double, change=lambda s: s.model_copy(update=fast)) as scene:
        anna, bo = double.user("安娜"), double.user("小<b>波</b>")
        liu, chef = double.user("刘师傅", has_started=True), double.user("老王", has_started=True)
        group = double.group("12栋", members=[anna, bo, liu])
        await scene.bind(group, "12", title="12栋")
        grants = [
            RoleGrant(PersonId(f"telegram:{liu.id}"), Role.COURIER, "12"),
            RoleGrant(PersonId(f"telegram:{chef.id}"), Role.MERCHANT, "m1"),
        ]
        await scene.store.write(lambda tx: people.replace_roles(tx, "admin", grants))
        async with scene.running(boards=True):
            yield Campus(scene, anna, bo, liu, chef, group)


async def test_an_outage_from_the_flip_to_the_hand_back(tmp_path: Path) -> None:
    async with outage(tmp_path, Mode.NORMAL) as campus:
        # The admin flips; the board is pinned and leads to the private chat.
        await campus.says(campus.root, campus.root.private, "/emergency on 平台打不开", "已进入应急接单")
        board = await campus.sees(campus.group, "■ 应急接单中 · 12栋")
        await campus.scene.double.until(lambda: campus.group.pinned == [board])
        assert (board.buttons or {})["inline_keyboard"] == [
            [{"text": "私聊点餐", "url": "https://t.me/fallback_bot?start=12"}]
        ]
        await a_student_orders_in_private(campus)
        typed = await campus.says(campus.bo, campus.group, "柠檬水一杯 411", "已记下 #12-002")
        assert "小<b>波</b>" not in typed.text  # names are nobody's business in a receipt
        await campus.sees(campus.group, "已记下 2 单")
        await a_cook_accepts(campus)
        await a_courier_delivers(campus)
        # The admin looks and hands back; late orders are told so.
        status = await campus.says(campus.root, campus.root.private, "/status", "还没送完的 0 单")
        await campus.presses(campus.root, status, "停止接单，交还平台", "已停止接单")
        await campus.says(campus.bo, campus.group, "红烧肉一份 411", "这里暂停接单")
        await campus.sees(campus.group, "➜ 正在交还平台 · 12栋")
        assert {state for state, _ in (await campus.orders()).values()} == {"delivered"}


async def a_student_orders_in_private(campus: Campus) -> None:
    """From the board's link through menu, cart and receipt to the card: one message, then one picture."""
    anna = campus.anna
    await anna.starts("12")
    panel = await campus.sees(anna.private, "你点的餐送到 12栋")
    await campus.presses(anna, panel, "老王快餐", "老王快餐：点菜名")
    added = await campus.presses(anna, panel, "红烧肉饭 ¥16 剩10")
    assert added.toast == "已放进购物车：红烧肉饭（1 份 ¥16，还没有下单）"
    await campus.presses(anna, panel, "购物车（1 份 ¥16）", "购物车（还没有下单）")
    old = (panel.buttons or {})["inline_keyboard"][2][0]["callback_data"]
    await campus.presses(anna, panel, "＋", "红烧肉饭 ×2 ¥32")
    # An old keyboard orders nothing that was not on the screen; the cart is shown anew.
    assert "不一样了" in await campus.forges(anna, panel, old)
    assert "购物车" in await campus.forges(campus.bo, panel, old)
    assert await campus.orders() == {}
    await campus.presses(anna, panel, "下单 ¥32", "送到哪个房间")
    receipt = await campus.says(anna, anna.private, "305", "已记下 #12-001")
    assert [said.text.partition("\n")[0] for said in anna.private.from_bot] == [
        "送到哪个房间？回复房号（例如 305），或点「楼下自取」。",
        "购物车和你刚才看到的不一样了，还没有下单。请再看一遍：",
        "已记下 #12-001",
    ]
    await campus.presses(anna, receipt, "取餐卡")
    card = await campus.sees(anna.private, "取餐卡 #12-001")
    assert card.photo is not None
    assert Image.open(BytesIO(card.photo.content)).size == (720, 900)


async def a_cook_accepts(campus: Campus) -> None:
    """Tickets, all at once; the student hears of it."""
    shown = await campus.says(campus.chef, campus.chef.private, "接单", "老王快餐：1 单待接")
    pressed = await campus.presses(campus.chef, shown, "接 #12-001", "现在没有待接的单")
    assert pressed.toast == "已接单：#12-001"
    await campus.sees(campus.anna.private, "商家已接（老王快餐）：#12-001")


async def a_courier_delivers(campus: Campus) -> None:
    """Two floors in one message, and a photo of the second door."""
    liu = campus.liu
    queue = await campus.says(liu, liu.private, "队列", "12栋有 2 单要送")
    await campus.presses(liu, queue, "3 楼：1 单", "305 · #12-001 安娜")
    for label, words in (("拿 #12-001", "归你送了"), ("取餐 #12-001", "已取餐"), ("送达 #12-001", "已送达：#12-001")):
        pressed = await campus.presses(liu, queue, label, words)
        assert (pressed.toast or "").startswith(words)
    assert len(liu.private.from_bot) == 1
    await campus.sees(campus.anna.private, "已送达：#12-001")
    await liu.sends_photo(liu.private, picture(), "送达 12-002")
    told = await campus.sees(campus.group, "已送达：#12-002")
    assert told.photo is not None


def picture() -> bytes:
    """A door."""
    drawn = BytesIO()
    Image.new("RGB", (40, 30), "brown").save(drawn, "JPEG")
    return drawn.getvalue()


async def test_what_others_press_edit_forward_or_make_up_does_no_harm(tmp_path: Path) -> None:
    async with outage(tmp_path) as campus:
        anna, bo, group = campus.anna, campus.bo, campus.group
        # A question is its owner's.
        asked = await campus.says(anna, group, "红烧肉一份", "送到哪个房间")
        stranger = await campus.presses(bo, asked, "楼下自取")
        assert stranger.toast == "这是问别人的，只有被问的人能回答。"
        own = await campus.presses(anna, asked, "楼下自取", "已记下 #12-001")
        assert own.toast == "已记下 #12-001"
        # So is a receipt.
        stranger = await campus.presses(bo, asked, "撤销")
        assert stranger.toast == "这一单不是你的，只有下单的人能动它。"
        # An edit asks; only the owner's yes counts, and once.
        said = await anna.types(group, "番茄炒蛋一份 305")
        await campus.sees(group, "已记下 #12-002")
        await anna.edits(said, "番茄炒蛋两份 305")
        change = await campus.sees(group, "#12-002 改成这样吗？")
        await campus.presses(bo, change, "确认下单")
        await campus.presses(anna, change, "确认下单", "已改好 #12-002")
        # A forward asks whoever passed it on.
        await bo.forwards(said, group)
        passed_on = await campus.sees(group, "转发来的，还不是你的订单")
        await campus.presses(bo, passed_on, "算了", "这一单没有下")
        # Made-up data of every desk.
        before = {said.id: said.text for said in group.from_bot}
        for data in (
            "order:undo:3.12.1", "order:card:3.12.1", "order:cart:1:place:1", "courier:deliver:3.12.1",
            "merchant:accept:3.12.1", "order:q:1:0", "order:q:99999999999999999999:0", "~5", "nonsense", "",
        ):  # fmt: skip
            await campus.forges(bo, asked, data)
        # Even one's own order cannot be called off in the place of somebody else's message.
        board = group.pinned[0]
        await campus.forges(anna, board, "order:undo:3.12.1")
        await campus.sees(group, "已取消 #12-001")
        assert {number: text for number, text in before.items() if "应急接单中" not in text}.items() <= {
            said.id: said.text for said in group.from_bot
        }.items()
        assert "■ 应急接单中" in board.text
        assert "你不是管理员，什么都没有做" in await campus.forges(bo, asked, "admin:off:3")
        assert await campus.orders() == {
            "#12-001": ("cancelled", str(anna.id)),
            "#12-002": ("placed", str(anna.id)),
        }
        assert await campus.scene.values("SELECT count(*) FROM inbox WHERE state = 'quarantined'") == [0]
        assert await campus.scene.values("SELECT mode FROM mode_changes ORDER BY id DESC LIMIT 1") == ["emergency"]
        # And the intake goes on.
        await campus.says(bo, group, "柠檬水一杯 411", "已记下 #12-003")


async def test_commands_are_offered_per_scope_and_to_the_crew(tmp_path: Path) -> None:
    async with telegram_scene(tmp_path) as scene:
        own_chat = chat_id_of(scene.admin.id)
        await scene.store.write(lambda tx: people.chat(tx, own_chat, is_group=False, language="en"))
        offered = scene.double.profile.commands
        async with scene.running():
            await scene.double.until(lambda: any("chat_id" in scope for scope, _ in offered), PATIENCE_S)
    names = {scope: [command["command"] for command in menu] for scope, menu in offered.items()}
    for language in ("", "zh", "en"):
        assert names['{"type":"all_group_chats"}', language] == ["menu", "orders", "help"]
        assert names['{"type":"all_private_chats"}', language] == ["menu", "orders", "help", "id", "lang"]
    ((_, own),) = [found for found in offered.items() if "chat_id" in found[0][0]]
    assert [command["command"] for command in own][:3] == ["status", "emergency", "handback"]
    assert own[0]["description"].startswith("How things stand")


async def test_a_couriers_queue_follows_in_its_message_and_stays_away_once_it_is_deleted(tmp_path: Path) -> None:
    async with outage(tmp_path) as campus:
        store, double = campus.scene.store, campus.scene.double
        queues = FollowedQueues(ZONE, {"telegram"})

        async def a_moment_later() -> int:
            later = campus.scene.clock.now() + timedelta(seconds=11)
            changed, _ = await store.write(lambda tx: refresh_queues(tx, queues, later))
            return changed

        crew = double.group("送餐员", members=[campus.root, campus.liu])
        await campus.says(campus.bo, campus.group, "柠檬水一杯 411", "已记下 #12-001")
        await campus.says(campus.liu, campus.group, "队列", "私聊我发送「队列」")
        await campus.says(campus.root, crew, "/bind 送餐员 12栋", "送餐员自己的群")
        queue = await campus.says(campus.liu, crew, "队列", "12栋 4 楼：1 单")
        await campus.scene.until_rows("SELECT 1 FROM outgoing WHERE text LIKE '12栋 4 楼%' AND state = 'sent'", 1)
        await campus.says(campus.bo, campus.group, "红烧肉饭一份 411", "已记下 #12-002")
        assert await a_moment_later() == 1
        await double.until(lambda: queue.text.startswith("12栋 4 楼：2 单"), PATIENCE_S)
        assert [said.id for said in crew.from_bot if "4 楼" in said.text] == [queue.id]
        assert crew.pinned == []
        # Whoever deletes it has seen enough: it is not said anew.
        double.world.delete(queue)
        await campus.says(campus.bo, campus.group, "柠檬水一杯 301", "已记下 #12-003")
        assert await a_moment_later() == 1
        await campus.scene.until_rows("SELECT 1 FROM outgoing WHERE board LIKE 'queue:%' AND state = 'sent'", 1)
        await campus.says(campus.bo, campus.group, "柠檬水一杯 302", "已记下 #12-004")
        assert await a_moment_later() == 0
        assert all("楼" not in said.text or "送餐员自己" in said.text for said in crew.from_bot)
