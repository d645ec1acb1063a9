"""The JSON lines of the parse command: one out for each in, whatever comes in."""

import json

from core.reading.reader import read
from core.reading.wire import parse_stream, reading_to_json
from tests.core.reading.labelled import menu

BROKEN = [
    "",
    "not json",
    "[]",
    "null",
    "{}",
    '{"id": 7}',
    '{"id": "a", "text": 5}',
    '{"text": "黄焖鸡一份"}',
    '{"id": [1], "text": ""}',
]


def test_every_input_line_gets_exactly_one_output_line() -> None:
    out = [json.loads(line) for line in parse_stream(BROKEN, menu("dorm"), "12")]
    assert len(out) == len(BROKEN)
    assert all(set(body) >= {"id", "intent", "lines", "room", "note", "problems"} for body in out)


def test_ids_come_back_as_they_were_sent() -> None:
    lines = ['{"id": "p1", "text": "黄焖鸡一份"}\n', '{"id": 2, "text": "早"}\n']
    assert [json.loads(line)["id"] for line in parse_stream(lines, menu("dorm"), "12")] == ["p1", 2]


def test_a_line_that_is_no_message_says_nothing() -> None:
    (body,) = map(json.loads, parse_stream(["{broken"], menu("dorm"), "12"))
    assert (body["id"], body["intent"], body["lines"]) == ("line-1", "greeting_or_chatter", [])


def test_an_order_is_written_with_its_room_note_and_problems() -> None:
    reading = read("黄焖鸡两份微辣 小龙虾一份 送11栋305", menu("dorm"), "12")
    assert reading_to_json("p", reading) == {
        "id": "p",
        "intent": "order",
        "lines": [{"item_id": "hm_chicken", "quantity": 2, "options": ["微辣"]}],
        "room": "305",
        "note": None,
        "problems": ["unknown:小龙虾", "other_building:11"],
    }


def test_only_a_list_carries_people() -> None:
    relay = reading_to_json(1, read("#接龙\n1. 305小王 拉面\n2. 小李 同上", menu("dorm"), "12"))
    assert relay["lines"] == []
    assert relay["people"] == [
        {"name": "小王", "lines": [{"item_id": "lz_lamian", "quantity": 1, "options": []}], "room": "305"},
        {"name": "小李", "lines": [{"item_id": "lz_lamian", "quantity": 1, "options": []}]},
    ]
    assert "people" not in reading_to_json(1, read("拉面一碗", menu("dorm"), "12"))
