"""What only Telegram can say no to.

Permanent
├── NotChanged         the message already reads so
├── NothingToEdit      the message is gone, or cannot be edited
├── PicturesRefused    this group takes words only
└── TooLate            nobody sees a toast any more
Temporary: ChannelDown
└── TokenDenied        nothing goes until the token is put right
NeedsPerson
├── SecondPoller       somebody else receives with our token
├── WebhookInTheWay    updates are pushed elsewhere
└── ClockWrong         our clock differs from the vendor's
"""

from __future__ import annotations

from core.errors import ChannelDown, NeedsPerson, Permanent


class NotChanged(Permanent):
    """The message already reads so."""


class NothingToEdit(Permanent):
    """The message is gone, or can no longer be edited."""


class PicturesRefused(Permanent):
    """The group lets us say words, and show no pictures."""


class TooLate(Permanent):
    """The press is too old to be answered."""


class TokenDenied(ChannelDown):
    """Telegram does not accept the bot's token: nothing is received or said."""

    hint = "Set channels.telegram.token to what @BotFather shows, and start the service again."


class SecondPoller(NeedsPerson):
    """Another program receives updates with this bot's token: each of us gets only some of them."""

    hint = "One token, one process: stop the other program, or give it a bot of its own from @BotFather."


class WebhookInTheWay(NeedsPerson):
    """A webhook was set for this bot while we ask for updates ourselves: nothing reaches us."""

    hint = "Stop whoever set it, then start this service again: it removes the webhook. Or set mode: webhook."


class ClockWrong(NeedsPerson):
    """This machine's clock differs from Telegram's."""

    hint = "Set the clock, or let it be kept (timedatectl set-ntp true): notices and expiries go by it."
