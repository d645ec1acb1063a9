"""How a message of ours becomes WeChat text: pieces inside the vendor's size, buttons as links a thumb can hit."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from core.chat import ButtonRows

#: Bytes of UTF-8 in one text.
LONGEST = 2048


def parts_of(text: str, buttons: ButtonRows) -> list[str]:
    """What to send one after the other for a message; the buttons stand below the last."""
    *others, last = pieces(text)
    return [*others, with_links(last, buttons)]


def pieces(text: str, longest: int = LONGEST) -> list[str]:
    """The text in pieces of at most `longest` bytes, cut between lines where there are any; at least one."""
    found, held = list[str](), ""
    for line in text.split("\n"):
        joined = f"{held}\n{line}" if held else line
        if len(joined.encode()) <= longest:
            held = joined
            continue
        if held:
            found.append(held)
        *full, held = _cut(line, longest)
        found += full
    return [*found, held] if held or not found else found


def with_links(text: str, buttons: ButtonRows, longest: int = LONGEST) -> str:
    """The text with its buttons below, one a line; a tap sends the button's label and action back.

    As many as fit are links, the others are words to type. The text itself is never shortened.
    """
    lines, size = [text], len(text.encode())
    for button in (button for row in buttons for button in row):
        link = _link(button.label, button.action)
        line = link if size + len(link.encode()) + 1 <= longest else button.label
        if size + len(line.encode()) + 1 > longest:
            break
        lines.append(line)
        size += len(line.encode()) + 1
    return "\n".join(lines)


def _link(label: str, action: str) -> str:
    content, menu_id = quote(label), quote(action)
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={content}&msgmenuid={menu_id}">{escape(label)}</a>'


def _cut(line: str, longest: int) -> list[str]:
    """A line in pieces of at most `longest` bytes; no letter is torn."""
    found, held, size = list[str](), list[str](), 0
    for letter in line:
        bytes_more = len(letter.encode("utf-8", "surrogatepass"))
        if size + bytes_more > longest:
            found.append("".join(held))
            held, size = [], 0
        held.append(letter)
        size += bytes_more
    return [*found, "".join(held)]
