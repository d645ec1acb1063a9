"""How the bot gets its updates: by asking for them, or by naming an address they are pushed to; never both."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import orjson

from drills.telegram_double.methods_common import Method
from drills.telegram_double.parameters import Parameters
from drills.telegram_double.refusals import bad_request, conflict
from drills.telegram_double.values import Json
from drills.telegram_double.webhook import Webhook
from drills.telegram_double.world import World

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PORTS = (80, 88, 443, 8443)
_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class UpdateMethods:
    """`getUpdates`, `setWebhook` and their kin."""

    def __init__(self, world: World, webhook: Webhook, *, is_local: bool) -> None:
        """`is_local`: as the vendor's own server with --local, addresses may be http and have any port."""
        self._world, self._webhook, self._is_local = world, webhook, is_local

    def table(self) -> dict[str, Method]:
        """Method, lower case → what it does."""
        return {
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
        }

    async def _get_updates(self, parameters: Parameters) -> Any:
        updates = self._world.updates
        if self._webhook.url:
            raise conflict(_ACTIVE)
        updates.allow(_kinds(parameters))
        found = await updates.poll(
            parameters.whole("offset"), parameters.whole("limit", 100), parameters.whole("timeout")
        )
        return [orjson.Fragment(raw) for raw in found]

    async def _set_webhook(self, parameters: Parameters) -> Any:
        url, secret = parameters.text("url"), parameters.text("secret_token")
        if not url:
            return await self._delete_webhook(parameters)
        self._check_address(url)
        if secret and not _SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        self._world.updates.allow(_kinds(parameters))
        if parameters.flag("drop_pending_updates"):
            self._world.updates.drop_all()
        self._world.updates.end_poll(conflict("terminated by setWebhook request"))
        self._webhook.set(url, secret, min(100, max(1, parameters.whole("max_connections", 40))))
        return True

    async def _delete_webhook(self, parameters: Parameters) -> Any:
        if parameters.flag("drop_pending_updates"):
            self._world.updates.drop_all()
        self._webhook.unset()
        return True

    async def _webhook_info(self, parameters: Parameters) -> Any:
        hook, updates = self._webhook, self._world.updates
        body: Json = {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(updates.waiting()),
        }
        if hook.url:
            body["max_connections"] = hook.most_at_once
        if hook.last_error:
            body |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error}
        if not updates.is_default:
            body["allowed_updates"] = sorted(updates.allowed)
        return body

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise bad_request("bad webhook: invalid webhook URL specified")
        if self._is_local:
            return
        if parts.scheme != "https":
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if (parts.port or 443) not in _PORTS:
            raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _kinds(parameters: Parameters) -> list[str] | None:
    return parameters.items("allowed_updates", str)
