"""What is said in WeChat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, str]] = {
    "wechat_menu_menu": "Order",
    "wechat_menu_menu_words": "menu",
    "wechat_menu_mine": "My orders",
    "wechat_menu_mine_words": "my orders",
    "wechat_menu_help": "Help",
    "wechat_menu_help_words": "help",
}
