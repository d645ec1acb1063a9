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
    # Asked before a switch -------------------------------------------------------------------
    "asked_switch": "要切换吗？平台疑似故障：{cause}（{since}起）。\n建议切到「{mode}」。还有 {seconds} 秒：{silence}",
    "asked_silence_stay": "没有人回答就保持现状。",
    "asked_silence_switch": "没有人回答就自动切换。",
    "asked_button_yes": "切换",
    "asked_button_no": "保持现状",
    "asked_yes": "{by} 已决定切到「{mode}」：{cause}。",
    "asked_no": "{by} 决定保持现状：{cause}。这次故障期间不再问；要切换请发 /emergency on 原因。",
    "asked_silence": "没有人回答，按设置处理：{cause}。要改请发 /emergency on 原因，或 /lock。",
    "asked_withdrawn": "不用回答了：{cause}，已经过去。",
    "admin_decided": "好的。现在是「{mode}」（第 {epoch} 期）。",
    "conflict_asked": "这个问题已经有答案，或者故障已经过去。",
    "journal_asked": "问管理员是否切到「{mode}」：{cause}",
    "journal_asked_yes": "管理员同意切到「{mode}」：{cause}",
    "journal_asked_no": "管理员决定保持现状：{cause}",
    "journal_asked_silence": "没有管理员回答是否切到「{mode}」：{cause}",
    "journal_asked_withdrawn": "不用再问是否切到「{mode}」：{cause}",
    # What an admin types in ------------------------------------------------------------------
    "calls_how": "请写每分钟的来电数，例如：/calls 12",
    "calls_noted": "记下了：每分钟 {calls} 个电话，10 分钟内有效。",
    "partial_how": "请写：/partial on payments 原因，或 /partial off payments。payments 可以换成商家的名字。",
    "partial_on": "已记下：{what} 坏了。各楼的群会收到通知，下单仍在平台；好了请发 /partial off {what}。",
    "partial_off": "已记下：{what} 好了，各楼的群会收到通知。",
    "partial_off_reason": "管理员确认已恢复",
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
