"""Mail over real sockets: every notice arrives once, whatever the server does; what never will is told to admins."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from drills.mail_double import MailDouble
from tests.watch.delivery_scene import PEOPLE, TEXTS, Scene, delivery_scene, passes, until
from watch.notice_delivery import Letter


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with delivery_scene(tmp_path) as found:
        yield found


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
        assert time.monotonic() - started_s < 10.0
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


async def test_a_title_of_several_lines_becomes_one_and_a_carriers_mistake_ends_one_notice_only(scene: Scene) -> None:
    class Clumsy:
        channel = "mail"

        async def carry(self, letter: Letter, target: str) -> None:
            raise ValueError(target)

    async with MailDouble() as server:
        carrier = scene.mail_carrier(server)
        await scene.tell(mail=PEOPLE[:1])
        odd = orjson.dumps({"zh": "【通报】平台\u2028没有\x0b响应\r\n在群里点餐"}).decode()
        await scene.store.write(lambda tx: tx.execute("UPDATE notices SET texts = ?", (odd,)))
        await scene.delivery(carrier).deliver_waiting()
        assert [mail["Subject"] for mail in server.inbox] == ["【通报】平台 没有 响应"]
    await scene.tell(mail=PEOPLE[:1])
    await scene.delivery(Clumsy()).deliver_waiting()
    assert await scene.states() == [("sent", 1), ("failed", 1)]
    assert "ValueError" in scene.troubles[0]
