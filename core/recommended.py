"""The rules a campus starts with: those that did best on a thousand simulated days, as config.yaml shows them."""

from __future__ import annotations

from typing import Any

from core.rule_settings import RuleSettings

_EITHER = "probe_ok == 0 or write_ok == 0"
_HOT = (
    "db_p95 > 500ms",
    "probe > 900ms",
    "pool_ratio > 70%",
    "queue_depth > 150",
    "cpu > 90%",
    "mem > 95%",
    "disk > 95%",
    "cache_hit < 80%",
    "dns > 500ms",
)

#: Twelve figures of which three at once are a warning, however different they look.
TWELVE = (
    *_HOT[:6],
    "cache_hit < 80%",
    "http_5xx_rate > 5%",
    "order_success < 90%",
    "pay_success < 85%",
    "login_success < 90%",
    "callback_lag > 10s",
)

#: Said in a group, they complain about the platform.
COMPLAINTS: tuple[str, ...] = (
    "打不开",
    "进不去",
    "下不了单",
    "点不了餐",
    "付不了款",
    "付款失败",
    "崩了",
    "卡死",
    "加载不出来",
    "can't order",
    "app is down",
)

_WRITTEN: tuple[dict[str, Any], ...] = (
    # Facts: they flip nothing, other rules build on them.
    {"name": "saturated_before", "when": _HOT, "at_least": 3, "for": "3s", "of": "5s", "holds": "180s", "level": 0},
    {"name": "maintenance", "when": "maintenance == 1", "holds": "120s", "level": 0},
    # Emergency. Harmless restarts last up to 18 seconds: nothing shorter counts, unless this is none.
    {"name": "no_answer", "when": "probe_ok == 0", "for": "20s", "of": "22s", "unless": "ref_down", "level": 1},
    {
        "name": "no_answer_soon",
        "cause": "no_answer",
        "when": "probe_ok == 0",
        "for": "12s",
        "needs": ("saturated_before", "restarts_announced"),
        "unless": ("ref_down", "maintenance"),
        "level": 1,
    },
    {"name": "writes_fail", "when": "write_ok == 0", "for": "20s", "of": "22s", "unless": "ref_down", "level": 1},
    {
        "name": "writes_fail_soon",
        "cause": "writes_fail",
        "when": "write_ok == 0",
        "for": "12s",
        "needs": ("saturated_before", "restarts_announced"),
        "unless": ("ref_down", "maintenance"),
        "level": 1,
    },
    {"name": "degraded", "when": _EITHER, "for": "37s", "of": "90s", "unless": "ref_down", "level": 1},
    {
        "name": "degraded_reads",
        "cause": "degraded",
        "when": "probe_ok == 0",
        "for": "36s",
        "of": "90s",
        "unless": "ref_down",
        "level": 1,
    },
    {
        "name": "degraded_writes",
        "cause": "degraded",
        "when": "write_ok == 0",
        "for": "36s",
        "of": "90s",
        "unless": "ref_down",
        "level": 1,
    },
    # One part is broken. A payment gateway's hiccups last up to 40 seconds and are over before anybody is told.
    {
        "name": "payments",
        "when": "payment_evidence >= 13 and payment_trouble >= 37s",
        "until": "payment_evidence <= 5",
        "level": 2,
        "part": "payments",
    },
    {"name": "merchant", "when": "merchant_ok == 0", "for": "60s", "of": "70s", "level": 2, "part": "merchant"},
    {"name": "canteen", "when": "canteen_ok == 0", "for": "60s", "of": "70s", "level": 2, "part": "canteen"},
    # Warnings: the admins are told, nothing changes for students.
    {"name": "failures", "when": _EITHER, "for": "3s", "of": "5s", "unless": "ref_down", "level": 3},
    {
        "name": "pay_probe",
        "cause": "payments",
        # While nothing gets through, or not to us, a payment that fails says nothing about payments.
        "when": "pay_probe == 0 and probe_ok == 1",
        "for": "4s",
        "of": "60s",
        "unless": "ref_down",
        "level": 3,
    },
    {"name": "slow_database", "when": "db_p95 > 500ms", "for": "3s", "of": "5s", "level": 3},
    {"name": "saturated", "when": _HOT, "at_least": 2, "for": "3s", "of": "5s", "level": 3},
    {
        "name": "rising",
        "cause": "saturated",
        "when": (
            "db_p95 > 2x recent and db_p95 > 100ms",
            "pool_ratio > 1.4x recent and pool_ratio > 30%",
            "queue_depth > 3x recent and queue_depth > 20",
            "probe > 3x recent and probe > 200ms",
        ),
        "at_least": 2,
        "for": "3s",
        "of": "5s",
        "level": 3,
    },
    {
        "name": "three_of_twelve",
        "cause": "saturated",
        "when": TWELVE,
        "at_least": 3,
        "for": "3s",
        "of": "12s",
        "level": 3,
    },
    {"name": "order_rate", "when": "order_rate < 0.3x usual", "for": "60s", "of": "90s", "level": 3},
    {"name": "order_rate_high", "cause": "order_rate", "when": "order_rate > 4x usual", "for": "60s", "level": 3},
    {"name": "calls", "when": "calls > 3x usual and calls > 5/min", "level": 3},
    {"name": "complaints", "when": "complaints > 5/min", "level": 3},
    {"name": "heartbeat", "when": "heartbeat_ok == 0", "for": "60s", "level": 3},
    {"name": "certificate", "when": "tls < 14days", "level": 3},
    {"name": "clock", "when": "clock_skew > 30s or clock_skew < -30s", "for": "60s", "of": "90s", "level": 3},
    {
        "name": "service",
        "when": ("merchant_accept_p95 > 10min", "callback_lag > 30s", "login_success < 80%", "http_5xx_rate > 20%"),
        "for": "30s",
        "of": "60s",
        "level": 3,
    },
    {
        "name": "ourselves",
        "when": ("store_commit > 1s", "send_lag > 60s", "sheet_age > 10min", "inbox_backlog > 500"),
        "for": "20s",
        "of": "30s",
        "level": 3,
    },
)

RECOMMENDED: tuple[RuleSettings, ...] = tuple(RuleSettings.model_validate(rule) for rule in _WRITTEN)
