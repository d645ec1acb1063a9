"""What somebody who works here is told beside how to order: the commands of their roles."""

from __future__ import annotations

from bot.desks.desk import Visit
from core.chat import Role
from core.commands import OF_ROLE
from core.texts import text

#: Commands named of each role; the chat app's own menu has them all.
NAMED = 3


def lines(visit: Visit) -> str:
    """In private, for whoever holds a role; "" for students and in groups."""
    if visit.message.is_group:
        return ""
    captains = text(visit.language, "captains_help") if Role.CAPTAIN in visit.person.roles else ""
    mine = [name for role, names in OF_ROLE.items() if role in visit.person.roles for name in names[:NAMED]]
    if not mine:
        return captains
    shown = [
        text(visit.language, "help_crew_line", command=name, does=text(visit.language, f"command_{name}"))
        for name in dict.fromkeys(mine)
    ]
    return "".join([text(visit.language, "help_crew"), *shown, captains])
