"""微信和楼长要听的话。"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, str]] = {
    "captains_help": "\n\n楼长：把群里的接龙或聊天记录整段贴给我就行；名单长了整份再贴一次。「交班」把今晚交给别人，「收回」收回来。",
    "captains_in_private": "楼长交接请私聊我，口令不要发在群里。",
    "captains_which": "给哪栋交班？请写「交班 楼名」，比如：{known}。",
    "captains_lent": "今晚 {building} 交班口令：{code}\n请发给接班的人，让 TA 私聊我「接班 {code}」，{minutes} 分钟内有效，到 {until} 自动交还；发「收回」可提前收回。",
    "captains_given": "{building} 楼长口令：{code}\n请发给新楼长，让 TA 私聊我「接班 {code}」，{minutes} 分钟内有效；发「收回」可撤销你给出的所有楼长。",
    "captains_no_such_code": "这个口令不对、过期了，或者已经被别人用了。请对方重新发「交班」取一个新的。",
    "captains_too_many_tries": "口令已经错了 {count} 次，{until} 之后才能再试。请先跟对方核对，或请对方重新发「交班」取一个新的。",
    "captains_was_taken": "{name} 已接 {building} 的班。",
    "captains_taken_until": "你现在是 {building} 的楼长，到 {until} 为止。把群里的接龙或聊天记录粘贴给我就行。",
    "captains_taken": "你现在是 {building} 的楼长。把群里的接龙或聊天记录粘贴给我就行。",
    "captains_ended": "楼长的班已经交还，谢谢你。",
    "captains_taken_back": "已收回 {count} 个。",
    "robot_said_already": "这条已经回复过了，请往上翻。",
    "robot_said_below": "回复在下面。",
    "robot_heard_no_order": "这条听起来不是点餐，没有记下。点餐请直接写菜名和寝室，比如：红烧肉饭两份 305。",
    "webhook_elsewhere": "怎么点：这个群只发通知，在这里打字我看不到。请在{chats}里私聊我点餐，或跟楼长接龙；收到「已记下」和单号才算点上",
    "webhook_by_captain": "怎么点：这个群只发通知，在这里打字我看不到。请跟楼长接龙；楼长给出单号才算点上",
    "webhook_or": "或",
    "webhook_in_wechat": "公众号",
    "webhook_in_wecom_robot": "企业微信",
    "webhook_in_telegram": " Telegram ",
    "wechat_answer_follows": "收到了，还在处理。结果稍后发给你，不用再发一遍。",
    "wechat_menu_menu": "点餐",
    "wechat_menu_menu_words": "菜单",
    "wechat_menu_mine": "我的订单",
    "wechat_menu_mine_words": "我的订单",
    "wechat_menu_help": "帮助",
    "wechat_menu_help_words": "帮助",
}
