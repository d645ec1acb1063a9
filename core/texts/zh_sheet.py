"""What is said about the shared stock sheet, in Chinese."""

TEXTS = {
    "console_sheet": "库存表核对于",
    "sheet_flag_duplicate": "重复行，不算数",
    "sheet_flag_not_on_menu": "菜单里没有",
    "sheet_flag_unreadable": "看不懂：{columns}",
    "sheet_is_old": "库存表已 {minutes} 分钟没有更新，余量以商家确认为准。",
    "sheet_state_never": "还没有核对过",
    "stock_conflict": "「{dish}」供应改成了 {supply} 份，但已卖出 {sold} 份，多卖 {count} 份：不再接新的订单；已记下的订单不会自动取消，请联系学生调整。",
    "stock_doubtful": "库存表里「{dish}」这一行被复制过，或当时正在排序，可能有一次修改没有生效。现在算：{now}。不对的话请再填一次。",
    "stock_unreadable": "库存表里「{dish}」{why}。没有改动，仍按上一个数算。份数请填整数（如 50），留空表示不限量；停售请打勾或填 是、否。",
    "sheet_none_called": "没有叫「{word}」的菜。",
    "sheet_page": "第 {number} 页，共 {pages} 页",
    "sheet_page_after": "下一页",
    "sheet_page_before": "上一页",
    "sheet_pager": "翻页和查找",
    "sheet_search": "找菜",
}
