"""`check` for Telegram: token, what receives, every group of a building, the clock; nothing is asked when it is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels.telegram import webhook
from bot.channels.telegram.identity import CHANNEL
from bot.channels.telegram.self_check import CLOCK_TOLERANCE_S, GroupStanding, clock_ahead_s, look_at_groups
from core.channel_settings import TelegramSettings
from core.errors import FallbackError
from core.settings import Settings
from fallback_store.glance import bound_groups
from service.finding import Finding
from watch.system_clock import SystemClock

if TYPE_CHECKING:  # 25 MB: loaded only where there is a token
    from bot.channels.telegram.vendor import Vendor

_ADD = "Add the bot to the group and make it an admin."
_HEAR = "Make the bot an admin there, or switch privacy mode off at @BotFather and add the bot to the group again."
_PIN = "Give the bot the admin right to pin messages."


async def check_telegram(settings: Settings) -> list[Finding]:
    """Every finding; none without a token."""
    telegram = settings.channels.telegram
    if not telegram.token:
        return []
    from bot.channels.telegram.vendor import Vendor

    vendor, clock = Vendor(telegram), SystemClock()
    try:
        name, reads_all = await vendor.me()
        findings = [
            Finding("telegram token", True, f"@{name}"),
            await _receiving(vendor, telegram, settings.web.public_url),
        ]
        groups = bound_groups(settings.store.path, CHANNEL)
        standings = await look_at_groups(vendor, clock, groups, reads_all=reads_all)
        findings += [_group(found) for found in standings] or [_no_groups()]
    except FallbackError as problem:
        findings = [Finding("telegram token", False, str(problem), problem.hint)]
    finally:
        await vendor.close()
    return [*findings, await _clock(telegram, clock)]


async def _receiving(vendor: Vendor, telegram: TelegramSettings, public_url: str) -> Finding:
    url, waiting, failed = await vendor.webhook()
    if telegram.mode == "polling":
        found = f"a webhook is set to {url}, {waiting} updates wait" if url else "no webhook is in the way"
        return Finding("telegram polling", not url, found, "The service removes it when it starts." if url else "")
    wanted = telegram.webhook_url or f"{public_url.rstrip('/')}{webhook.PATH}"
    if not wanted.startswith("https://"):
        return Finding(
            "telegram webhook", False, f"{wanted} is not HTTPS", "Set web.public_url to its https:// address."
        )
    if url != wanted:
        found = f"set to {url}" if url else "not set yet"
        return Finding("telegram webhook", False, found, f"The service sets it to {wanted} when it starts.")
    hint = f"Open {wanted} to the vendor: ports 443, 80, 88 or 8443, a certificate it trusts." if failed else ""
    return Finding("telegram webhook", not failed, failed or f"{url}, {waiting} updates wait", hint)


def _group(found: GroupStanding) -> Finding:
    what = f"telegram group {found.title or found.chat_id}"
    if not found.status:
        return Finding(what, False, found.problem, "Ask again in a minute.")
    if found.is_away:
        return Finding(what, False, f"the bot is not in it ({found.problem or found.status})", _ADD)
    if not found.hears:
        return Finding(what, False, f"{found.status}: the bot does not hear what people type", _HEAR)
    if not found.can_pin:
        return Finding(what, False, f"{found.status}: the bot may not pin the board", _PIN)
    return Finding(what, True, f"{found.status}: hears people, may pin")


def _no_groups() -> Finding:
    return Finding("telegram groups", False, "none is bound to a building", "Write /bind and the building in a group.")


async def _clock(telegram: TelegramSettings, clock: SystemClock) -> Finding:
    try:
        ahead_s = await clock_ahead_s(telegram.api_base, clock)
    except FallbackError as problem:
        return Finding("telegram clock", False, str(problem), "Check this machine's network and telegram.api_base.")
    is_right = abs(ahead_s) <= CLOCK_TOLERANCE_S
    hint = "" if is_right else "Set this machine's clock, or let it be kept: timedatectl set-ntp true."
    return Finding("telegram clock", is_right, f"{ahead_s:+.0f} s beside the vendor's", hint)
