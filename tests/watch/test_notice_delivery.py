"""Mail and webhooks over real sockets: every notice arrives once, whatever the other side does; what cannot is told."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.cause import Cause
from core.errors import FallbackError
from core.notice_settings import SmtpSettings, WebhookSettings
from core.notices import NoticeKind
from core.webhook_signature import sign
from drills.hand_clock import HandClock
from drills.mail_double import MailDouble
from drills.webhook_double import WebhookDouble
from fallback_store import incident_log, notice_ledger, notices
from fallback_store.database import Store, Tx
from watch.notice_delivery import LONGEST_WAIT_S, Carrier, NoticeDelivery
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
    clock: HandClock | SystemClock
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
        wanted = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "bot@campus.example"}
        settings = SmtpSettings.model_validate({**wanted, "to": PEOPLE, **more})
        return MailCarrier(settings)

    def webhook_carrier(self, *doubles: WebhookDouble, timeout_s: float = 5.0, secret: str = SECRET) -> WebhookCarrier:
        webhooks = [WebhookSettings(name=f"w{n}", url=one.url, secret=secret) for n, one in enumerate(doubles)]
        # Signatures are of the real time, as the other side's clock is.
        return WebhookCarrier(webhooks, SystemClock(), timeout_s=timeout_s)

    async def states(self) -> list[tuple[str, int]]:
        rows = await self.store.read_all("SELECT state, attempts FROM notice_deliveries ORDER BY id")
        return [(row[0], row[1]) for row in rows]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        yield Scene(store, HandClock(NOON))


async def passes(scene: Scene, worker: NoticeDelivery, seconds: float, times: int = 1) -> None:
    assert isinstance(scene.clock, HandClock)
    for _ in range(times):
        await scene.clock.advance(seconds)
        await worker.deliver_waiting()


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(200):
        if is_so():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


# Mail ------------------------------------------------------------------------------------------


async def test_every_address_gets_one_mail_of_its_own_in_both_languages(scene: Scene) -> None:
    async with MailDouble() as server:
        await scene.tell(mail=PEOPLE)
        worker = scene.delivery(scene.mail_carrier(server))
        assert await worker.deliver_waiting() == 2
        assert await worker.deliver_waiting() == 0
    assert sorted(server.recipients) == sorted(PEOPLE)
    assert [str(mail["To"]).count("@") for mail in server.inbox] == [1, 1]
    (mail, other) = server.inbox
    assert mail["Subject"] == "【应急点餐】平台没有响应"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().strip().replace("\r\n", "\n") == f"{TEXTS['zh']}\n\n— — —\n\n{TEXTS['en']}"
    assert mail["Message-ID"] != other["Message-ID"]
    assert await scene.states() == [("sent", 1), ("sent", 1)]


@pytest.mark.parametrize("fault", ["busy", "greylist", "lost_answer"])
async def test_a_mail_that_failed_for_now_is_tried_again_under_the_same_id(scene: Scene, fault: str) -> None:
    async with MailDouble(faults=[fault, fault]) as server:
        await scene.tell(mail=PEOPLE[:1])
        worker = scene.delivery(scene.mail_carrier(server))
        await worker.deliver_waiting()
        assert await worker.deliver_waiting() == 0  # it waits its turn
        await passes(scene, worker, 5, times=3)
    assert await scene.states() == [("sent", 3)]
    # Where the server kept it and lost only the answer, one id lets the mailbox show it once.
    assert len({mail["Message-ID"] for mail in server.inbox}) == 1


async def test_a_server_that_is_rude_after_taking_it_gets_it_only_once(scene: Scene) -> None:
    async with MailDouble(faults=["rude_goodbye"]) as server:
        await scene.tell(mail=PEOPLE[:1])
        await scene.delivery(scene.mail_carrier(server)).deliver_waiting()
        assert (len(server.inbox), await scene.states()) == (1, [("sent", 1)])


@pytest.mark.parametrize("fault", ["no_such_user", "bad_login"])
async def test_what_never_will_be_delivered_is_told_to_the_admins_and_names_nobody(scene: Scene, fault: str) -> None:
    async with MailDouble(user="bot", password="hunter2hunter2", faults=[fault]) as server:
        await scene.tell(mail=PEOPLE[:1])
        login = {"user": "bot", "password": "hunter2hunter2"}
        await scene.delivery(scene.mail_carrier(server, **login)).deliver_waiting()
        assert server.inbox == []
    assert await scene.states() == [("failed", 1)]
    (trouble,) = scene.troubles
    assert "duty" not in trouble
    assert "hunter2" not in trouble


async def test_nobody_there_is_a_matter_of_time(scene: Scene) -> None:
    async with MailDouble() as server:
        carrier = scene.mail_carrier(server)
    await scene.tell(mail=PEOPLE[:1])
    worker = scene.delivery(carrier)
    await worker.deliver_waiting()
    assert await scene.states() == [("waiting", 1)]
    async with MailDouble(port=server.port):
        await passes(scene, worker, 5)
    assert await scene.states() == [("sent", 2)]


@pytest.mark.parametrize("fault", ["hang", "dribble"])
async def test_a_mail_server_that_hangs_or_dribbles_holds_up_nobody(scene: Scene, fault: str) -> None:
    async with MailDouble(faults=[fault]) as server:
        await scene.tell(mail=PEOPLE)
        worker = scene.delivery(scene.mail_carrier(server, timeout_s=0.5))
        started_s = time.monotonic()
        await worker.deliver_waiting()
        assert time.monotonic() - started_s < 2.0
        assert sorted(state for state, _ in await scene.states()) == ["sent", "waiting"]
        await passes(scene, worker, 5)
    assert {state for state, _ in await scene.states()} == {"sent"}


async def test_stopping_waits_for_no_mail_server(scene: Scene) -> None:
    async with MailDouble(lasting="hang") as server:
        await scene.tell(mail=PEOPLE)
        worker = asyncio.create_task(scene.delivery(scene.mail_carrier(server)).run())
        await until(lambda: server.connections == 2)
        worker.cancel()
        started_s = time.monotonic()
        await asyncio.wait([worker])
        assert time.monotonic() - started_s < 1.0
    assert {state for state, _ in await scene.states()} == {"waiting"}


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "double")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "double.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


async def test_starttls_checks_the_certificate_before_it_shows_a_login(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate(tmp_path)
    login = {"user": "bot", "password": "s3cret-s3cret", "security": "starttls"}
    async with MailDouble(user="bot", password="s3cret-s3cret", tls=context) as server:
        await scene.tell(mail=PEOPLE[:1])
        worker = scene.delivery(scene.mail_carrier(server, **login))
        await worker.deliver_waiting()
        assert await scene.states() == [("waiting", 1)]  # nobody vouches for it
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        await passes(scene, worker, 5)
        assert await scene.states() == [("sent", 2)]
        assert len(server.inbox) == 1


async def test_tls_from_the_first_byte_is_spoken_where_it_is_set(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with MailDouble(tls=context, is_tls_at_once=True) as server:
        await scene.tell(mail=PEOPLE[:1])
        await scene.delivery(scene.mail_carrier(server, security="tls")).deliver_waiting()
        assert (await scene.states(), len(server.inbox)) == ([("sent", 1)], 1)


async def test_a_server_without_starttls_is_shown_no_login(scene: Scene) -> None:
    async with MailDouble(user="bot", password="s3cret-s3cret") as server:
        await scene.tell(mail=PEOPLE[:1])
        login = {"user": "bot", "password": "s3cret-s3cret", "security": "starttls"}
        await scene.delivery(scene.mail_carrier(server, **login)).deliver_waiting()
        assert (await scene.states(), server.inbox) == ([("failed", 1)], [])


# Webhooks --------------------------------------------------------------------------------------


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
        assert time.monotonic() - started_s < 2.0


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
