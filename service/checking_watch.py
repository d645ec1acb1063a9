"""What `check` says of the watch's figures: which the primary shows, and whether a payment can be practised."""

from __future__ import annotations

from core.settings import Settings
from service.finding import Finding
from service.watching import probes_of
from watch.system_clock import SystemClock


async def check_watch(settings: Settings) -> list[Finding]:
    """Asks once for what is configured; what is not configured is not missing."""
    watch, found = settings.watch, list[Finding]()
    async with probes_of(settings, SystemClock(), timeout_s=5.0) as probes:
        if watch.metrics_path:
            found.append(_figures(await probes.figures()))
        if watch.pay_probe_path:
            found.append(_payment(await probes.pay()))
    if watch.heartbeats and not watch.heartbeat_token:
        hint = "Set the environment variable that watch.heartbeat_token names."
        found.append(Finding("watch.heartbeat_token", False, "empty: nobody may report", hint))
    return found


def _figures(read: dict[str, float]) -> Finding:
    names = sorted(name for name in read if name != "scrape_ok")
    if names:
        return Finding("watch.metrics_path", True, f"{len(names)} figures: {', '.join(names)}")
    hint = 'Serve Prometheus text there, name its figures in watch.metric_names, or set watch.metrics_path: "".'
    return Finding("watch.metrics_path", False, "no figure could be read", hint)


def _payment(read: dict[str, float]) -> Finding:
    if read.get("pay_probe") == 1.0:
        return Finding("watch.pay_probe_path", True, "a payment could be begun and given up")
    hint = 'Try the address by hand, or set watch.pay_probe_path: "" if the primary offers none.'
    return Finding("watch.pay_probe_path", False, "no payment could be tried", hint)
