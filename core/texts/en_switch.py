"""What people read in English about single broken parts, about being asked before a switch, and about the breaker."""

from __future__ import annotations

TEXTS: dict[str, str] = {
    # What is wrong ---------------------------------------------------------------------------
    "cause_calls": "far more calls to the service line than usual",
    "cause_canteen": "one canteen cannot be reached, the others can",
    "cause_certificate": "the platform's HTTPS certificate runs out soon",
    "cause_clock": "the platform's clock and this machine's are far apart",
    "cause_complaints": "many people in the groups say that the platform does not work",
    "cause_heartbeat": "a part of the platform no longer reports in",
    "cause_merchant": "one merchant cannot be reached, the others can",
    "cause_order_rate": "the number of orders on the platform is far from what is usual at this hour",
    "cause_ourselves": "the bot itself has become slow: {hot}",
    "cause_service": "the platform's service has become poor: {hot}",
    # Asked before a switch -------------------------------------------------------------------
    "asked_switch": "Switch? The platform seems to be down: {cause} (since {since}).\nProposed: {mode}. {seconds} seconds left: {silence}",
    "asked_silence_stay": "if nobody answers, things stay as they are.",
    "asked_silence_switch": "if nobody answers, it is switched.",
    "asked_button_yes": "Switch",
    "asked_button_no": "Leave as is",
    "asked_yes": "{by} decided for: {mode}. {cause}.",
    "asked_no": "{by} decided to leave things as they are: {cause}. Not asked again while this lasts; to switch send /emergency on REASON.",
    "asked_silence": "Nobody answered, done as the settings say: {cause}. To change it send /emergency on REASON, or /lock.",
    "asked_withdrawn": "No answer needed any more: {cause}, it has passed.",
    "admin_decided": "Done. It is now: {mode} (epoch {epoch}).",
    "conflict_asked": "This question has its answer, or the trouble has passed.",
    "journal_asked": "admins asked whether to switch to {mode}: {cause}",
    "journal_asked_yes": "an admin agreed to {mode}: {cause}",
    "journal_asked_no": "an admin decided to leave things as they are: {cause}",
    "journal_asked_silence": "no admin answered whether to switch to {mode}: {cause}",
    "journal_asked_withdrawn": "no need to ask about {mode} any more: {cause}",
    # What an admin types in ------------------------------------------------------------------
    "calls_how": "Write the calls in a minute, such as: /calls 12",
    "calls_noted": "Noted: {calls} calls a minute, valid for 10 minutes.",
    "partial_how": "Write: /partial on payments REASON, or /partial off payments. A merchant's name may stand for payments.",
    "partial_on": "Noted: {what} is broken. The groups are told, orders stay on the platform; send /partial off {what} once it works.",
    "partial_off": "Noted: {what} works again, the groups are told.",
    "partial_off_reason": "an admin confirmed that it works again",
    # Notices about one merchant or canteen ---------------------------------------------------
    "notice_title_partial_place": "[{place} cannot be ordered from] Everybody else on the platform can",
    "notice_title_partial_over_place": "[{place} is back] The platform can reach it again",
    "notice_title_update_place": "[Update] {place} still cannot be ordered from",
    "notice_works_place": "What works: every other merchant on the platform, payments and delivery",
    "notice_todo_place": "What to do: choose another place on the platform{link}; if you have already ordered from {place}, do not order again, the platform's order status counts",
    "notice_todo_place_over": "What to do: order on the platform as usual{link}",
    "place_canteen": "Canteen {name}",
    "journal_part_broken": "one part is broken: {part}, {cause}",
    "journal_part_mended": "mended: {part}",
    "part_payments": "payments",
}
