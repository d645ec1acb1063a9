"""What is said about the shared stock sheet, in English."""

TEXTS = {
    "console_sheet": "Stock sheet compared",
    "sheet_flag_duplicate": "copied row, does not count",
    "sheet_flag_not_on_menu": "not on the menu",
    "sheet_flag_unreadable": "cannot be read: {columns}",
    "sheet_is_old": "The stock sheet has not been updated for {minutes} min; what is left is for the merchant to confirm.",
    "sheet_state_never": "never compared yet",
    "stock_conflict": "“{dish}” is now supplied {supply} times, but {sold} are sold, {count} too many: no new orders are taken; those noted are not cancelled by themselves, please settle them with the students.",
    "stock_doubtful": "In the stock sheet, the row of “{dish}” was copied, or rows were being sorted; one change may not have counted. What counts now: {now}. Please type it again if that is wrong.",
    "stock_unreadable": "In the stock sheet, “{dish}” {why}. Nothing was changed; the last number counts. Write whole portions such as 50, or leave it empty for unlimited; tick the switch, or write 是 or 否.",
    "sheet_none_called": "No dish of yours is called “{word}”.",
    "sheet_page": "page {number} of {pages}",
    "sheet_page_after": "next",
    "sheet_page_before": "previous",
    "sheet_pager": "Pages and search",
    "sheet_search": "Find a dish",
}
