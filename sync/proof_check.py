"""Recomputes a proof from its file alone: standard library only, nothing of the program that wrote it.

Copy this one file anywhere and run `python proof_check.py PROOF [--store FILE]`. It exits with 0 when both books are
equal, 1 when something is wrong, and 3 when nothing is wrong and the books differ only about what a person accepted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

_AT_THE_PRIMARY = {"applied", "cancelled"}
_NOT_AT_THE_PRIMARY = {"refused", "parked"}
_SHOWN = 10  # findings of one kind that are named one by one
HOLDS, WRONG, ACCEPTED = 0, 1, 3  # what it exits with; 2 is a mistake in the command


def check_proof(path: Path | str, store: Path | str | None = None) -> list[str]:
    """What is wrong with the proof, one sentence each; empty = it holds. `store`: the file it was made from."""
    try:
        proof = json.loads(Path(path).read_text(encoding="utf-8"))
        findings = _check(proof)
        if store is not None:
            findings += _check_against_store(proof, Path(store))
    except (OSError, UnicodeDecodeError) as problem:
        return [f"The proof cannot be read: {problem}"]
    except sqlite3.Error as problem:
        return [f"The store cannot be read: {problem}"]
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        return [f"This is no proof: {type(problem).__name__}: {problem}"]
    return findings


def accepted_differences(path: Path | str) -> list[str]:
    """Where the primary's books are others and a person took that upon themselves; of a proof without findings."""
    summary = json.loads(Path(path).read_text(encoding="utf-8"))["summary"]
    if (accepted := summary.get("accepted")) is None:
        return []
    why = f"accepted at {accepted['at']}: {accepted['reason']}"
    return [
        f"{d['order_id']}: ours {_said(d['ours'])}, the primary's {_said(d['theirs'])}; {why}"
        for d in summary["differences"]
    ]


def exit_code(findings: list[str], accepted: list[str]) -> int:
    """What a script learns from both lists."""
    return WRONG if findings else ACCEPTED if accepted else HOLDS


def conclusion(accepted: list[str]) -> str:
    """What a proof without findings says."""
    but = f" Both books are equal except {len(accepted)} accepted differences:" if accepted else ""
    return f"The proof holds.{but}"


def _said(entry: dict[str, Any] | None) -> str:
    return "nothing" if entry is None else f"{entry['status']}, {entry['total_fen']} fen"


def _check(proof: dict[str, Any]) -> list[str]:
    orders, summary = proof["orders"], proof["summary"]
    findings = _check_hash(proof)
    if summary["format"] != "fallback-proof/1":
        findings.append(f"The format is {summary['format']!r}, this checker knows fallback-proof/1.")
    ids = [order["order_id"] for order in orders]
    if len(set(ids)) != len(ids):
        findings.append("An order is listed twice.")
    findings += _each(orders)
    findings += _check_counts(orders, summary)
    findings += _check_books(orders, summary)
    return findings


def _check_hash(proof: dict[str, Any]) -> list[str]:
    sha256 = hashlib.sha256()
    for order in proof["orders"]:
        sha256.update(_canonical(order) + b"\n")
    sha256.update(_canonical(proof["summary"]))
    if sha256.hexdigest() != proof["sha256"]:
        return ["The SHA-256 is not that of the content: the file was changed after it was written."]
    return []


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _each(orders: list[dict[str, Any]]) -> list[str]:
    """Each order is exactly one of the four, with all that belongs to it."""
    odd: dict[str, list[str]] = {}
    for order in orders:
        outcome, is_there = order["outcome"], order["status"] is not None
        if outcome not in _AT_THE_PRIMARY | _NOT_AT_THE_PRIMARY:
            odd.setdefault(f"{outcome}: neither applied, refused, cancelled nor parked", []).append(order["order_id"])
        elif is_there != (outcome in _AT_THE_PRIMARY) or is_there != isinstance(order["total_fen"], int):
            odd.setdefault(f"{outcome}, with figures of another outcome", []).append(order["order_id"])
        elif outcome in _NOT_AT_THE_PRIMARY and not order["reason"]:
            odd.setdefault(f"{outcome} without a reason", []).append(order["order_id"])
        if order["is_intact"] is not True:
            odd.setdefault("not what its fingerprint says", []).append(order["order_id"])
        if order["promised_fen"] is None:
            odd.setdefault("known to the outbox only", []).append(order["order_id"])
    return [f"{len(ids)} orders are {what}: {_named(ids)}." for what, ids in odd.items()]


def _check_counts(orders: list[dict[str, Any]], summary: dict[str, Any]) -> list[str]:
    findings, counts, amounts = [], summary["counts"], summary["amounts_fen"]
    for outcome in sorted(_AT_THE_PRIMARY | _NOT_AT_THE_PRIMARY):
        mine = [order for order in orders if order["outcome"] == outcome]
        amount_fen = sum(order["promised_fen"] or 0 for order in mine)
        if (counts[outcome], amounts[outcome]) != (len(mine), amount_fen):
            findings.append(
                f"{outcome}: the summary says {counts[outcome]} orders, {amounts[outcome]} fen;"
                f" the list has {len(mine)}, {amount_fen}."
            )
    if not counts["promised"] == counts["announced"] == len(orders):
        findings.append(
            f"The counts disagree: {counts['promised']} orders promised, {counts['announced']} announced to the"
            f" primary, {len(orders)} listed."
        )
    listed_fen = sum(order["promised_fen"] or 0 for order in orders)
    if amounts["promised"] != listed_fen:
        findings.append(f"{amounts['promised']} fen were promised, {listed_fen} are listed.")
    return findings


def _check_books(orders: list[dict[str, Any]], summary: dict[str, Any]) -> list[str]:
    """The figures recomputed from the list are those stated, and those the primary sent but for what was accepted."""
    own = [order for order in orders if order["status"] is not None]
    differences, accepted = summary["differences"], summary.get("accepted")
    findings = _wrong_figures("books", summary, own)
    if accepted is None:
        findings += _wrong_figures("primary", summary, own)
        if differences:
            named = _named([d["order_id"] for d in differences])
            findings.append(f"The books differ about {len(differences)} orders: {named}.")
        return findings
    return findings + _check_accepted(own, summary, differences, accepted)


def _check_accepted(
    own: list[dict[str, Any]], summary: dict[str, Any], differences: list[dict[str, Any]], accepted: dict[str, Any]
) -> list[str]:
    """With exactly the accepted differences put in the place of our orders, the primary's figures come out."""
    findings = []
    if not differences or accepted["mark"] != _mark(differences):
        findings.append("What was accepted is not what the books differ about.")
    if not accepted["reason"]:
        findings.append("Differences were accepted without a reason.")
    listed = {order["order_id"]: (order["status"], order["total_fen"]) for order in own}
    odd = [d["order_id"] for d in differences if listed.get(d["order_id"]) != _entry(d["ours"])]
    if odd:
        findings.append(f"{len(odd)} accepted orders are not in our books as it says: {_named(odd)}.")
    listed |= {d["order_id"]: _entry(d["theirs"]) for d in differences}
    theirs = [
        {"order_id": order_id, "status": entry[0], "total_fen": entry[1]}
        for order_id, entry in listed.items()
        if entry is not None
    ]
    return findings + _wrong_figures("primary", summary, theirs)


def _wrong_figures(name: str, summary: dict[str, Any], orders: list[dict[str, Any]]) -> list[str]:
    wrong = [figure for figure, value in _figures(orders).items() if summary[name][figure] != value]
    return [f"{name}: {', '.join(wrong)} differ from what the listed orders give."] if wrong else []


def _entry(entry: dict[str, Any] | None) -> tuple[str, int] | None:
    return None if entry is None else (entry["status"], entry["total_fen"])


def _mark(differences: list[dict[str, Any]]) -> str:
    """The name of exactly these differences, as the person saw it who accepted them."""
    words = []
    for difference in differences:
        ours, theirs = (
            "" if entry is None else f"{entry['status']}|{entry['total_fen']}"
            for entry in (difference["ours"], difference["theirs"])
        )
        words.append(f"{difference['order_id']}|{ours}|{theirs}")
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]


def _figures(orders: list[dict[str, Any]]) -> dict[str, Any]:
    buckets = [bytes(16)] * 256
    for order in orders:
        order_id = order["order_id"]
        place = hashlib.sha256(order_id.encode()).digest()[0]
        mark = hashlib.sha256(f"{order_id}|{order['status']}|{order['total_fen']}".encode()).digest()[:16]
        buckets[place] = bytes(a ^ b for a, b in zip(buckets[place], mark, strict=True))
    texts = [bucket.hex() for bucket in buckets]
    return {
        "count": len(orders),
        "amount_fen": sum(order["total_fen"] for order in orders),
        "buckets": texts,
        "digest": hashlib.sha256("\n".join(texts).encode()).hexdigest(),
    }


def _check_against_store(proof: dict[str, Any], path: Path) -> list[str]:
    """Every order of the epoch in the store is in the proof, the same in amount and fingerprint, and no other."""
    summary = proof["summary"]
    store = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        (store_id,) = store.execute("SELECT store_id FROM store_identity").fetchone()
        if store_id != summary["store_id"]:
            return [f"The proof is of store {summary['store_id']}, this is {store_id}."]
        unknown = _unknown_acceptance(store, summary)
        rows = store.execute(
            "SELECT id, key, total_fen, content_hash FROM orders WHERE epoch = ?", (summary["epoch"],)
        ).fetchall()
    finally:
        store.close()
    stored = {row[0]: (_key_sha256(row[1]), row[2], row[3]) for row in rows}
    listed = {o["order_id"]: (o["key_sha256"], o["promised_fen"], o["content_hash"]) for o in proof["orders"]}
    odd = {
        "in the store and not in the proof": sorted(stored.keys() - listed.keys()),
        "in the proof and not in the store": sorted(listed.keys() - stored.keys()),
        "not the same in the store": sorted(i for i in stored.keys() & listed.keys() if stored[i] != listed[i]),
    }
    return unknown + [f"{len(ids)} orders are {what}: {_named(ids)}." for what, ids in odd.items() if ids]


def _unknown_acceptance(store: sqlite3.Connection, summary: dict[str, Any]) -> list[str]:
    accepted = summary.get("accepted")
    if accepted is None:
        return []
    found = store.execute(
        "SELECT 1 FROM book_decisions WHERE decision = 'accept' AND epoch = ? AND mark = ? AND reason = ?",
        (summary["epoch"], accepted["mark"], accepted["reason"]),
    ).fetchone()
    return [] if found else ["Nobody accepted these differences in the store."]


def _named(ids: list[str]) -> str:
    return ", ".join(ids[:_SHOWN]) + (" …" if len(ids) > _SHOWN else "")


def _key_sha256(key: str) -> str:
    # Once an order's people are forgotten, the store itself holds nothing but the hash of its key.
    return key.removeprefix("sha256:") if key.startswith("sha256:") else hashlib.sha256(key.encode()).hexdigest()


def main() -> int:
    """Prints the findings, or that there are none and what was accepted."""
    parser = argparse.ArgumentParser(description="Recomputes the proof of a hand-back.")
    parser.add_argument("proof")
    parser.add_argument("--store", help="the SQLite file the proof was made from, opened read-only")
    asked = parser.parse_args()
    findings = check_proof(asked.proof, asked.store)
    accepted = [] if findings else accepted_differences(asked.proof)
    for line in findings or [conclusion(accepted), *accepted]:
        print(line)
    return exit_code(findings, accepted)


if __name__ == "__main__":
    sys.exit(main())
