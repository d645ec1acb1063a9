"""Settings that cannot be used: every mistake at once, with path, value and remedy; no secret is ever shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.errors import InvalidSettings
from core.settings import Settings, StoreSettings
from service.settings_file import load_settings, load_store
from tests.service.service_scene import shell

WRONG = """\
primary: {base_url: "ftp://x", tokn: hush-hush}
web: {port: 99999, admin_token: [hush-hush]}
watch: {interval_s: fast, dwell: 3}
campus: {timezone: Mars/Olympus, language: fr}
people: {admins: [anna], couriers: [{id: "web:liu", building: 3}]}
retention: {hour: 24, days: 0}
stroe: {path: x}
"""
EXPECTED = (
    "primary.base_url: 'ftp://x': write a whole address starting with http:// or https://",
    "primary.tokn: (hidden): there is no such setting; did you mean token?",
    "web.port: 99999: Input should be less than or equal to 65535",
    "web.admin_token: (hidden): Input should be a valid string",
    "watch.interval_s: 'fast': Input should be a valid number",
    "watch.dwell: 3: there is no such setting; did you mean dwell_s?",
    "campus.timezone: 'Mars/Olympus': write an IANA name such as Asia/Shanghai",
    "campus.language: 'fr': Input should be 'zh' or 'en'",
    "people.admins: ['anna']: write <channel>:<id>, such as web:anna",
    "people.couriers.0.building: 3: there is no such setting; did you mean buildings?",
    "retention.hour: 24: Input should be less than or equal to 23",
    "retention.days: 0: Input should be greater than or equal to 1",
    "stroe: {'path': 'x'}: there is no such setting; did you mean store?",
    "sync.bathc: '3': there is no such setting; did you mean batch?",
    "FALLBACK_PRIMARYY__TOKEN: no setting is called so and the file does not name it;"
    " did you mean FALLBACK_PRIMARY__TOKEN?",
)


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("FALLBACK_")]:
        monkeypatch.delenv(name)


def mistakes_of(path: Path | None) -> list[str]:
    with pytest.raises(InvalidSettings) as refused:
        load_settings(path)
    return refused.value.mistakes


def test_every_mistake_is_named_at_once_wherever_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(WRONG)
    monkeypatch.setenv("FALLBACK_SYNC__BATHC", "3")
    monkeypatch.setenv("FALLBACK_PRIMARYY__TOKEN", "hush-hush")
    found = mistakes_of(config)
    assert [want for want in EXPECTED if not any(line.startswith(want) for line in found)] == []
    assert len(found) == len(EXPECTED)
    assert "hush" not in "\n".join(found)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"web:\n  port: [1,\n", "line 3, column 1"),
        (b"web: x: y\n", "line 1, column 7"),
        (b"- a\n- b\n", "groups of settings are expected"),
        (b"hello", "groups of settings are expected"),
        (b"1: 2\n", "groups of settings are expected"),
        (b"\xff\xfe\x00", "unacceptable"),
        (b"web: \xff\n", "unacceptable"),
        (b"web: [1]\n", "web: [1]:"),
    ],
)
def test_a_file_that_is_no_settings_is_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_bytes(content)
    (mistake,) = mistakes_of(config)
    assert words in mistake


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.yaml", tmp_path):
        (mistake,) = mistakes_of(path)
        assert str(path) in mistake


@pytest.mark.parametrize("name", ["FALLBACK_PEOPLE", "FALLBACK_PEOPLE__ADMINS", "fallback_people__admins"])
def test_a_variable_that_is_no_json_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "web:anna, web:bo")
    (mistake,) = mistakes_of(None)
    assert mistake.startswith(f'{name}: lists and groups are written as JSON, such as ["web:anna"]')


def test_variables_outrank_the_file_and_secrets_come_from_where_the_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("web: {port: 1, admin_token: env:FALLBACK_MY_TOKEN}\nprimary: {token: env:FALLBACK_UNSET}\n")
    monkeypatch.setenv("FALLBACK_MY_TOKEN", "opens")
    monkeypatch.setenv("FALLBACK_WEB__PORT", "2")
    monkeypatch.setenv("FALLBACK_PEOPLE__ADMINS", '["web:anna"]')
    monkeypatch.setenv("FALLBACK_CHANNELS__LOCAL_CHAT__TOKENS__ANNA", "t")
    monkeypatch.setenv("FALLBACK_CHROMIUM", "/usr/bin/chromium")
    found = load_settings(config)
    assert (found.web.port, found.web.admin_token, found.primary.token) == (2, "opens", "")
    assert (found.people.admins, found.channels.local_chat.tokens) == (("web:anna",), {"anna": "t"})


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    assert load_settings(tmp_path / "empty.yaml").model_dump() == load_settings(None).model_dump()
    assert load_settings(None).model_dump() == Settings().model_dump()


async def test_a_command_says_all_of_it_and_ends_with_two(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(WRONG)
    environment = {"FALLBACK_SYNC__BATHC": "3", "FALLBACK_PRIMARYY__TOKEN": "hush-hush"}
    ended = await shell("run", "--config", str(config), environment=environment)
    assert (ended.code, ended.out) == (2, "")
    assert [line.startswith("config: ") for line in ended.err.splitlines()] == [True] * len(EXPECTED) + [False]
    assert "hush" not in ended.err


def test_mistakes_in_the_rules_of_the_watch_are_named_with_place_and_remedy(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        """\
watch:
  rules:
    - {name: no_answer, when: "probe_ok = down", level: 1}
    - {name: slow, when: "db_p95 > 500ms", level: 3}
    - {name: degraded, when: "write_ok == 0", for: soon, level: 1}
    - {name: clock, when: "clock_skew > 5%", level: 3, untill: x}
  metric_names: {db_p96: x}
""",
        encoding="utf-8",
    )
    with pytest.raises(InvalidSettings) as found:
        load_settings(config)
    told = "\n".join(found.value.mistakes)
    assert "watch.rules.0.when" in told
    assert "write it like `db_p95 > 500ms`" in told
    assert "say what is wrong with `cause`" in told
    assert "'soon' is no duration; write 20s" in told
    assert "clock_skew_s is not counted in '%'" in told
    assert "watch.rules.3.untill: 'x': there is no such setting; did you mean until?" in told
    assert "there is no metric 'db_p96'" in told


def test_rules_that_contradict_each_other_are_a_mistake_too(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text('watch: {rules: [{name: degraded, when: "probe_ok == 0", level: 1, unless: lunch}]}\n')
    with pytest.raises(InvalidSettings, match="'lunch' is no fact"):
        load_settings(config)


def test_the_store_is_found_whatever_else_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "store: {path: here.sqlite3}\nprimary: {token: env:FALLBACK_PRIMARY_TOKEN}\n"
        'channels: {telegram: {token: "1:a", mode: webhook, secret: env:FALLBACK_TELEGRAM_SECRET}}\n'
    )
    with pytest.raises(InvalidSettings, match="a webhook needs a secret"):
        load_settings(config)
    assert load_store(config) == StoreSettings(path=Path("here.sqlite3"))
    monkeypatch.setenv("FALLBACK_PRIMARY_TOKEN", "the service's own")
    monkeypatch.setenv("FALLBACK_CHANNELS__TELEGRAM__SECRET", "short")
    monkeypatch.setenv("FALLBACK_STORE__PATH", "there.sqlite3")
    assert load_store(config) == StoreSettings(path=Path("there.sqlite3"))
    monkeypatch.setenv("FALLBACK_STORE_PATH", "nowhere.sqlite3")
    with pytest.raises(InvalidSettings, match="did you mean FALLBACK_STORE__PATH"):
        load_store(config)
    (tmp_path / "odd.yaml").write_text("store: {paht: x}\n")
    with pytest.raises(InvalidSettings, match="did you mean path"):
        load_store(tmp_path / "odd.yaml")
