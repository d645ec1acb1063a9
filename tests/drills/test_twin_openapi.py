"""docs/primary-api.yaml is a valid OpenAPI document and says what the twin's routes and this program's values say."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from core.primary import BUCKETS, PUSH_LIMIT, EventOutcome
from drills.fault_board import FaultBoard
from drills.twin_books import TwinBooks
from drills.twin_primary_app import BooksThread, TwinApp
from drills.twin_primary_menu import load_directory, load_menu
from drills.twin_primary_metrics import TwinMetrics
from drills.twin_primary_service import TwinPrimary
from drills.twin_primary_wire import MAX_EVENTS
from tests.drills.twin_client import AT, CONTRACT, component, line, schema_errors

SCHEMAS = CONTRACT["components"]["schemas"]


def test_the_document_is_valid_openapi() -> None:
    validate(CONTRACT)
    with pytest.raises(OpenAPIValidationError):
        validate({key: value for key, value in CONTRACT.items() if key != "info"})


def test_every_path_of_the_document_is_a_route_of_the_twin_and_the_other_way_round(tmp_path: Path) -> None:
    metrics = TwinMetrics(time.monotonic, FaultBoard(1, time.monotonic))
    books = TwinBooks(tmp_path / "twin.sqlite3")
    primary = TwinPrimary(books, lambda: datetime.now(UTC), lambda event: None)
    routes = {
        (route.path.replace(":int", ""), method.lower())
        for route in TwinApp(primary, BooksThread(metrics), metrics).routes()
        for method in (route.methods or set()) - {"HEAD"}
    }
    books.close()
    documented = {
        (path, method) for path, calls in CONTRACT["paths"].items() for method in calls.keys() & {"get", "post"}
    }
    assert routes == documented


def test_every_schema_is_used() -> None:
    text = str(CONTRACT)
    assert [name for name in SCHEMAS if f"#/components/schemas/{name}'" not in text] == []


def test_limits_and_words_are_those_of_the_program() -> None:
    assert SCHEMAS["Push"]["properties"]["events"]["maxItems"] == PUSH_LIMIT == MAX_EVENTS
    assert SCHEMAS["Digest"]["properties"]["buckets"]["maxItems"] == BUCKETS
    assert set(SCHEMAS["Result"]["properties"]["outcome"]["enum"]) == {outcome.value for outcome in EventOutcome}


def test_the_shipped_menu_and_directory_keep_the_contract() -> None:
    menu = load_menu({}, set())
    document = menu.document(menu.supplies()) | {"taken_at": AT}
    assert schema_errors(component("Catalog"), document) == []
    assert schema_errors(component("Directory"), load_directory()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Catalog", {"version": "1", "taken_at": AT}),
        ("Catalog", {"version": "1", "taken_at": AT, "merchants": [{"id": "a", "name": "b", "items": [{"id": "x"}]}]}),
        ("Result", {"key": "k", "outcome": "refused"}),
        ("Result", {"key": "k", "outcome": "accepted"}),
        ("Digest", {"count": 0, "amount_fen": 0, "buckets": ["0" * 32] * 255}),
        ("Figures", {"count": 0, "amount_fen": 0, "digest": "zz"}),
        ("Line", line(quantity=0)),
        ("Person", {"id": "x", "name": "y", "buildings": [], "contacts": ["nobody"]}),
        ("Health", {"status": "fine"}),
    ],
)
def test_what_breaks_the_contract_is_noticed(name: str, value: Any) -> None:
    assert schema_errors(component(name), value) != []
