"""What is said about Telegram itself, in Chinese."""

from __future__ import annotations

TEXTS = {
    "message_given_up_admin": "发给 {chat} 的一条消息试了 {tries} 次，都没发出去（{ago}就该发了），不再试了。它还留着，记为失败。",
    "message_quarantined_admin": "有消息没能处理，已放到一边，见管理页；其他消息照常处理。",
    "message_undelivered_admin": "发给 {chat} 的消息试了 {tries} 次，还没发出去（{ago}就该发了）。会继续试，那里后面的消息先发。",
    "telegram_away_admin": "Telegram：我不在这些群里：{groups}。通知和公告板到不了那里，请重新拉我进群并设为管理员。",
    "telegram_deaf": "我在这个群里听不到大家打字，只听得到 @我 和命令。请把我设为管理员（或在 @BotFather 关闭隐私模式后重新拉我进群），这样直接打字就能点餐。",
    "telegram_deaf_admin": "Telegram：这些群我听不到大家打字：{groups}。请在群里把我设为管理员，或在 @BotFather 关闭隐私模式后重新拉我进群。",
    "telegram_hears": "我听得到大家打字了。平台出故障时，在这里直接打字就能点餐。",
    "telegram_no_pin_admin": "Telegram：这些群里我不能置顶公告板：{groups}。请给我「置顶消息」的管理员权限。",
    "telegram_removed": "Telegram：我被移出了「{title}」，通知和公告板到不了那里。要恢复请重新拉我进群并设为管理员。",
    "telegram_unbound": "我听得到大家打字了，但还不知道这是哪栋楼的群。请管理员在这里发送 /bind 加楼号，例如 /bind 12。",
}
