"""Why a vendor's sheet cannot be used right now, and who can mend it.

SheetUnreachable   nobody: it passes by itself (Temporary)
SheetNotFound      an admin: the id in the settings
SheetDenied        an admin: sharing and permissions
KeyRefused         an admin: the key file, the app's secret
TabGone            whoever removed it, or an admin with `sheet setup`
SheetRefused       us: the vendor does not understand what we ask for
"""

from __future__ import annotations

from core.errors import NeedsPerson, Permanent, Temporary

#: No vendor keeps us away longer than this at once, seconds: a sheet of an hour ago is no sheet.
LONGEST_WAIT_S = 300.0


class SheetUnreachable(Temporary):
    """The sheet's vendor did not answer usefully; whether a write arrived is unknown."""

    hint = "Nothing to do: the sheet is read again, and what differs is written again."


class SheetNotFound(NeedsPerson):
    """There is no such spreadsheet."""

    hint = "Copy the id out of the spreadsheet's address into the settings."


class SheetDenied(NeedsPerson):
    """We may not read or write this spreadsheet."""


class KeyRefused(NeedsPerson):
    """The vendor does not accept our key."""


class TabGone(NeedsPerson):
    """The spreadsheet has no stock sheet any more."""

    hint = "Restore the tab from the version history, or run `python main.py sheet setup` for a new one."


class SheetRefused(Permanent):
    """The vendor refuses what we ask for."""

    hint = "Show this to whoever maintains this program; the chat and the grid page still work."
