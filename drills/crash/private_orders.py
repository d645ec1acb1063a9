"""A student alone with the bot: a cart filled by taps, or a typed order; what counts is what the screen shows."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.catalog import Item
from drills.demo_phones import Bubble, Member, Phones, Said, TalkRefused

_PLACED = re.compile(r"已记下 (#[\w]+-\d{3,})")
#: What is told there without being asked: no answer to anything.
_TOLD = re.compile(r"已送达|【|#[\w-]+ 送餐")
_LINE = re.compile(r"(?P<name>.+?)(?:（口味）)? ×(?P<count>\d+)")
#: A tap that changed nothing for so long is made again, seconds: shorter than a kill and a start.
_TAP_AGAIN_S = 2.0
#: A toast comes a moment before the screen changes; a chat may be told one thing a second.
_SCREEN_S = 8.0
#: So long without a word, and everything was said; longer than a kill and a start.
_QUIET_S = 10.0
#: Taps on the way to one thing before the student gives the cart up.
_TAPS = 40
#: An answer that reads like the one before may be that one, said again: so long it is waited for another.
_ANOTHER_S = 15.0


class Unanswered(Exception):
    """The bot took a message and never said anything to it."""


@dataclass(slots=True)
class Tally:
    """What students did alone with the bot."""

    typed: int = 0
    carts: int = 0
    taps: int = 0
    #: of those, made again because nothing had happened
    repeated: int = 0


class PrivateOrders:
    """One student's private chat."""

    def __init__(self, chat: Phones, who: Member, chance: random.Random, silence_s: float, tally: Tally) -> None:
        """`silence_s`: nothing takes longer; `tally`: counts what is done, of all students."""
        self._chat, self._who, self._chance, self._silence_s = chat, who, chance, silence_s
        self._tally = tally
        self._seen_to = 0
        self._is_open = False
        #: those whose toast nobody has looked at yet
        self._presses: list[Said] = []

    def numbers(self) -> list[str]:
        """The numbers of orders that the room showed since somebody last looked, in whichever message, or a toast."""
        texts = [*(bubble.text for bubble in self._since(self._seen_to)), *map(self._chat.toast, self._presses)]
        self._seen_to = len(self._chat.bubbles)
        self._presses = [said for said in self._presses if not self._chat.toast(said)]
        return _numbers_in(texts)

    async def rest(self) -> None:
        """Until nothing more comes: taps that piled up are answered one a second."""
        ends_s = time.monotonic() + self._silence_s
        while time.monotonic() < ends_s and await self._hears(_QUIET_S):
            continue

    async def _hears(self, within_s: float) -> bool:
        start = len(self._chat.bubbles)
        return await self._chat.wait_for(lambda: bool(self._since(start)), within_s)

    async def by_typing(self, words: str) -> None:
        """Types an order and waits for a receipt or a polite no. Raises: Unanswered."""
        await self._open()
        before, start = self._last_text(), len(self._chat.bubbles)
        said = await self._chat.say(self._who, self._who.private_room, words)
        self._tally.typed += 1
        if not await self._chat.wait_for(lambda: bool(self._answers_since(start)), self._silence_s):
            raise Unanswered(f"{said.key}: {words}")
        if all(text == before for text in self._answers_since(start)):
            await self._chat.wait_for(lambda: self._last_text() != before, _ANOTHER_S)

    async def by_tapping(self, item: Item) -> tuple[list[str], dict[str, int]]:
        """Menu, dish, cart, a change of mind or two, order.

        Returns the numbers which that one message showed, and dish → portions as the cart said when it was ordered.
        Raises: Unanswered.
        """
        await self._open()
        start = len(self._chat.bubbles)
        self._presses = []
        await self._chat.say(self._who, self._who.private_room, "菜单")
        self._tally.carts += 1
        if not await self._chat.wait_for(lambda: self._menu_since(start) is not None, self._silence_s):
            raise Unanswered("菜单")
        menu = self._menu_since(start)
        assert menu is not None  # it was waited for
        portions: dict[str, int] = {}
        if await self._tap_to(menu.id, lambda screen: self._towards(screen, item), "order:cart:", ":show") and (
            await self._tap_to(menu.id, _finds("order:cart:", ":show"), "order:cart:", ":place:")
        ):
            for verb in self._chance.sample((":more:", ":less:", ":more:"), self._chance.randrange(3)):
                await self._tap_once(menu.id, "order:cart:", verb)
            portions = await self._place(menu.id)
        shown = [bubble.text for bubble in self._since(start) if bubble.id == menu.id]
        return _numbers_in([*shown, *map(self._chat.toast, self._presses)]), portions

    async def _open(self) -> None:
        """Presses Start and reads what comes of it, or it would be taken for an answer later."""
        if not self._is_open:
            self._is_open = True
            start = len(self._chat.bubbles)
            await self._chat.say(self._who, self._who.private_room, "菜单")
            await self._chat.wait_for(lambda: len(self._since(start)) > 1, _ANOTHER_S)

    # Taps ---------------------------------------------------------------------------------------

    async def _place(self, message: int) -> dict[str, int]:
        """Orders what is on the screen, tap by tap until it is a receipt; what the screen said last."""
        portions: dict[str, int] = {}
        for _ in range(_TAPS):
            screen = self._screen(message)
            action = _finds("order:cart:", ":place:")(screen)
            if action is None:
                break
            portions = _portions(screen)
            if not await self._tap(message, action):
                await self._tap_once(message, "order:cart:", ":clear")
                break  # told why nothing was ordered
        return portions

    async def _tap_to(self, message: int, action_in: Callable[[Bubble], str | None], start: str, part: str) -> bool:
        """Taps until the screen has such a button; false: it never does, a dish is sold out, say."""
        for _ in range(_TAPS):
            screen = self._screen(message)
            if _finds(start, part)(screen) is not None:
                return True
            action = action_in(screen)
            if action is None or not await self._tap(message, action):
                return False
        return False

    async def _tap_once(self, message: int, start: str, part: str) -> None:
        action = _finds(start, part)(self._screen(message))
        if action is not None:
            await self._tap(message, action)

    async def _tap(self, message: int, action: str) -> bool:
        """One tap, made again while nothing happens; false: the student was told something and the screen stayed."""
        ends_s = time.monotonic() + self._silence_s
        screen, presses = self._screen(message), list[Said]()

        def is_changed() -> bool:
            return self._screen(message) is not screen

        def is_told() -> bool:
            return any(self._chat.toast(said) for said in presses)

        while time.monotonic() < ends_s:
            try:
                presses.append(await self._chat.press(self._who, screen, action))
                self._presses.append(presses[-1])
            except TalkRefused:  # the message changed under the thumb
                return True
            self._tally.taps += 1
            self._tally.repeated += len(presses) > 1
            if await self._chat.wait_for(lambda: is_changed() or is_told(), _TAP_AGAIN_S):
                return await self._chat.wait_for(is_changed, _SCREEN_S)
        raise Unanswered(f"{action} under {message}")

    # The screen -----------------------------------------------------------------------------------

    def _screen(self, message: int) -> Bubble:
        room = self._who.private_room
        return next(b for b in reversed(self._chat.bubbles) if b.room == room and b.id == message)

    def _since(self, start: int) -> Sequence[Bubble]:
        return [bubble for bubble in self._chat.bubbles[start:] if bubble.room == self._who.private_room]

    def _menu_since(self, start: int) -> Bubble | None:
        return next((b for b in self._since(start) if _finds("order:menu:", ":0")(b)), None)

    def _answers_since(self, start: int) -> Sequence[str]:
        return [bubble.text for bubble in self._since(start) if not _TOLD.match(bubble.text)]

    def _last_text(self) -> str:
        return next(reversed(self._answers_since(0)), "")

    def _towards(self, screen: Bubble, item: Item) -> str | None:
        """The dish, else a page or a category it may be on, else its merchant."""
        actions = [action for _, action in screen.buttons]
        dish = next((a for a in actions if a.startswith("order:add:") and a.endswith(f":{item.id}")), None)
        ways = [a for a in actions if a.startswith(f"order:menu:{item.merchant_id}:")]
        return dish or (self._chance.choice(ways) if ways else None)


def _finds(start: str, part: str) -> Callable[[Bubble], str | None]:
    """The first button's action that begins so and has that part."""
    return lambda screen: next((a for _, a in screen.buttons if a.startswith(start) and part in a), None)


def _numbers_in(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(placed[1] for text in texts if (placed := _PLACED.search(text))))


def _portions(cart: Bubble) -> dict[str, int]:
    """Dish → portions, read off the buttons between minus and plus."""
    found = [_LINE.fullmatch(label) for label, action in cart.buttons if ":opts:" in action or ":show" in action]
    return {line["name"]: int(line["count"]) for line in found if line}
