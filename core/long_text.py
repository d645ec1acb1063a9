"""Parts of a text that is longer than a vendor's messages may be, cut where a reader would pause."""

from __future__ import annotations


def length(text: str) -> int:
    """Characters as the vendors count them: those outside the basic plane, such as most emoji, count twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def first_part(text: str, longest: int) -> tuple[str, str]:
    """As much of a text as fits, and the rest; cut at the end of a line if that leaves at least half, else anywhere."""
    if length(text) <= longest:
        return text, ""
    end = min(len(text), longest)
    while length(text[:end]) > longest:
        end -= max(1, (length(text[:end]) - longest) // 2)
    line_end = text.rfind("\n", 0, end + 1)
    if line_end >= end // 2:
        return text[:line_end], text[line_end + 1 :]
    return text[:end], text[end:]
