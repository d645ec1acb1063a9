"""One process per store file: the kernel keeps the lock, so it ends with its holder, however that dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from core.errors import StoreBroken, StoreLocked


def hold(path: Path) -> int:
    """Holds `<path>.lock` for this process's life; the kernel lets go when it dies, however it dies."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise StoreBroken(f"{path}: {problem.strerror}") from problem
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(fd, 20, 0).decode(errors="replace").strip()
        os.close(fd)
        raise StoreLocked(f"{path} is in use by process {holder or 'unknown'}.") from None
    with contextlib.suppress(OSError):  # a full disk: the lock holds without our number in it
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
    return fd
