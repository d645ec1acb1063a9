"""Captains' work that is lent for an evening, or given by an admin: offered by a code, taken by whoever brings it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from core.chat import Role
from core.ids import BuildingId, PersonId
from core.times import from_ms, to_ms
from fallback_store.database import Store, Tx

#: Wrong codes, whoever brings them, after which the offers that stood meanwhile are void: somebody guesses.
MOST_WRONG = 50


@dataclass(frozen=True, slots=True)
class Loan:
    """Who may speak for a building, and how long."""

    building_id: BuildingId
    offered_by: PersonId
    #: None = until it is taken back
    until: datetime | None


def offer(
    tx: Tx, building_id: BuildingId, by: PersonId, *, expires: datetime, until: datetime | None, now: datetime
) -> str:
    """A new code for this building; older offers of the same person for it are void."""
    tx.execute(
        "DELETE FROM captain_loans WHERE building_id = ? AND offered_by = ? AND taken_by IS NULL",
        (building_id, by),
    )
    tx.execute("DELETE FROM captain_loans WHERE taken_by IS NULL AND expires_ms < ?", (to_ms(now),))
    while True:
        (code,) = tx.execute("SELECT printf('%06d', abs(random() % 1000000))").fetchone()
        added = tx.execute(
            "INSERT INTO captain_loans (code, building_id, offered_by, expires_ms, until_ms) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (code) DO NOTHING",
            (code, building_id, by, to_ms(expires), None if until is None else to_ms(until)),
        )
        if added.rowcount:
            return str(code)


def take(tx: Tx, code: str, person_id: PersonId, now: datetime) -> Loan | None:
    """Makes the person captain there; None when no such offer stands. The same again by the same person is the same."""
    standing = tx.execute(
        "SELECT id, building_id, offered_by, until_ms, taken_by, code FROM captain_loans"
        " WHERE ended_ms IS NULL AND expires_ms >= ? AND wrong_tries < ?",
        (to_ms(now), MOST_WRONG),
    ).fetchall()
    # All of them are compared, each to its end: how long it takes says nothing about how close a guess was. As bytes:
    # there are digits in other scripts, which the comparison of texts refuses.
    found = next(iter([row for row in standing if compare_digest(row[5].encode(), code.encode())]), None)
    if found is None or found[4] not in (None, person_id):
        return None
    loan = Loan(BuildingId(found[1]), PersonId(found[2]), None if found[3] is None else from_ms(found[3]))
    if found[4] is None:
        granted = tx.execute(
            "INSERT INTO roles (person_id, role, scope, source) VALUES (?, ?, ?, 'admin') ON CONFLICT DO NOTHING",
            (person_id, Role.CAPTAIN.value, loan.building_id),
        )
        tx.execute(
            "UPDATE captain_loans SET taken_by = ?, is_new = ? WHERE id = ?", (person_id, granted.rowcount, found[0])
        )
    return loan


def guessed(tx: Tx, now: datetime) -> None:
    """Somebody brought a code that is none: every offer that stands was guessed at once more."""
    tx.execute(
        "UPDATE captain_loans SET wrong_tries = wrong_tries + 1 WHERE taken_by IS NULL AND ended_ms IS NULL"
        " AND expires_ms >= ?",
        (to_ms(now),),
    )


def take_back(tx: Tx, by: PersonId, now: datetime) -> list[PersonId]:
    """Ends everything this person lent or gave, and what was lent on from there; returns who had it."""
    return _end(tx, "offered_by = :who", {"who": by}, now)


async def is_due(store: Store, now: datetime) -> bool:
    """Whether the time of a loan is over that still stands."""
    due = await store.read_all(
        "SELECT 1 FROM captain_loans WHERE until_ms <= :now AND taken_by IS NOT NULL AND ended_ms IS NULL LIMIT 1",
        {"now": to_ms(now)},
    )
    return bool(due)


def end_due(tx: Tx, now: datetime) -> list[PersonId]:
    """Ends the loans whose time is over; returns who had them."""
    return _end(tx, "until_ms <= :due", {"due": to_ms(now)}, now)


def _end(tx: Tx, which: str, names: dict[str, object], now: datetime) -> list[PersonId]:
    found = list[PersonId]()
    ended = tx.execute(
        f"UPDATE captain_loans SET ended_ms = :now WHERE {which} AND taken_by IS NOT NULL AND ended_ms IS NULL"
        " RETURNING taken_by, building_id, is_new",
        {**names, "now": to_ms(now)},
    ).fetchall()
    for person_id, building_id, is_new in ended:
        found.append(PersonId(person_id))
        if is_new and not _passed_on(tx, person_id, building_id):
            tx.execute(
                "DELETE FROM roles WHERE person_id = ? AND role = ? AND scope = ? AND source = 'admin'",
                (person_id, Role.CAPTAIN.value, building_id),
            )
            # Whoever speaks for nobody any more has lent nothing either.
            lent_on = {"who": person_id, "where": building_id}
            found += _end(tx, "offered_by = :who AND building_id = :where", lent_on, now)
    return found


def _passed_on(tx: Tx, person_id: str, building_id: str) -> bool:
    """Another loan that still stands gives the person the same work: it ends with that one now."""
    still = tx.execute(
        "UPDATE captain_loans SET is_new = 1 WHERE id = (SELECT min(id) FROM captain_loans WHERE taken_by = ?"
        " AND building_id = ? AND ended_ms IS NULL)",
        (person_id, building_id),
    )
    return still.rowcount > 0
