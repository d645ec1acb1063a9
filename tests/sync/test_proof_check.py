"""Whatever is changed in a proof, or in the store behind it, its checker notices."""

from __future__ import annotations

import ast
import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from drills.twin_process import TwinProcess
from fallback_store import hand_backs
from sync import proof_check
from sync.proof_check import check_proof
from tests.sync.outage import node

Proof = dict[str, Any]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(proof, store) of one outage: applied, delivered, cancelled and refused orders."""
    folder = tmp_path_factory.mktemp("proof")
    async with TwinProcess(folder / "twin.sqlite3") as twin, node(folder, twin) as here:
        await here.catalog_pull.pull_once()
        await here.begin()
        placed = await here.place(12)
        await here.deliver(placed[6])
        await here.cancel(placed[5])
        await twin.inject("refuse", code="merchant_closed", times=2)
        await here.end()
        assert await here.hand_back.run_once()
        (row,) = await hand_backs.newest(here.store)
        assert row.proof_path is not None
        return Path(row.proof_path), here.store.path


def sealed(proof: Proof) -> Proof:
    """The proof with a hash that fits what it says now: a forger is no fool."""
    sha256 = hashlib.sha256()
    for part in proof["orders"]:
        sha256.update(json.dumps(part, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
    sha256.update(json.dumps(proof["summary"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    return proof | {"sha256": sha256.hexdigest()}


def order(proof: Proof, outcome: str) -> dict[str, Any]:
    found: dict[str, Any] = next(order for order in proof["orders"] if order["outcome"] == outcome)
    return found


def test_an_honest_proof_holds(made: tuple[Path, Path]) -> None:
    proof, store = made
    assert check_proof(proof) == []
    assert check_proof(proof, store) == []
    counts = json.loads(proof.read_text(encoding="utf-8"))["summary"]["counts"]
    assert counts["refused"] == 2
    assert counts["applied"] + counts["cancelled"] == 10
    assert counts["promised"] == counts["announced"] == 12


def test_it_names_no_person_room_or_chat(made: tuple[Path, Path]) -> None:
    text = made[0].read_text(encoding="utf-8")
    for personal in ("web:", "person", "room", "phone", '"p0"', "building-12"):
        assert personal not in text


def drop(proof: Proof) -> None:
    proof["orders"].remove(order(proof, "refused"))


def double(proof: Proof) -> None:
    proof["orders"].append(order(proof, "applied"))


def pretend(proof: Proof) -> None:
    order(proof, "refused").update(outcome="applied", status="order.placed", total_fen=1)


def invent(proof: Proof) -> None:
    order(proof, "refused")["outcome"] = "fine"


def hush(proof: Proof) -> None:
    order(proof, "refused")["reason"] = ""


def cheapen(proof: Proof) -> None:
    order(proof, "applied")["total_fen"] -= 1


def undo(proof: Proof) -> None:
    order(proof, "cancelled")["status"] = "order.placed"


def recount(proof: Proof) -> None:
    proof["summary"]["counts"]["applied"] += 1


def forget(proof: Proof) -> None:
    proof["summary"]["counts"]["promised"] += 1


def discount(proof: Proof) -> None:
    proof["summary"]["amounts_fen"]["promised"] -= 1


def blur(proof: Proof) -> None:
    proof["summary"]["primary"]["buckets"][7] = "f" * 32


def confess(proof: Proof) -> None:
    proof["summary"]["differences"] = [{"order_id": "x", "kind": "extra", "ours": None, "theirs": None}]


def tear(proof: Proof) -> None:
    order(proof, "applied")["is_intact"] = False


def orphan(proof: Proof) -> None:
    order(proof, "applied")["promised_fen"] = None


FORGERIES = [drop, double, pretend, invent, hush, cheapen, undo, recount, forget, discount, blur, confess, tear, orphan]


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_a_forgery_with_a_fitting_hash_is_found(
    made: tuple[Path, Path], tmp_path: Path, forgery: Callable[[Proof], None]
) -> None:
    proof = json.loads(made[0].read_text(encoding="utf-8"))
    forgery(proof)
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(sealed(proof), ensure_ascii=False), encoding="utf-8")
    findings = check_proof(forged)
    assert findings
    assert not any("SHA-256" in finding for finding in findings)


def test_any_changed_byte_is_found(made: tuple[Path, Path], tmp_path: Path) -> None:
    text = made[0].read_text(encoding="utf-8")
    changed = tmp_path / "changed.json"
    changed.write_text(text.replace("edge-1", "edge-2"), encoding="utf-8")
    (finding,) = check_proof(changed)
    assert "SHA-256" in finding


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"orders": [], "summary": {}, "sha256": ""}', "\udcff"])
def test_what_is_no_proof_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    assert len(check_proof(path)) == 1
    assert check_proof(tmp_path / "absent.json")[0].startswith("The proof cannot be read")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE orders SET total_fen = total_fen + 1 WHERE number = 3", "not the same"),
        ("UPDATE orders SET epoch = 9 WHERE number = 3", "not in the store"),
        ("INSERT INTO orders SELECT 'x', 'y', epoch, building_id, 99, chat_id, person_id, person_name, room, state,"
         " total_fen, fees_fen, paid, snapshot_version, pickup_code, note, courier_id, problem, content_hash,"
         " history_steps, placed_ms, changed_ms, forgotten_ms, forgotten_hash FROM orders LIMIT 1", "not in the proof"),
        ("UPDATE store_identity SET store_id = 'other'", "of store"),
    ],
)  # fmt: skip
def test_a_store_that_says_otherwise_is_found(made: tuple[Path, Path], tmp_path: Path, change: str, words: str) -> None:
    proof, store = made
    copied = tmp_path / "store.sqlite3"
    source, copy = sqlite3.connect(f"file:{store}?mode=ro", uri=True), sqlite3.connect(copied)
    source.backup(copy)
    source.close()
    copy.execute(change)
    copy.commit()
    copy.close()
    (finding,) = check_proof(proof, copied)
    assert words in finding


def test_it_runs_alone_from_a_copy_of_its_one_file(made: tuple[Path, Path], tmp_path: Path) -> None:
    copied = tmp_path / "check.py"
    copied.write_text(Path(proof_check.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, "-I", str(copied), str(made[0]), "--store", str(made[1])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (0, "The proof holds.\n")


def test_it_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(proof_check.__file__).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
