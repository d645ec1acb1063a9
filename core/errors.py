"""Every way this program can say no, each with a hint that tells the person what to do now.

FallbackError
├── Temporary            try again, after `retry_after_s`
│   ├── PrimaryUnreachable
│   └── StoreFull
├── Permanent            trying again changes nothing
│   ├── InvalidSettings
│   ├── InvalidCatalog
│   ├── StoreLocked
│   ├── StoreBroken
│   ├── PrimaryDenied
│   └── Unreadable       an update, a file or an answer that cannot be understood
└── NeedsPerson          somebody has to decide
    ├── StaleEpoch
    ├── ModeConflict
    └── BooksDiffer
"""

from __future__ import annotations


class FallbackError(Exception):
    """Something went wrong."""

    hint: str = ""

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        """`message` says what is wrong (default: the class's first docstring line), `hint` what to do now."""
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])
        if hint is not None:
            self.hint = hint


class Temporary(FallbackError):
    """Not now; the same call may succeed later."""

    def __init__(
        self, message: str | None = None, *, hint: str | None = None, retry_after_s: float | None = None
    ) -> None:
        """`retry_after_s`: seconds the other side asked us to wait; None when it did not say."""
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class PrimaryUnreachable(Temporary):
    """The primary did not answer, or its answer could not be read; whether it acted is unknown."""

    hint = "Nothing to do: the same call is repeated with the same keys."


class StoreFull(Temporary):
    """The disk is full: nothing more can be written down."""

    hint = "Free space on the disk that holds store.path; service resumes by itself."


class Permanent(FallbackError):
    """Trying again would give the same answer."""


class InvalidSettings(Permanent):
    """The settings cannot be used."""

    def __init__(self, mistakes: list[str]) -> None:
        """`mistakes`: one line each: path, value, what is wrong, what to write instead."""
        super().__init__("\n".join(mistakes), hint="Correct config.yaml or the FALLBACK_… variables named above.")
        self.mistakes = mistakes


class InvalidCatalog(Permanent):
    """The catalog cannot be used."""

    hint = "Compare it with docs/primary-api.yaml, GET /catalog."


class StoreLocked(Permanent):
    """Another process is using this store."""

    hint = "Stop the other process, or point store.path at another file."


class StoreBroken(Permanent):
    """The store file cannot be used."""

    hint = "Restore the last backup, or point store.path at a new file."


class PrimaryDenied(Permanent):
    """The primary does not accept our token."""

    hint = "Set primary.token (FALLBACK_PRIMARY__TOKEN) to the token the primary's operator gave you."


class Unreadable(Permanent):
    """This input cannot be understood."""


class NeedsPerson(FallbackError):
    """A person has to decide."""


class StaleEpoch(NeedsPerson):
    """The primary knows a higher epoch than ours."""

    hint = "Another node took over later. Stop this node, or raise its epoch by entering emergency again."

    def __init__(self, current_epoch: int) -> None:
        """`current_epoch`: the epoch the primary holds."""
        super().__init__(f"The primary knows epoch {current_epoch}, higher than ours.")
        self.current_epoch = current_epoch


class ModeConflict(NeedsPerson):
    """The mode was changed by somebody else in the meantime, or is locked."""


class BooksDiffer(NeedsPerson):
    """Our books and the primary's do not agree."""

    hint = "Open the proof's list of differing orders and settle each with the primary's operator."
