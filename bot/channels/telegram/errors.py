"""What only Telegram can say no to.

Permanent
├── NotChanged         the message already reads so
├── NothingToEdit      the message is gone, or cannot be edited
└── TooLate            nobody sees a toast any more
Temporary: ChannelDown
└── TokenDenied        nothing goes until the token is put right
NeedsPerson
├── SecondPoller       somebody else receives with our token
├── WebhookInTheWay    updates are pushed elsewhere
└── DeafGroups         the bot does not hear what people type there
"""

from __future__ import annotations

from core.errors import ChannelDown, NeedsPerson, Permanent


class NotChanged(Permanent):
    """The message already reads so."""


class NothingToEdit(Permanent):
    """The message is gone, or can no longer be edited."""


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


class DeafGroups(NeedsPerson):
    """The bot does not hear what people type in some groups."""

    hint = "Make the bot an admin there, or switch privacy mode off at @BotFather and add the bot again."
