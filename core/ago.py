"""How long ago something was, in words: people plan with "3 minutes ago", not with timestamps."""

from __future__ import annotations

from datetime import datetime

from core.texts import text


def ago(moment: datetime, now: datetime, language: str) -> str:
    """`刚刚`, `3 分钟前`, `2 小时前`, `5 天前`; a moment ahead of `now` counts as now."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return text(language, "ago_now")
    if minutes < 60:
        return text(language, "ago_minutes", count=minutes)
    if minutes < 48 * 60:
        return text(language, "ago_hours", count=minutes // 60)
    return text(language, "ago_days", count=minutes // (24 * 60))
