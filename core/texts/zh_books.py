"""What people read in Chinese about books: where ours and the platform's differ, and who has paid."""

from __future__ import annotations

TEXTS: dict[str, str] = {
    "books_equal": "没有对不上的账要处理。",
    "books_title": "第 {epoch} 期的账对不上，{count} 单（记号 {mark}）：",
    "books_missing": "{number}：我们有（{ours}），平台没有",
    "books_extra": "{number}：平台有（{theirs}），我们没有交过",
    "books_differs": "{number}：我们是 {ours}，平台是 {theirs}",
    "books_entry": "{status}，{total}",
    "books_more": "…还有 {count} 单，见管理台或凭证",
    "books_how": (
        "两条路：\n"
        "1. 平台的人改好了，按「再对一次」。\n"
        "2. 就以平台的账为准，发：/books accept {mark} 原因（原因会写进凭证，别写人名）"
    ),
    "books_button_again": "再对一次",
    "books_asked_again": "好，马上再对一次。",
    "books_accepted": "记下了：这 {count} 单以平台的账为准，我们的记录留在凭证里。马上接着交还。",
    "books_reason_missing": "请写上原因：/books accept {mark} 原因",
    "books_moved_on": "这些差异已经变了或已处理，没有记下任何决定。发 /books 看现在的。",
    "journal_books_again": "请再对一次第 {epoch} 期的账（记号 {mark}）",
    "journal_books_accepted": "第 {epoch} 期 {count} 单以平台的账为准（记号 {mark}）：{reason}",
    "console_books": "账对不上",
    "console_books_explained": (
        "我们和平台对这些单的说法不一样。平台的人能改就请他们改，再对一次；改不了，就以平台的账为准，我们的记录留在凭证里。"
    ),
    "console_books_order": "单号",
    "console_books_ours": "我们",
    "console_books_theirs": "平台",
    "console_books_none": "没有",
    "console_books_accept": "以平台的账为准",
    "console_books_reason": "原因（会写进凭证，别写人名）",
    # Money at the door -----------------------------------------------------------------------
    "courier_bag_claimed": " · 说已付 {total}，未确认",
    "courier_bag_confirmed": " · 已收款",
    "courier_bag_unpaid": " · 收 {total}",
    "courier_button_collect": "送达并收 {total}",
    "courier_collected_owner": "已送达，已收款：{numbers}",
    "courier_done_collect": "已送达，已收款：{numbers}",
    "courier_no_such_code": "现在要送的单里没有这个取餐码：也许已经送达，也许不是你的楼。",
    "courier_none_to_collect": "{building} {floor}没有你已取餐的单。先「取餐」，送到再收款。",
    "queue_collect": "送达并收 {total}",
    "pay_cancelled": "{number} 已取消，不用付钱。",
    "pay_claimed": (
        "记下了：你说 {number} 的 {total} 已经付过，支付单号 {reference}。这还不算收到：平台恢复后会拿单号去查，查不到的仍要货到付款。"
    ),
    "pay_claimed_bare": (
        "记下了：你说 {number} 的 {total} 已经付过。没有支付单号就没法查，这还不算收到。有单号请发：已付 {example}"
    ),
    "pay_couriers_only": "收款由送餐员或管理员记。你付过的话请发：已付 编号 支付单号",
    "pay_journal": "第 {epoch} 期：{claimed} 单说已付，平台查到 {proven} 单，其余 {open} 单没有查到",
    "pay_not_yours": "{number} 不是你下的单，没有记。",
    "pay_received": "已收款：{number}，{total}",
    "pay_received_before": "{number} 的 {total} 之前已经收到，不用再付。",
    "pay_received_owner": "{numbers} 的钱已收到。",
    "pay_too_late": "没有记：{number} 正在交还平台，或已经交还，这里不再查支付单号。{total} 付过的话，请在平台上问。",
    "pay_which": "是哪一单？{numbers}。请把楼栋也写上。",
    "paid_claimed": "（说已付，未确认）",
    "paid_confirmed": "（已收款）",
    # What the newest event says became of an order
    "books_status_order_placed": "已下单",
    "books_status_order_changed": "已改单",
    "books_status_order_cancelled": "已取消",
    "books_status_order_accepted": "商家已接",
    "books_status_order_picked_up": "已取餐",
    "books_status_order_delivered": "已送达",
    "books_status_payment_claimed": "说已付款",
    "books_status_payment_confirmed": "已收款",
}
