"""A store with a notice to tell, and carriers to tell it by: what tests of mail and webhooks begin with."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from core.cause import Cause
from core.errors import FallbackError
from core.notice_settings import SmtpSettings, WebhookSettings
from core.notices import NoticeKind
from drills.hand_clock import HandClock
from drills.mail_double import MailDouble
from drills.webhook_double import WebhookDouble
from fallback_store import incident_log, notice_ledger, notices
from fallback_store.database import Store, Tx
from watch.notice_delivery import Carrier, NoticeDelivery
from watch.notice_mail import MailCarrier
from watch.notice_webhook import WebhookCarrier
from watch.system_clock import SystemClock

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
TEXTS = {"zh": "【应急点餐】平台没有响应\n怎么做：在群里点餐", "en": "[Emergency ordering] no answer"}
KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
PEOPLE = ("duty@campus.example", "boss@campus.example")


@dataclass
class Scene:
    """A store with a notice to tell, and who is told when it cannot be."""

    store: Store
    clock: HandClock
    troubles: list[str] = field(default_factory=list)

    async def tell(self, *, mail: tuple[str, ...] = (), webhooks: tuple[str, ...] = ()) -> int:
        """Queues the next notice of the incident."""

        def unit(tx: Tx) -> int:
            incident = incident_log.open_one(tx) or incident_log.open_incident(
                tx, cause=Cause.NO_ANSWER, said="", broken_at=NOON, epoch=1, now=NOON
            )
            drafted = notices.draft(tx, incident.id, NoticeKind.OPENED, {}, NOON, NOON)
            told = notices.mark_told(tx, drafted, TEXTS.__getitem__, set(TEXTS), NOON)
            notice_ledger.supersede(tx, incident.id, NOON)
            notice_ledger.tell_others(tx, told, mail=mail, webhooks=webhooks, now=NOON)
            return told.id

        return await self.store.write(unit)

    def delivery(self, carrier: Carrier) -> NoticeDelivery:
        """A worker as the service starts it."""

        def trouble(_: Tx, problem: FallbackError, now: datetime) -> None:
            self.troubles.append(str(problem))

        return NoticeDelivery(self.store, self.clock, carrier, lambda: 0.5, language="zh", tell_admin=trouble)

    def mail_carrier(self, server: MailDouble, **more: object) -> MailCarrier:
        """To PEOPLE, through `server`."""
        wanted = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "bot@campus.example"}
        settings = SmtpSettings.model_validate({**wanted, "to": PEOPLE, **more})
        return MailCarrier(settings)

    def webhook_carrier(self, *doubles: WebhookDouble, timeout_s: float = 5.0, secret: str = SECRET) -> WebhookCarrier:
        """To w0, w1 and so on."""
        webhooks = [WebhookSettings(name=f"w{n}", url=one.url, secret=secret) for n, one in enumerate(doubles)]
        # Signatures are of the real time, as the other side's clock is.
        return WebhookCarrier(webhooks, SystemClock(), timeout_s=timeout_s)

    async def states(self) -> list[tuple[str, int]]:
        """State and attempts of every delivery."""
        rows = await self.store.read_all("SELECT state, attempts FROM notice_deliveries ORDER BY id")
        return [(row[0], row[1]) for row in rows]


@asynccontextmanager
async def delivery_scene(folder: Path) -> AsyncIterator[Scene]:
    """A store of its own, and a clock that stands at noon."""
    async with await Store.open(folder / "s.sqlite3") as store:
        yield Scene(store, HandClock(NOON))


async def passes(scene: Scene, worker: NoticeDelivery, seconds: float, times: int = 1) -> None:
    """So much time, so often, with a round of deliveries after each."""
    for _ in range(times):
        await scene.clock.advance(seconds)
        await worker.deliver_waiting()


async def until(is_so: Callable[[], bool]) -> None:
    """Returns once it is so. Raises: TimeoutError."""
    for _ in range(200):
        if is_so():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError
