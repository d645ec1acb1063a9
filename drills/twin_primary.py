"""The twin primary as a program of its own: `python -m drills.twin_primary --store FILE --token T --announce`."""

from __future__ import annotations

import argparse
import asyncio
import functools
import gc
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
from starlette.types import ASGIApp

from drills.fault_board import FaultBoard, FaultLayer
from drills.twin_books import TwinBooks
from drills.twin_control import TwinControl
from drills.twin_door import Door
from drills.twin_primary_app import BooksThread, TwinApp, application
from drills.twin_primary_metrics import TwinMetrics
from drills.twin_primary_service import TwinPrimary

#: exit code that asks the launcher to start the twin again
RESTARTS = 75
#: New objects between two looks for garbage. 500 events parsed at once are thousands, and none of them is garbage.
_GARBAGE_AFTER = 20_000


class TwinProgram:
    """Two doors and one life: the primary's port, which faults may shut, and the control port, which stays open."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Opens the books and takes both ports; nothing listens yet."""
        self._options = options
        self._ends = asyncio.Event()
        self._exit_code = 0
        self._board = FaultBoard(options.seed, time.monotonic)
        self._metrics = TwinMetrics(time.monotonic, self._board)
        self._file = TwinBooks(options.store)
        self._books = BooksThread(self._metrics)
        self._primary = TwinPrimary(self._file, functools.partial(datetime.now, UTC), self._board.interfere)
        self._door = Door(options.host, options.port)
        self._control_door = Door(options.host, options.control_port)

    async def run(self) -> int:
        """Serves until told to end; the exit code."""
        async with asyncio.TaskGroup() as tasks:
            await self._door.open(FaultLayer(self._primary_app(), self._board, self._door), tasks)
            await self._control_door.open(self._control_app(), tasks)
            followers = [tasks.create_task(self._follow_board())]
            if self._options.with_parent:
                followers.append(tasks.create_task(self._follow_parent()))
            self._announce()
            await self._ends.wait()
            for follower in followers:
                follower.cancel()
            await self._door.close()
            await self._control_door.close()
        self._books.close()
        self._file.close()
        return self._exit_code

    def end(self, exit_code: int = 0) -> None:
        """Everything committed is on disk; stop serving."""
        self._exit_code = exit_code
        self._ends.set()

    def _primary_app(self) -> ASGIApp:
        routes = TwinApp(self._primary, self._books, self._metrics).routes()
        return application(routes, self._options.token, self._metrics)

    def _control_app(self) -> ASGIApp:
        control = TwinControl(self._primary, self._books, self._board, self._settle, self._restart)
        return application(control.routes(), self._options.token, None)  # a drill looking on is no load

    def _announce(self) -> None:
        if self._options.announce:
            _print_line({"port": self._door.port, "control_port": self._control_door.port})

    def _restart(self, after_s: float) -> None:
        _print_line({"restart_after_s": after_s})
        self.end(RESTARTS)

    async def _settle(self) -> None:
        await self._door.follow(is_open=not self._board.is_down())

    async def _follow_board(self) -> None:
        # A fault that ends by itself tells nobody: look again when the next one is due.
        while True:
            self._board.changed.clear()
            await self._settle()
            try:
                await asyncio.wait_for(self._board.changed.wait(), self._board.next_end_s())
            except TimeoutError:
                continue

    async def _follow_parent(self) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        await reader.read()
        self.end()


def _print_line(line: dict[str, float]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.buffer.flush()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drills.twin_primary", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="the primary's port (0: a free one)")
    parser.add_argument("--control-port", type=int, default=0, help="the drill's port (0: a free one)")
    parser.add_argument("--store", type=Path, required=True, help="the twin's own SQLite file")
    parser.add_argument("--token", required=True, help="the bearer token it accepts")
    parser.add_argument("--seed", type=int, default=1, help="decides who is struck by a fault's share")
    parser.add_argument("--announce", action="store_true", help="print one JSON line with the ports when listening")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    return parser.parse_args(arguments)


async def _main(options: argparse.Namespace) -> int:
    program = TwinProgram(options)
    gc.freeze()  # what was imported stays: not looked through again
    gc.set_threshold(_GARBAGE_AFTER)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, program.end)
    return await program.run()


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(_options(sys.argv[1:]))))
