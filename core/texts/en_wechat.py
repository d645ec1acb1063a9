"""What is said in WeChat, and to captains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, str]] = {
    "captains_help": '\n\nCaptains: paste the group\'s list or chat to me, whole, and again when it has grown. "hand over" lends tonight to somebody else, "take back" ends it.',
    "captains_in_private": "Please settle this with me in private: a code has no place in a group.",
    "captains_which": 'For which building? Write "hand over <building>", for example: {known}.',
    "captains_lent": 'Tonight\'s code for {building}: {code}\nGive it to whoever takes over; they write "take over {code}" to me in private within {minutes} minutes. It ends by itself at {until}; "take back" ends it earlier.',
    "captains_given": 'The captain\'s code for {building}: {code}\nGive it to the new captain; they write "take over {code}" to me in private within {minutes} minutes. "take back" ends everything you gave.',
    "captains_no_such_code": 'This code is wrong, too old, or somebody else took it. Ask for a new one: they write "hand over" again.',
    "captains_too_many_tries": "That was {count} wrong codes: you can try again after {until}. Compare it with whoever gave it to you, or ask for a new one.",
    "captains_was_taken": "{name} has taken over {building}.",
    "captains_taken_until": "You are the captain of {building} until {until}. Paste the group's list or chat to me.",
    "captains_taken": "You are the captain of {building}. Paste the group's list or chat to me.",
    "captains_ended": "Your time as a captain has ended. Thank you.",
    "captains_taken_back": "{count} taken back.",
    "robot_said_already": "This was answered already, further up.",
    "robot_said_below": "The answer is below.",
    "robot_heard_no_order": "This did not sound like an order, and nothing was written down. To order, write dish and room, such as: 2 braised pork 305.",
    "webhook_elsewhere": "How to order: this group is for notices only, what is typed here does not reach me. Write to me in private in {chats}, or join your captain's list; only a reply that says noted, with a number, is an order",
    "webhook_by_captain": "How to order: this group is for notices only, what is typed here does not reach me. Join your captain's list; only with a number from your captain is it ordered",
    "webhook_or": " or ",
    "webhook_in_wechat": "WeChat",
    "webhook_in_wecom_robot": "WeCom",
    "webhook_in_telegram": "Telegram",
    "wechat_answer_follows": "Received, and not dealt with yet. The answer follows; no need to send it again.",
    "wechat_menu_menu": "Order",
    "wechat_menu_menu_words": "menu",
    "wechat_menu_mine": "My orders",
    "wechat_menu_mine_words": "my orders",
    "wechat_menu_help": "Help",
    "wechat_menu_help_words": "help",
}
