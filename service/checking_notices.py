"""`check` for notices and the dead-man's switch: whether they can be reached, without telling anybody anything."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from core.errors import FallbackError
from core.settings import Settings
from service.finding import Finding

#: Total time-out of one try, seconds.
TIMEOUT_S = 5.0


async def check_notices(settings: Settings) -> list[Finding]:
    """Findings for everything that is set; none when nothing is."""
    findings = list[Finding]()
    if settings.notices.smtp.host:
        findings.append(await _mail(settings))
    for webhook in settings.notices.webhooks:
        findings.append(await _reachable(f"notices.webhooks {webhook.name}", webhook.url))
    if settings.observation.dead_man_url:
        findings.append(await _reachable("observation.dead_man_url", settings.observation.dead_man_url))
    return findings


async def _mail(settings: Settings) -> Finding:
    from watch.notice_mail import MailCarrier  # its libraries are for those who mail

    smtp = settings.notices.smtp
    try:
        await MailCarrier(smtp.model_copy(update={"timeout_s": TIMEOUT_S})).try_out()
    except FallbackError as problem:
        hint = "Check notices.smtp: host, port, security, user and the password's variable."
        return Finding("notices.smtp", False, f"{smtp.host}:{smtp.port}: {problem}", hint)
    return Finding("notices.smtp", True, f"{smtp.host}:{smtp.port} lets us in; nothing was mailed")


async def _reachable(what: str, url: str) -> Finding:
    """A post would be told to people, so only the door is tried."""
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or (443 if address.scheme == "https" else 80)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as problem:
        hint = "Check the address, this machine's network and the other side's firewall."
        return Finding(what, False, f"{host}:{port}: {type(problem).__name__}", hint)
    writer.close()
    return Finding(what, True, f"{host}:{port} answers; nothing was posted")
