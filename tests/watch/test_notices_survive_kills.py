"""Two hundred kills at any moment between a notice's draft and its delivery: nothing lost, nothing told twice."""

from __future__ import annotations

import asyncio
import base64
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from core.cause import Cause
from core.mode import WATCH
from core.notice_settings import SmtpSettings, WebhookSettings
from core.notices import NoticeKind, NoticeRules
from drills.mail_double import MailDouble
from drills.webhook_double import WebhookDouble
from fallback_store import incident_log, notice_ledger, notices
from fallback_store.database import Store, Tx
from tests.small_campus import small_campus
from watch.announcing import Announcements
from watch.mode_switch import StoreModeSwitch
from watch.notice_cadence import NoticeCadence
from watch.notice_delivery import NoticeDelivery
from watch.notice_mail import MailCarrier
from watch.notice_webhook import WebhookCarrier
from watch.system_clock import SystemClock
from watch.telling import Telling

KILLS = 200
NOTICES = 20
KEY = b"0123456789abcdef0123456789abcdef"
RULES = NoticeRules(
    platform="北湖", timezone=ZoneInfo("Asia/Shanghai"), mail=("duty@campus.example",), webhooks=("sms",)
)
CLOCK = SystemClock()


async def work(store: Store, sms: WebhookDouble, mail: MailDouble) -> None:
    """Everybody who tells, until killed."""
    secret = "whsec_" + base64.b64encode(KEY).decode()
    webhook = WebhookCarrier([WebhookSettings(name="sms", url=sms.url, secret=secret)], CLOCK, timeout_s=5)
    smtp = SmtpSettings(host="127.0.0.1", port=mail.port, security="none", sender="bot@campus.example", to=RULES.mail)
    async with asyncio.TaskGroup() as group:
        group.create_task(NoticeCadence(store, CLOCK, RULES).run())
        for carrier in (webhook, MailCarrier(smtp)):
            group.create_task(
                NoticeDelivery(store, CLOCK, carrier, lambda: 0.0, language="zh", tell_admin=lambda *_: None).run()
            )


async def draft(store: Store) -> None:
    """One more word about the incident, that goes out at once by itself."""

    def unit(tx: Tx) -> None:
        incident, now = incident_log.incident(tx, 1), CLOCK.now()
        mode = incident_log.current(tx, now).mode
        Announcements(Telling(replace(RULES))).draft(tx, NoticeKind.UPDATE, incident, mode, now, now)

    await store.write(unit)


async def test_every_notice_is_told_once_whenever_we_are_killed(tmp_path: Path) -> None:
    chance, switch = random.Random(7), StoreModeSwitch(RULES)
    async with small_campus(tmp_path) as store, WebhookDouble(KEY) as sms, MailDouble() as mail:
        await store.write(
            lambda tx: switch.enter_emergency(tx, by=WATCH, reason="x", now=CLOCK.now(), cause=Cause.NO_ANSWER)
        )
        for kill in range(KILLS):
            if kill % (KILLS // NOTICES) == 0:
                await draft(store)
                sms.faults, mail.faults = (
                    chance.choice((["lost_answer"], ["500"], [])),
                    chance.choice((["lost_answer"], [])),
                )
            working = asyncio.create_task(work(store, sms, mail))
            await asyncio.sleep(chance.random() * 0.02)
            working.cancel()
            await asyncio.wait([working])
        working = asyncio.create_task(work(store, sms, mail))
        await until_all_is_told(store)
        working.cancel()
        await asyncio.wait([working])
        told = [notice.id for notice in await notices.told(store, 1)]
        rows = await store.read_all("SELECT chat_id, key FROM outgoing WHERE key LIKE 'notice:%'")
        states = await store.read_all(
            "SELECT notice_id, channel, state FROM notice_deliveries WHERE channel IN ('mail', 'webhook')"
        )
    assert len(told) == NOTICES + 1
    # The groups: every notice once, whatever happened between its draft and its rows.
    assert set(Counter(row[0] for row in rows).values()) == {len(told)}
    # Outside the chats: each was told or overtaken by a newer one, and who got one twice can tell by its key.
    assert {row[2] for row in states} <= {"sent", "superseded"}
    sent = {(row[0], row[1]) for row in states if row[2] == "sent"}
    arrived = {(int(key.rpartition("-")[2]), "webhook") for key in sms.kept}
    arrived |= {(int(str(one["Message-ID"]).partition(".")[0].rpartition("-")[2]), "mail") for one in mail.inbox}
    assert sent <= arrived
    assert (max(told), "webhook") in sent
    assert (max(told), "mail") in sent


async def until_all_is_told(store: Store) -> None:
    for _ in range(400):
        left = [await notice_ledger.waiting(store, channel) for channel in ("mail", "webhook")]
        if not any([*left, await notices.drafts(store)]):
            return
        await asyncio.sleep(0.05)
    raise TimeoutError
