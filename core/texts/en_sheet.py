"""What is said about the shared stock sheet, in English."""

TEXTS = {
    "sheet_flag_duplicate": "copied row, does not count",
    "sheet_flag_not_on_menu": "not on the menu",
    "sheet_flag_unreadable": "cannot be read: {columns}",
}
