"""What is said about the shared stock sheet, in Chinese."""

TEXTS = {
    "sheet_flag_duplicate": "重复行，不算数",
    "sheet_flag_not_on_menu": "菜单里没有",
    "sheet_flag_unreadable": "看不懂：{columns}",
}
