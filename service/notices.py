"""Which parts tell people of an outage, by the settings: the cadence always, mail and webhooks where they are set."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from core.notices import NoticeRules
from core.ports import Clock
from core.settings import Settings
from fallback_store.database import Store
from service.telling import Telling
from watch.notice_cadence import NoticeCadence
from watch.notice_delivery import Carrier, NoticeDelivery


def notice_rules(settings: Settings) -> NoticeRules:
    """What every notice needs to know about this campus."""
    notices = settings.notices
    return NoticeRules(
        platform=settings.campus.name,
        timezone=ZoneInfo(settings.campus.timezone),
        language=settings.campus.language,
        every_s=settings.watch.notice_every_s,
        countdown_s=notices.countdown_s / settings.watch.times_faster,
        order_url=settings.primary.order_url,
        status_url=settings.web.public_url,
        mail=notices.smtp.to if notices.smtp.host else (),
        webhooks=tuple(webhook.name for webhook in notices.webhooks),
    )


def notice_works(
    settings: Settings,
    store: Store,
    clock: Clock,
    telling: Telling,
    chance: Callable[[], float],
    is_back: Callable[[], bool],
) -> dict[str, NoticeCadence | NoticeDelivery]:
    """The parts, by the name their task carries. `is_back`: whether the primary has been well for a while."""
    language = settings.campus.language
    delivering = {
        f"notices by {carrier.channel}": NoticeDelivery(
            store, clock, carrier, chance, language=language, tell_admin=telling.admin
        )
        for carrier in _carriers(settings, clock)
    }
    return {"notices": NoticeCadence(store, clock, notice_rules(settings), is_back), **delivering}


def _carriers(settings: Settings, clock: Clock) -> list[Carrier]:
    # Imported only where they are wanted: every library a service does not use would stay in its memory.
    found = list[Carrier]()
    if settings.notices.smtp.host:
        from watch.notice_mail import MailCarrier

        found.append(MailCarrier(settings.notices.smtp))
    if settings.notices.webhooks:
        from watch.notice_webhook import WebhookCarrier

        found.append(WebhookCarrier(settings.notices.webhooks, clock, timeout_s=settings.notices.webhook_timeout_s))
    return found
