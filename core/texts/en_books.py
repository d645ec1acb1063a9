"""What people read in English about books: where ours and the platform's differ, and who has paid."""

from __future__ import annotations

TEXTS: dict[str, str] = {
    "books_equal": "There are no differing books to decide about.",
    "books_title": "The books of epoch {epoch} differ about {count} orders (mark {mark}):",
    "books_missing": "{number}: we have it ({ours}), the platform does not",
    "books_extra": "{number}: the platform has it ({theirs}), we never handed it over",
    "books_differs": "{number}: ours {ours}; the platform's {theirs}",
    "books_entry": "{status}, {total}",
    "books_more": "… and {count} more, at the console or in the proof",
    "books_how": (
        "Two ways:\n"
        "1. The platform's people corrected it: press “Compare again”.\n"
        "2. The platform's books stand: send /books accept {mark} REASON (it goes into the proof: no names)"
    ),
    "books_button_again": "Compare again",
    "books_asked_again": "Good. They are compared again now.",
    "books_accepted": (
        "Noted: for these {count} orders the platform's books stand, ours stay on record in the proof."
        " The hand-back goes on."
    ),
    "books_reason_missing": "Please give the reason: /books accept {mark} REASON",
    "books_moved_on": "These differences have changed or are settled; nothing was decided. /books shows how it is now.",
    "journal_books_again": "Asked for the books of epoch {epoch} to be compared again (mark {mark})",
    "journal_books_accepted": "The platform's books of epoch {epoch} stand for {count} orders (mark {mark}): {reason}",
    "console_books": "The books differ",
    "console_books_explained": (
        "We and the platform say different things about these orders. Where the platform's people can correct it,"
        " let them, and compare again; where not, the platform's books stand and ours stay on record in the proof."
    ),
    "console_books_order": "Order",
    "console_books_ours": "Ours",
    "console_books_theirs": "The platform's",
    "console_books_none": "nothing",
    "console_books_accept": "The platform's books stand",
    "console_books_reason": "Why (it goes into the proof: no names)",
    # Money at the door -----------------------------------------------------------------------
    "courier_bag_claimed": " · {total} said to be paid, not confirmed",
    "courier_bag_confirmed": " · paid",
    "courier_bag_unpaid": " · {total} to receive",
    "courier_button_collect": "Delivered, {total} received",
    "courier_collected_owner": "Delivered and paid: {numbers}",
    "courier_done_collect": "Delivered and paid: {numbers}",
    "courier_no_such_code": "No bag that is still owed has this code: it may be delivered already, or be of another building.",
    "courier_none_to_collect": "You picked up nothing for {building}, {floor}. First picked up, then delivered and paid.",
    "queue_collect": "Delivered, {total} received",
    "pay_cancelled": "{number} is cancelled: nothing has to be paid.",
    "pay_claimed": (
        "Noted: you say that the {total} of {number} are paid, payment {reference}. That is not received yet: the platform"
        " is asked about it once it is back; what it does not know is paid on delivery."
    ),
    "pay_claimed_bare": (
        "Noted: you say that the {total} of {number} are paid. Without the payment's number nobody can look it up, so it"
        " is not received yet. If you have it, send: paid {example}"
    ),
    "pay_couriers_only": "Couriers and admins note what was received. If you have paid, send: paid NUMBER PAYMENT",
    "pay_journal": (
        "Epoch {epoch}: {claimed} orders are said to be paid, the platform knows of {proven}, of {open} it does not"
    ),
    "pay_not_yours": "{number} is not your order; nothing was noted.",
    "pay_received": "Received: {number}, {total}",
    "pay_received_before": "The {total} of {number} were received before; nothing more has to be paid.",
    "pay_received_owner": "The money for {numbers} was received.",
    "pay_too_late": (
        "Nothing was noted: {number} is being handed back to the platform, or has been, and payments are no longer looked up"
        " here. If you have paid the {total}, ask on the platform."
    ),
    "pay_which": "Which one? {numbers}. Please write the building too.",
    "paid_claimed": " (said to be paid, not confirmed)",
    "paid_confirmed": " (paid)",
    # What the newest event says became of an order
    "books_status_order_placed": "placed",
    "books_status_order_changed": "changed",
    "books_status_order_cancelled": "cancelled",
    "books_status_order_accepted": "accepted by the kitchen",
    "books_status_order_picked_up": "picked up",
    "books_status_order_delivered": "delivered",
    "books_status_payment_claimed": "said to be paid",
    "books_status_payment_confirmed": "paid",
}
