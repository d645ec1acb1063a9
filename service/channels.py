"""Which chats are connected: every channel that the settings name, and nothing of the others is even loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.routing import BaseRoute

from bot.channels.local_chat import LocalChat
from bot.channels.telegram.channel import TelegramChannel
from core.errors import FallbackError
from core.ports import Channel, Clock
from core.settings import Settings
from fallback_store.database import Store, Tx
from service.telling import Telling


@dataclass(slots=True)
class Channels:
    """The connected chats."""

    by_name: dict[str, Channel] = field(default_factory=dict)
    #: addresses at which vendors reach us
    routes: list[BaseRoute] = field(default_factory=list)
    #: give every building of the directory its room, where a channel makes rooms by itself
    furnish: list[Callable[[Tx], None]] = field(default_factory=list)

    def add(self, channel: Channel, routes: Sequence[BaseRoute] = ()) -> None:
        """Connects one more."""
        self.by_name[channel.name] = channel
        self.routes += routes


def connect(
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    local_chat: LocalChat,
    telling: Telling,
    chance: Callable[[], float],
) -> Channels:
    """Builds the channels; none runs yet. `chance`: 0 ≤ x < 1, spreads retries."""

    def tell_admin(tx: Tx, problem: FallbackError) -> None:
        telling.admin(tx, problem, clock.now())

    found = Channels()
    chats, language = settings.channels, settings.campus.language
    if chats.local_chat.enabled:
        found.add(local_chat)
        found.furnish.append(local_chat.ensure_rooms)
    if chats.telegram.token:
        telegram = TelegramChannel(
            store,
            clock,
            chats.telegram,
            chance=chance,
            tell_admin=tell_admin,
            public_url=settings.web.public_url,
            language=language,
        )
        found.add(telegram, telegram.routes)
    _connect_wechat(found, settings, store, clock, tell_admin, chance)
    return found


def _connect_wechat(
    found: Channels,
    settings: Settings,
    store: Store,
    clock: Clock,
    tell_admin: Callable[[Tx, FallbackError], None],
    chance: Callable[[], float],
) -> None:
    chats, language = settings.channels, settings.campus.language
    if (account := chats.official_account).app_id:
        from bot.channels.wechat.api import WeChatApi, official_account_token
        from bot.channels.wechat.official_account import OfficialAccount
        from bot.channels.wechat.seal import Seal

        api = WeChatApi(clock, account.api_base, official_account_token(account.app_id, account.app_secret))
        seal = Seal(account.token, account.aes_key, account.app_id)
        official = OfficialAccount(store, clock, seal, api, tell_admin=tell_admin, language=language)
        found.add(official, official.routes)
    if (app := chats.wecom_app).corp_id:
        from bot.channels.wechat.api import WeChatApi, wecom_token
        from bot.channels.wechat.seal import Seal
        from bot.channels.wechat.wecom_app import WecomApp

        api = WeChatApi(clock, app.api_base, wecom_token(app.corp_id, app.secret))
        crew = WecomApp(
            store, clock, Seal(app.token, app.aes_key, app.corp_id), api, app.agent_id, tell_admin=tell_admin
        )
        found.add(crew, crew.routes)
    if (robot := chats.wecom_robot).bot_id:
        from bot.channels.wechat.wecom_robot import WecomRobot

        found.add(
            WecomRobot(
                store,
                clock,
                bot_id=robot.bot_id,
                secret=robot.secret,
                ws_url=robot.ws_url,
                chance=chance,
                tell_admin=tell_admin,
                language=language,
            )
        )
    if urls := {building: url for building, url in chats.group_webhook.urls.items() if url}:
        from bot.channels.wechat.group_webhook import GroupWebhook

        posts = GroupWebhook(clock, urls, language=language, connected=found.by_name)
        found.add(posts)
        found.furnish.append(posts.ensure_rooms)
