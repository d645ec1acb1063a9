"""What people read in Chinese about single broken parts, about being asked before a switch, and about the breaker."""

from __future__ import annotations

TEXTS: dict[str, str] = {
    # What is wrong ---------------------------------------------------------------------------
    "cause_calls": "服务电话比平时多得多",
    "cause_canteen": "一个食堂联系不上，其他食堂正常",
    "cause_certificate": "平台的 HTTPS 证书快到期了",
    "cause_clock": "平台的时钟和这台机器差得多",
    "cause_complaints": "群里很多人说平台用不了",
    "cause_heartbeat": "平台的一个部件不再报到",
    "cause_merchant": "一家商家联系不上，其他商家正常",
    "cause_order_rate": "平台的订单量和平时这个时候差得多",
    "cause_ourselves": "机器人自己变慢了：{hot}",
    "cause_service": "平台的服务质量变差：{hot}",
    # What an admin types in ------------------------------------------------------------------
    "calls_how": "请写每分钟的来电数，例如：/calls 12",
    "calls_noted": "记下了：每分钟 {calls} 个电话，10 分钟内有效。",
    # Notices about one merchant or canteen ---------------------------------------------------
    "notice_title_partial_place": "【{place}暂时点不了】平台其他商家照常",
    "notice_title_partial_over_place": "【{place}可以点了】平台已经能联系上",
    "notice_title_update_place": "【情况通报】{place}仍然点不了",
    "notice_works_place": "现在能用：平台的其他商家、付款和配送",
    "notice_todo_place": "怎么做：请在平台换一家{link}；已在{place}下过的单，请先不要重下，以平台的订单状态为准",
    "notice_todo_place_over": "怎么做：请照常在平台下单{link}",
    "place_canteen": "食堂 {name}",
    "journal_part_broken": "部分故障：{part}，{cause}",
    "journal_part_mended": "已恢复：{part}",
    "part_payments": "付款",
}
