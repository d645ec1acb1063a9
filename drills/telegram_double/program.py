"""The Bot API double as a program of its own: `python -m drills.telegram_double.program --announce`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

import orjson

from drills.telegram_double.control import DoubleControl
from drills.telegram_double.double import BOT_TOKEN, HOST, TelegramDouble
from drills.telegram_double.limits import Limits
from drills.twin_door import Door
from drills.twin_primary_app import application


async def serve(options: argparse.Namespace) -> None:
    """Two doors and one life, until told to end or the parent is gone."""
    ends = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ends.set)
    limits = Limits(chat_burst=options.chat_burst)
    async with (
        TelegramDouble(token=options.token, port=options.port, seed=options.seed, limits=limits) as double,
        asyncio.TaskGroup() as tasks,
    ):
        control = Door(HOST, options.control_port)
        await control.open(application(DoubleControl(double).routes(), options.token, None), tasks)
        following = tasks.create_task(_follow_parent(ends)) if options.with_parent else None
        if options.announce:
            line = {"api_base": double.api_base, "control_port": control.port}
            sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
            sys.stdout.buffer.flush()
        await ends.wait()
        if following is not None:
            following.cancel()
        await control.close()


async def _follow_parent(ends: asyncio.Event) -> None:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    await reader.read()
    ends.set()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drills.telegram_double.program", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the Bot API's port (0: a free one)")
    parser.add_argument("--control-port", type=int, default=0, help="the drill's port (0: a free one)")
    parser.add_argument("--token", default=BOT_TOKEN, help="the bot's token; it opens the control port as well")
    parser.add_argument("--seed", type=int, default=1, help="decides ids, and who is struck by a fault's share")
    parser.add_argument("--chat-burst", type=int, default=Limits().chat_burst, help="messages a chat takes at once")
    parser.add_argument("--announce", action="store_true", help="print one JSON line with the ports when listening")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(serve(_options(sys.argv[1:])))
