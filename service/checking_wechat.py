"""`check` for WeChat: which surfaces are set up, whether the vendor lets us in, and what it must be able to reach."""

from __future__ import annotations

from bot.channels.wechat.api import WeChatApi, official_account_token, wecom_token
from core.errors import FallbackError
from core.settings import Settings
from service.finding import Finding
from watch.system_clock import SystemClock

#: Where the vendor calls: surface → path. Written out because the channels' own libraries are not needed to say it.
_CALLBACKS = {"channels.official_account": "/channels/wechat", "channels.wecom_app": "/channels/wecom"}


async def check_wechat(settings: Settings) -> list[Finding]:
    """Findings for every surface that is set up; none when there is none."""
    chats, findings = settings.channels, list[Finding]()
    if (account := chats.official_account).app_id:
        api = WeChatApi(SystemClock(), account.api_base, official_account_token(account.app_id, account.app_secret))
        findings.append(await _lets_us_in("channels.official_account", api))
        findings.append(_reachable("channels.official_account", settings))
    if (app := chats.wecom_app).corp_id:
        api = WeChatApi(SystemClock(), app.api_base, wecom_token(app.corp_id, app.secret))
        findings.append(await _lets_us_in("channels.wecom_app", api))
        findings.append(_reachable("channels.wecom_app", settings))
    if chats.wecom_robot.bot_id:
        # A second connection would push the running service's out.
        found = "set up; tried by the service itself, and a refusal is told to the admins"
        findings.append(Finding("channels.wecom_robot", True, found))
    if urls := chats.group_webhook.urls:
        found = f"{len(urls)} groups; a robot can only be tried by posting, so it is not"
        findings.append(Finding("channels.group_webhook", True, found))
    return findings


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
