"""The menus of commands a chat app shows, per kind of person; what a command may do is decided where it is served."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from core.chat import Role
from core.texts import text

#: What everybody finds in the private chat, and in a group.
IN_PRIVATE: Final = ("menu", "orders", "help", "id", "lang")
IN_GROUPS: Final = ("menu", "orders", "help")
#: What comes before that in the private chat of whoever holds a role.
OF_ROLE: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.ADMIN: (
        "status", "emergency", "handback", "books", "lock", "unlock", "notice", "bind", "unbind", "who", "whois",
        "aliases", "quiet", "speak", "queue",
    ),
    Role.COURIER: ("queue",),
    Role.MERCHANT: ("tickets", "stock"),
    Role.CAPTAIN: (),
}  # fmt: skip


def command_menu(language: str, *, in_group: bool, roles: Collection[Role] = ()) -> list[tuple[str, str]]:
    """(command without its slash, what it does), in the order in which they are shown; each once."""
    names = [name for role in Role if role in roles and not in_group for name in OF_ROLE[role]]
    names += IN_GROUPS if in_group else IN_PRIVATE
    return [(name, text(language, f"command_{name}")) for name in dict.fromkeys(names)]
