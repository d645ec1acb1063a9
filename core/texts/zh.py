"""What people read in Chinese."""

from __future__ import annotations

# One heading per desk; within a heading in alphabetical order. Add to en.py in the same change: a test compares them.
# A sentence promises no more than the row behind it: 已记下 (stored), 商家已接 (accepted), 已回传 (the primary has it).
TEXTS: dict[str, str] = {
    # Time and numbers ------------------------------------------------------------------------
    "ago_days": "{count} 天前",
    "ago_hours": "{count} 小时前",
    "ago_minutes": "{count} 分钟前",
    "ago_now": "刚刚",
    # Modes -----------------------------------------------------------------------------------
    "mode_emergency": "应急接单中",
    "mode_handing_back": "正在交还平台",
    "mode_normal": "正常",
    "mode_partial": "部分功能故障",
    "mode_watching": "观察中",
    # Pickup codes ----------------------------------------------------------------------------
    "colour_black": "黑",
    "colour_blue": "蓝",
    "colour_green": "绿",
    "colour_purple": "紫",
    "colour_red": "红",
    "colour_yellow": "黄",
    "pickup_code": "{colour}{shape}{digits}",
}
