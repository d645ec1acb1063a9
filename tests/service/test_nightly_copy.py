"""The copies of the store that docs/server.md tells people to make are made, as they are written there."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from fallback_store.backup import copy
from fallback_store.database import Store
from tests.service.service_scene import HOME

GUIDE = (HOME / "docs" / "server.md").read_text(encoding="utf-8")
TYPED = [line for block in re.findall(r"```\n(.*?)```", GUIDE, re.S) for line in block.splitlines()]

#: As my.yaml of a campus in a Telegram group with a webhook; the secrets are in the service's environment alone.
SETTINGS = """\
primary: {token: env:FALLBACK_PRIMARY_TOKEN}
store: {path: data/fallback.sqlite3}
channels: {telegram: {token: "1:a", mode: webhook, secret: env:FALLBACK_TELEGRAM_SECRET}}
"""


async def server(folder: Path) -> Path:
    """The folder docs/server.md calls /srv/fallback, with a store in it."""
    (folder / "main.py").symlink_to(HOME / "main.py")
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o700)
    (folder / "my.yaml").write_text(SETTINGS)
    store = await Store.open(folder / "data" / "fallback.sqlite3")
    await store.close()
    return folder


async def ends(command: str, folder: Path) -> tuple[int | None, str]:
    """Exit code and complaints, started as cron does: by a shell, with next to nothing in the environment."""
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", command, cwd=folder, env={"PATH": "/usr/bin:/bin"}, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, said.decode()


async def test_the_line_of_the_crontab_makes_a_copy(tmp_path: Path) -> None:
    folder = await server(tmp_path)
    (line,) = [line for line in TYPED if line.startswith("30 3 * * *")]
    command = line.removeprefix("30 3 * * *").replace(r"\%", "%").replace("/srv/fallback", str(folder))
    assert await ends(command, folder) == (0, "")
    (made,) = (folder / "copies").iterdir()
    assert re.fullmatch(r"[1-7]\.sqlite3", made.name)


async def test_a_copy_becomes_a_store_with_no_secret_at_hand(tmp_path: Path) -> None:
    folder = await server(tmp_path)
    store = folder / "data" / "fallback.sqlite3"
    copy(store, folder / "copies" / "monday.sqlite3")
    for part in store.parent.glob("fallback.sqlite3*"):
        part.unlink()
    (line,) = [line for line in TYPED if "main.py restore" in line]
    assert await ends(line.removeprefix("sudo -u fallback "), folder) == (0, "")
    assert store.is_file()


def test_whatever_copies_or_restores_belongs_to_the_user_of_the_service() -> None:
    """Root's copies and stores are files that the service cannot open."""
    lines = [line for line in TYPED if re.search(r"main\.py (backup|restore)", line)]
    assert len(lines) == 4
    for line in lines:
        assert line.startswith(("sudo -u fallback .venv/bin/python main.py ", "30 3 * * * ")), line
    assert "sudo crontab -u fallback" in GUIDE
