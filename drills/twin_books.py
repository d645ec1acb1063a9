"""The twin primary's own books: orders, settled keys, epochs and stock in a SQLite file that only the twin opens."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import orjson

_SCHEMA = Path(__file__).with_suffix(".sql")
_SETTINGS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "wal_autocheckpoint=8000",  # pages: fewer, larger checkpoints suit a drain
    "cache_size=-65536",  # KiB: keys come in no order, their index should stay in memory
)


@dataclass(slots=True)
class TwinOrder:
    """One applied order, changed in place while a batch is settled."""

    ref: int
    order_id: str
    epoch: int
    key: str
    #: the last kind applied
    status: str
    #: the last kind applied that moves the meal; payments do not
    stage: str
    total_fen: int
    bucket: int
    building: str
    room: str
    person_id: str
    pickup_code: str
    #: JSON array of the order's lines, as it came
    lines: str
    is_completed_import: bool


#: an order's values in the order of its columns
_ORDER_ROW = attrgetter(*(field.name for field in fields(TwinOrder)))


class Settled(NamedTuple):
    """What an idempotency key was answered, for good; a tuple, because it goes to SQLite as it is, 500 at a time."""

    key: str
    epoch: int
    seq: int
    order_id: str
    kind: str
    #: of order_id, kind and body
    fingerprint: bytes
    #: why it was refused; None = applied
    code: str | None
    #: kept for refused events only
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Epoch:
    """One fence the primary knows."""

    epoch: int
    node: str
    state: str


@dataclass(slots=True)
class StockRow:
    """Portions of one item."""

    #: offered since the last hand-back, those sold included; None = unlimited
    supply: int | None
    sold: int

    @property
    def left(self) -> int | None:
        """Portions that can still be sold; None = unlimited."""
        return None if self.supply is None else max(0, self.supply - self.sold)


class TwinBooks:
    """Used by one thread at a time; every write stands inside `transaction()`."""

    def __init__(self, path: Path) -> None:
        """Opens or creates the file at `path`."""
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for setting in _SETTINGS:
            self._db.execute(f"PRAGMA {setting}")
        self._db.executescript(_SCHEMA.read_text(encoding="utf-8"))

    def close(self) -> None:
        """Closes the file; every committed transaction is on disk already."""
        self._db.close()

    @contextmanager
    def transaction(self, *, rolls_back: bool = False) -> Iterator[None]:
        """All or nothing; `rolls_back` tries the writes and takes them back (the dry run)."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("ROLLBACK" if rolls_back else "COMMIT")

    # -- the fence ------------------------------------------------------------------------------------------

    def current_epoch(self) -> Epoch | None:
        """The highest epoch known; None before the first."""
        row = self._db.execute("SELECT epoch, node, state FROM epochs ORDER BY epoch DESC LIMIT 1").fetchone()
        return None if row is None else Epoch(*row)

    def epoch(self, epoch: int) -> Epoch | None:
        """That epoch; None when it was never opened."""
        row = self._db.execute("SELECT epoch, node, state FROM epochs WHERE epoch = ?", (epoch,)).fetchone()
        return None if row is None else Epoch(*row)

    def open_epoch(self, epoch: int, node: str, opened_at: str, reason: str) -> None:
        """A new epoch begins."""
        self._db.execute("INSERT INTO epochs VALUES (?, ?, ?, ?, 'open')", (epoch, node, opened_at, reason))

    def close_epoch(self, epoch: int) -> None:
        """The books agree. What the outage sold comes off the supply: the next snapshot starts from what is left."""
        closing = self._db.execute("UPDATE epochs SET state = 'closed' WHERE epoch = ? AND state = 'open'", (epoch,))
        if closing.rowcount:
            self._db.execute("UPDATE stock SET supply = max(0, supply - sold), sold = 0")

    def is_paused(self) -> bool:
        """Whether the app's own ordering is paused."""
        return bool(self._db.execute("SELECT is_paused FROM intake").fetchone()[0])

    def pause(self, is_paused: bool) -> None:
        """Stop or resume taking orders in the app."""
        self._db.execute("UPDATE intake SET is_paused = ?", (int(is_paused),))

    # -- one batch of events --------------------------------------------------------------------------------

    def settled(self, keys: Sequence[str]) -> dict[str, Settled]:
        """Those of the keys that were answered for good before."""
        rows = self._db.execute(
            "SELECT key, epoch, seq, order_id, kind, fingerprint, code FROM settled"
            " WHERE key IN (SELECT value FROM json_each(?))",
            (orjson.dumps(keys).decode(),),
        )
        return {row[0]: Settled(*row) for row in rows}

    def orders(self, order_ids: Iterable[str]) -> dict[str, TwinOrder]:
        """Those of the orders that were applied."""
        rows = self._db.execute(
            "SELECT ref, order_id, epoch, key, status, stage, total_fen, bucket, building, room, person_id,"
            " pickup_code, lines, is_completed_import FROM orders WHERE order_id IN (SELECT value FROM json_each(?))",
            (orjson.dumps(list(order_ids)).decode(),),
        )
        return {row[1]: TwinOrder(*row) for row in rows}

    def waiting(self) -> set[str]:
        """Orders whose order.placed was answered `retry` and has not come again."""
        return {row[0] for row in self._db.execute("SELECT order_id FROM waiting")}

    def next_ref(self) -> int:
        """The number the next order gets."""
        return int(self._db.execute("SELECT coalesce(max(ref), 0) + 1 FROM orders").fetchone()[0])

    def write_settled(self, rows: Iterable[Settled]) -> None:
        """Answers that stand for good."""
        self._db.executemany(
            "INSERT INTO settled (key, epoch, seq, order_id, kind, fingerprint, code, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def write_orders(self, orders: Iterable[TwinOrder]) -> None:
        """New orders and what became of known ones."""
        self._db.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ref) DO UPDATE SET"
            " status = excluded.status, stage = excluded.stage, total_fen = excluded.total_fen, room = excluded.room,"
            " lines = excluded.lines",
            map(_ORDER_ROW, orders),
        )

    def write_waiting(self, waits: Iterable[str], came: Iterable[str]) -> None:
        """Orders that now wait for their order.placed to come again, and those whose wait ended."""
        self._db.executemany("INSERT OR IGNORE INTO waiting VALUES (?)", ((order_id,) for order_id in waits))
        self._db.executemany("DELETE FROM waiting WHERE order_id = ?", ((order_id,) for order_id in came))

    def quarantine(self, epoch: int, events: Iterable[tuple[str, str]]) -> None:
        """Keeps (key, event as JSON) of a batch that came under a stale epoch."""
        self._db.executemany(
            "INSERT OR IGNORE INTO quarantined VALUES (?, ?, ?)", ((key, epoch, event) for key, event in events)
        )

    def count(self, tallies: Mapping[str, int]) -> None:
        """Adds to the running counts, such as how many duplicates came."""
        self._db.executemany(
            "INSERT INTO tallies VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
            tallies.items(),
        )

    # -- stock, menu edits, payments ------------------------------------------------------------------------

    def stock(self) -> dict[str, StockRow]:
        """Every item's stock."""
        return {i: StockRow(supply, sold) for i, supply, sold in self._db.execute("SELECT * FROM stock")}

    def write_stock(self, rows: Mapping[str, StockRow]) -> None:
        """Absolute figures of the items named."""
        self._db.executemany(
            "INSERT INTO stock VALUES (?, ?, ?) ON CONFLICT (item_id) DO UPDATE SET"
            " supply = excluded.supply, sold = excluded.sold",
            ((item_id, row.supply, row.sold) for item_id, row in rows.items()),
        )

    def price_edits(self) -> dict[str, int]:
        """Prices a drill changed, in fen."""
        return dict(self._db.execute("SELECT item_id, price_fen FROM item_prices").fetchall())

    def edit_price(self, item_id: str, price_fen: int) -> None:
        """The item costs this from now on."""
        self._db.execute("INSERT OR REPLACE INTO item_prices VALUES (?, ?)", (item_id, price_fen))

    def closed_merchants(self) -> set[str]:
        """Merchants a drill closed."""
        return {row[0] for row in self._db.execute("SELECT merchant_id FROM closed_merchants")}

    def set_merchant_open(self, merchant_id: str, is_open: bool) -> None:
        """Open or close a merchant."""
        statement = "DELETE FROM closed_merchants WHERE merchant_id = ?"
        if not is_open:
            statement = "INSERT OR IGNORE INTO closed_merchants VALUES (?)"
        self._db.execute(statement, (merchant_id,))

    def add_payments(self, payments: Iterable[Mapping[str, Any]]) -> None:
        """What the gateway took; the same payment twice is one."""
        self._db.executemany(
            "INSERT OR IGNORE INTO payments (reference, amount_fen, paid_at, order_id) VALUES (?, ?, ?, ?)",
            ((p["reference"], p["amount_fen"], p["paid_at"], p.get("order_id")) for p in payments),
        )

    def payments(self, reference: str) -> list[tuple[int, str, str | None]]:
        """(amount_fen, paid_at, order_id) of that reference, earliest first."""
        return self._db.execute(
            "SELECT amount_fen, paid_at, order_id FROM payments WHERE reference = ? ORDER BY paid_at", (reference,)
        ).fetchall()

    # -- comparing the books --------------------------------------------------------------------------------

    def book_rows(self, epoch: int, bucket: int | None = None) -> list[tuple[int, str, str, int]]:
        """(bucket, order_id, status, total_fen) of every applied order of the epoch, or of one bucket of it."""
        return self._db.execute(
            "SELECT bucket, order_id, status, total_fen FROM orders WHERE epoch = :epoch"
            " AND (:bucket IS NULL OR bucket = :bucket)",
            {"epoch": epoch, "bucket": bucket},
        ).fetchall()

    def everything(self) -> dict[str, Any]:
        """All books as plain rows, for `GET /twin/books`."""
        return {
            "orders": self._rows("SELECT * FROM orders ORDER BY ref"),
            "epochs": self._rows("SELECT * FROM epochs ORDER BY epoch"),
            "refused": self._rows("SELECT key, epoch, seq, order_id, kind, code, body FROM settled WHERE code NOTNULL"),
            "quarantined": self._rows("SELECT * FROM quarantined"),
            "kinds": self._pairs("SELECT kind, count(*) FROM settled WHERE code IS NULL GROUP BY kind"),
            "waiting": sorted(self.waiting()),
            "tallies": self._pairs("SELECT name, count FROM tallies"),
        }

    def _pairs(self, statement: str) -> dict[str, int]:
        return dict(self._db.execute(statement).fetchall())

    def _rows(self, statement: str) -> list[dict[str, Any]]:
        cursor = self._db.execute(statement)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]
