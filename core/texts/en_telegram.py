"""What is said about Telegram itself, in English."""

from __future__ import annotations

TEXTS = {
    "message_given_up_admin": "A message for {chat}, due {ago}, was tried {tries} times and never taken. It is kept, marked as failed.",
    "message_quarantined_admin": "A message could not be served and was put aside, see the console; all others are served as usual.",
    "message_undelivered_admin": "A message for {chat}, due {ago}, was tried {tries} times and is not taken. It is tried on; what came after it goes first.",
    "telegram_away_admin": "Telegram: I am not in these groups: {groups}. Notices and the board do not reach them; add me again and make me an admin.",
    "telegram_deaf": "I cannot hear what people type in this group, only mentions and commands. Please make me an admin (or switch privacy mode off at @BotFather and add me again), then typing an order is enough.",
    "telegram_deaf_admin": "Telegram: in these groups I cannot hear what people type: {groups}. Make me an admin there, or switch privacy mode off at @BotFather and add me again.",
    "telegram_hears": "Now I hear what people type. When the platform is down, an order typed here is enough.",
    "telegram_no_pin_admin": "Telegram: in these groups I cannot pin the board: {groups}. Give me the admin right to pin messages.",
    "telegram_removed": "Telegram: I was removed from “{title}”; notices and the board do not reach it. To undo this, add me again and make me an admin.",
    "telegram_unbound": "I hear what people type, but I do not know which building this group belongs to. An admin can say so here: /bind and the building, such as /bind 12.",
}
