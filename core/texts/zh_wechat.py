"""微信里要说的话。"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, str]] = {
    "wechat_menu_menu": "点餐",
    "wechat_menu_menu_words": "菜单",
    "wechat_menu_mine": "我的订单",
    "wechat_menu_mine_words": "我的订单",
    "wechat_menu_help": "帮助",
    "wechat_menu_help_words": "帮助",
}
