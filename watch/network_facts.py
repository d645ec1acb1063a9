"""How long the primary's name takes to be found, and how long its certificate still holds: asked at leisure."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from core.metrics import Sample
from core.ports import Clock

#: A name is looked up this often, a certificate read that often; each at the most for so long. Seconds.
DNS_EVERY_S, TLS_EVERY_S, TIMEOUT_S = 30.0, 3600.0, 5.0
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED


class NetworkFacts:
    """One per primary. Nothing here delays a round: what is known is told, and told again by nobody."""

    def __init__(self, base_url: str, clock: Clock) -> None:
        """`base_url`: the primary's."""
        found = urlsplit(base_url)
        self._host = found.hostname or ""
        self._is_https = found.scheme == "https"
        self._port = found.port or (443 if self._is_https else 80)
        self._clock = clock

    async def samples(self) -> AsyncIterator[Sample]:
        """dns_ms and tls_days, as they become known, for ever."""
        read_s: float | None = None
        while True:
            yield Sample("dns_ms", await self.dns_ms(), self._clock.monotonic_s())
            now_s = self._clock.monotonic_s()
            if self._is_https and (read_s is None or now_s - read_s >= TLS_EVERY_S):
                read_s = now_s
                yield Sample("tls_days", await self.tls_days(), now_s)
            await self._clock.sleep(DNS_EVERY_S)

    async def dns_ms(self) -> float | None:
        """Milliseconds until the name was found; None when it was not."""
        started_s = self._clock.monotonic_s()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await asyncio.get_running_loop().getaddrinfo(self._host, self._port)
        except (OSError, TimeoutError, UnicodeError):
            return None
        return (self._clock.monotonic_s() - started_s) * 1000

    async def tls_days(self) -> float | None:
        """Days until the certificate runs out, 0 once it has; None when none could be read."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                _, writer = await asyncio.open_connection(self._host, self._port, ssl=ssl.create_default_context())
        except ssl.SSLCertVerificationError as refused:
            return 0.0 if refused.verify_code == _EXPIRED else None
        except (OSError, TimeoutError, ssl.SSLError):
            return None
        try:
            certificate = writer.get_extra_info("peercert") or {}
            until_s = ssl.cert_time_to_seconds(str(certificate.get("notAfter", "")))
            return (until_s - self._clock.now().timestamp()) / 86_400
        except ValueError:
            return None
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
                async with asyncio.timeout(1.0):
                    await writer.wait_closed()
