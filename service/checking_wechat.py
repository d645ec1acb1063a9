"""`check` for WeChat: which surfaces are set up, whether the vendor lets us in, and what it must be able to reach."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from bot.channels.wechat.api import WeChatApi, official_account_token, wecom_token
from core.errors import FallbackError
from core.settings import Settings
from service.finding import Finding
from watch.system_clock import SystemClock

#: Where the vendor calls: surface → path. Written out because the channels' own libraries are not needed to say it.
_CALLBACKS = {"channels.official_account": "/channels/wechat", "channels.wecom_app": "/channels/wecom"}

#: Seconds the robot's gateway has to answer.
_TRIED_S = 5.0


async def check_wechat(settings: Settings) -> list[Finding]:
    """Findings for every surface that is set up; none when there is none."""
    chats, findings = settings.channels, _half_set_up(settings)
    if (account := chats.official_account).app_id:
        api = WeChatApi(SystemClock(), account.api_base, official_account_token(account.app_id, account.app_secret))
        findings.append(await _lets_us_in("channels.official_account", api))
        findings.append(_reachable("channels.official_account", settings))
    if (app := chats.wecom_app).corp_id:
        api = WeChatApi(SystemClock(), app.api_base, wecom_token(app.corp_id, app.secret))
        findings.append(await _lets_us_in("channels.wecom_app", api))
        findings.append(_reachable("channels.wecom_app", settings))
    if chats.wecom_robot.bot_id:
        findings.append(await _robot(chats.wecom_robot.ws_url))
    if urls := chats.group_webhook.urls:
        findings.append(_posting_robots(urls))
    return findings


def _half_set_up(settings: Settings) -> list[Finding]:
    """Surfaces that have a secret and no name: nothing of them is served, and nobody would be told."""
    chats = settings.channels
    surfaces = (
        ("official_account", chats.official_account, "app_id", ("token", "aes_key", "app_secret")),
        ("wecom_robot", chats.wecom_robot, "bot_id", ("secret",)),
        ("wecom_app", chats.wecom_app, "corp_id", ("token", "aes_key", "secret")),
    )
    found = []
    for name, group, its_name, secrets in surfaces:
        present = [secret for secret in secrets if getattr(group, secret)]
        if present and not getattr(group, its_name):
            hint = f"Copy {its_name} from the vendor's console into channels.{name}, or unset its secrets."
            words = f"{', '.join(present)} set, {its_name} not: it is not served"
            found.append(Finding(f"channels.{name}", False, words, hint))
    return found


async def _robot(ws_url: str) -> Finding:
    """The line is tried without a name: a second connection of the robot's would push the running service's out."""
    what = "channels.wecom_robot"
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TRIED_S)) as session:
            await (await session.ws_connect(ws_url)).close()
    except (aiohttp.ClientError, OSError, TimeoutError) as problem:
        hint = "Check ws_url, and that this machine may open connections to the internet on port 443."
        return Finding(what, False, f"the gateway cannot be reached: {type(problem).__name__}", hint)
    return Finding(what, True, "the gateway can be reached; a wrong id or secret is told to the admins once it runs")


def _posting_robots(urls: Mapping[str, str]) -> Finding:
    missing = sorted(building for building, url in urls.items() if not url)
    if missing:
        hint = (
            "The address is written env:NAME, and NAME must be set: the whole address, as the group's robot shows it."
        )
        return Finding("channels.group_webhook", False, f"no address for {', '.join(missing)}: not posted to", hint)
    words = f"{len(urls)} groups; a robot can only be tried by posting, so it is not"
    return Finding("channels.group_webhook", True, words)


async def _lets_us_in(what: str, api: WeChatApi) -> Finding:
    try:
        async with api:
            await api.tokens.get()
    except FallbackError as problem:
        hint = problem.hint or "Check api_base and this machine's network."
        return Finding(what, False, f"no access token: {problem}", hint)
    return Finding(what, True, "the vendor gives us an access token")


def _reachable(what: str, settings: Settings) -> Finding:
    path, public = _CALLBACKS[what], settings.web.public_url
    name = f"{what} callback"
    if not public:
        return Finding(name, False, "the vendor must reach this machine", f"Set web.public_url; it calls {path} there.")
    if not public.startswith(("https://", "http://")):
        return Finding(name, False, f"{public} is no address", "Write it as https://host.")
    return Finding(name, True, f"enter {public.rstrip('/')}{path} in the vendor's console")
