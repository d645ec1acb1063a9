"""The vendors' own libraries from npm, judges of our side of their protocols; without Node the tests fail."""

from __future__ import annotations

import fcntl
import subprocess
from functools import cache
from pathlib import Path

HOME = Path(__file__).parent / "npm"
#: Seconds for a first installation over a slow line.
INSTALL_S = 90


@cache
def installed() -> Path:
    """The folder the libraries are installed in; installs what package-lock.json names when it is not there yet."""
    mark = HOME / "node_modules" / ".package-lock.json"
    wanted = HOME / "package-lock.json"
    # Tests run in several processes at once: the first one installs, the others wait for it.
    with wanted.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists() or mark.stat().st_mtime < wanted.stat().st_mtime:
            command = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=HOME, check=True, timeout=INSTALL_S, capture_output=True)
            mark.touch()
    return HOME


def run_script(name: str, lines: str, *, timeout_s: float = 30.0) -> str:
    """Runs one of the scripts beside package.json with `lines` on stdin; returns its stdout."""
    command = ["node", name]
    ran = subprocess.run(
        command, cwd=installed(), input=lines, text=True, check=True, timeout=timeout_s, capture_output=True
    )
    return ran.stdout
