"""Webhooks over real sockets: signed, once, whatever the gateway does; what never will arrive is told to the admins."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.webhook_signature import sign
from drills.mail_double import MailDouble
from drills.webhook_double import WebhookDouble
from tests.watch.delivery_scene import KEY, SECRET, TEXTS, Scene, delivery_scene, passes, until
from watch.notice_delivery import LONGEST_WAIT_S


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with delivery_scene(tmp_path) as found:
        yield found


async def test_a_gateway_gets_a_signed_notice_once_with_everything_in_it(scene: Scene) -> None:
    async with WebhookDouble(KEY) as sms:
        notice_id = await scene.tell(webhooks=("w0",))
        await scene.delivery(scene.webhook_carrier(sms)).deliver_waiting()
    ((key, body),) = sms.kept.items()
    assert key.endswith(f"-notice-{notice_id}")
    assert (body["type"], body["timestamp"]) == ("notice.opened", "2026-03-02T04:00:00.000Z")
    assert body["data"]["title"] == "【应急点餐】平台没有响应"
    assert body["data"]["texts"] == TEXTS
    assert (body["data"]["incident"], body["data"]["number"]) == (1, 1)
    assert await scene.states() == [("sent", 1)]


@pytest.mark.parametrize("secret", [SECRET, KEY.decode()])
async def test_a_secret_is_base64_behind_its_prefix_or_plain_text(scene: Scene, secret: str) -> None:
    async with WebhookDouble(KEY) as sms:
        await scene.tell(webhooks=("w0",))
        await scene.delivery(scene.webhook_carrier(sms, secret=secret)).deliver_waiting()
        assert (len(sms.kept), sms.refused) == (1, 0)


async def test_a_notice_under_another_secret_is_refused_for_good(scene: Scene) -> None:
    async with WebhookDouble(b"another secret altogether") as sms:
        await scene.tell(webhooks=("w0",))
        await scene.delivery(scene.webhook_carrier(sms)).deliver_waiting()
        assert (sms.kept, sms.refused) == ({}, 1)
    assert await scene.states() == [("failed", 1)]
    assert "401" in scene.troubles[0]


def test_the_signature_is_the_published_one() -> None:
    # The example of the published specification's own libraries.
    signed = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signed["webhook-timestamp"] == "1614265330"


def test_the_check_in_the_documents_takes_what_is_genuine_and_nothing_else() -> None:
    document = (Path(__file__).parents[2] / "docs/notices.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    headers, body = sign(SECRET, "key-1", int(time.time()), b"{}"), b"{}"
    assert names["is_genuine"](KEY, headers, body)
    assert not names["is_genuine"](b"another", headers, body)
    assert not names["is_genuine"](KEY, headers, b"{ }")
    assert not names["is_genuine"](KEY, headers | {"webhook-id": "key-2"}, body)
    assert not names["is_genuine"](KEY, sign(SECRET, "key-1", int(time.time()) - 3600, body), body)


@pytest.mark.parametrize("fault", ["500", "503", "429", "408", "lost_answer", "hang"])
async def test_a_gateway_that_is_not_well_is_tried_again_and_keeps_it_once(scene: Scene, fault: str) -> None:
    async with WebhookDouble(KEY, faults=[fault, fault]) as sms:
        await scene.tell(webhooks=("w0",))
        worker = scene.delivery(scene.webhook_carrier(sms, timeout_s=0.3))
        await worker.deliver_waiting()
        await passes(scene, worker, 5, times=3)
        assert len(sms.kept) == 1
        assert len(set(sms.posts)) == 1
    assert await scene.states() == [("sent", 3)]


@pytest.mark.parametrize("fault", ["flood", "dribble"])
async def test_an_answer_without_an_end_is_not_read_to_its_end(scene: Scene, fault: str) -> None:
    async with WebhookDouble(KEY, faults=[fault]) as sms:
        await scene.tell(webhooks=("w0",))
        started_s = time.monotonic()
        await scene.delivery(scene.webhook_carrier(sms, timeout_s=1.0)).deliver_waiting()
        assert time.monotonic() - started_s < 5.0


async def test_it_waits_as_long_as_it_is_asked_to_within_reason(scene: Scene) -> None:
    async with WebhookDouble(KEY, faults=["429:30", "503:999999"]) as sms:
        await scene.tell(webhooks=("w0",))
        worker = scene.delivery(scene.webhook_carrier(sms))
        await worker.deliver_waiting()
        await passes(scene, worker, 29)
        assert len(sms.posts) == 1
        await passes(scene, worker, 2)
        assert len(sms.posts) == 2
        await passes(scene, worker, LONGEST_WAIT_S - 5)
        assert len(sms.posts) == 2
        await passes(scene, worker, 10)
        assert len(sms.kept) == 1


@pytest.mark.parametrize("status", ["301", "400", "404", "410"])
async def test_a_refusal_is_final_and_a_redirect_is_not_followed(scene: Scene, status: str) -> None:
    async with WebhookDouble(KEY, faults=[status]) as sms:
        await scene.tell(webhooks=("w0",))
        worker = scene.delivery(scene.webhook_carrier(sms))
        await worker.deliver_waiting()
        await passes(scene, worker, 60, times=3)
        assert len(sms.posts) == 1
    assert await scene.states() == [("failed", 1)]


async def test_one_gateway_that_hangs_keeps_no_other_waiting(scene: Scene) -> None:
    async with WebhookDouble(KEY, faults=["hang"]) as slow, WebhookDouble(KEY) as quick:
        await scene.tell(webhooks=("w0", "w1"))
        working = asyncio.create_task(scene.delivery(scene.webhook_carrier(slow, quick)).deliver_waiting())
        await until(lambda: bool(quick.kept))
        assert not working.done()
        working.cancel()
        await asyncio.wait([working])


async def test_a_newer_notice_takes_the_place_of_one_that_never_got_through(scene: Scene) -> None:
    async with WebhookDouble(KEY, faults=["503"]) as sms:
        await scene.tell(webhooks=("w0",))
        worker = scene.delivery(scene.webhook_carrier(sms))
        await worker.deliver_waiting()
        second = await scene.tell(webhooks=("w0",))
        await passes(scene, worker, 5, times=2)
        assert [key.rpartition("-")[2] for key in sms.kept] == [str(second)]
    assert await scene.states() == [("superseded", 1), ("sent", 1)]


async def test_a_restart_tries_at_once_under_the_same_key(scene: Scene) -> None:
    async with WebhookDouble(KEY, faults=["lost_answer"]) as sms:
        await scene.tell(webhooks=("w0",))
        await scene.delivery(scene.webhook_carrier(sms)).deliver_waiting()
        await scene.delivery(scene.webhook_carrier(sms)).deliver_waiting()
        assert (len(sms.posts), len(sms.kept)) == (2, 1)
    assert await scene.states() == [("sent", 2)]


async def test_it_is_given_up_after_a_while_and_an_admin_hears_of_it_once(scene: Scene) -> None:
    async with WebhookDouble(KEY, faults=["500"] * 60) as sms:
        await scene.tell(webhooks=("w0",))
        worker = scene.delivery(scene.webhook_carrier(sms))
        await passes(scene, worker, 301, times=45)
        assert len(sms.posts) == 40
    assert await scene.states() == [("failed", 40)]
    assert len(scene.troubles) == 1


async def test_a_target_that_left_the_settings_is_not_told(scene: Scene) -> None:
    async with WebhookDouble(KEY) as sms, MailDouble() as server:
        await scene.tell(webhooks=("gone",), mail=("former@campus.example",))
        await scene.delivery(scene.webhook_carrier(sms)).deliver_waiting()
        await scene.delivery(scene.mail_carrier(server)).deliver_waiting()
        assert (sms.posts, server.inbox) == ([], [])
    assert [state for state, _ in await scene.states()] == ["failed", "failed"]
