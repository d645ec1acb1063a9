"""Every way this program can say no, each with a hint that tells the person what to do now.

FallbackError
├── Temporary            try again, after `retry_after_s`
│   ├── PrimaryUnreachable
│   │   └── PrimaryBusy  it answers, and asks us to wait
│   ├── EpochUnknown     register it, then push again
│   ├── ChatBusy         the vendor asks us to be silent in one chat
│   ├── ChatClosed       nothing may be said there until the person writes
│   ├── ChannelDown      the vendor cannot be reached at all
│   └── StoreNotNow      nothing can be written down; what was acknowledged stays
│       ├── StoreFull
│       └── StoreBusy    another program holds the file
├── Permanent            trying again changes nothing
│   ├── InvalidSettings
│   ├── InvalidCatalog
│   ├── InvalidDirectory
│   ├── StoreLocked
│   ├── StoreBroken
│   ├── PrimaryDenied
│   ├── NotSupported     an optional part of the contract this primary lacks
│   ├── BatchTooLarge    send fewer events
│   ├── BatchMalformed   one of these events is not understood
│   ├── ChatGone         nothing can be said in this chat any more
│   ├── ChatMoved        the chat goes on under another id
│   └── Unreadable       an update, a file or an answer that cannot be understood
└── NeedsPerson          somebody has to decide
    ├── StaleEpoch
    ├── ModeConflict
    ├── BreakerStuck     its own intake is not as it was told to be
    ├── SuspectOrders    it took orders while we were in charge
    └── BooksDiffer
"""

from __future__ import annotations


class FallbackError(Exception):
    """Something went wrong."""

    hint: str = ""
    #: tells this trouble from another of its kind, where admins must hear of both
    mark: str = ""

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


class PrimaryBusy(PrimaryUnreachable):
    """The primary is alive and asks us to wait."""

    hint = "Nothing to do: the same call is repeated when the primary allows it."


class EpochUnknown(Temporary):
    """The primary does not know our epoch: it was never registered, or the primary lost it."""

    hint = "Nothing to do: the epoch is registered again."


class ChatBusy(Temporary):
    """The vendor asks us to be silent in this chat for a while."""

    hint = "Nothing to do: other chats go on, this one follows."


class ChatClosed(Temporary):
    """The vendor lets nothing be said in this chat until the person has written again: nobody's failure."""

    hint = "Nothing to do: it is said once they write."


class ChannelDown(Temporary):
    """The vendor cannot be reached, or does not let us in: no chat of this channel can be spoken to."""

    hint = "Check this machine's network and the channel's token; what waits is said afterwards."


class StoreNotNow(Temporary):
    """Nothing can be written down just now."""

    hint = "Nothing to do: it is tried again."


class StoreFull(StoreNotNow):
    """The disk is full: nothing more can be written down."""

    hint = "Free space on the disk that holds store.path; service resumes by itself."


class StoreBusy(StoreNotNow):
    """Another program holds the store's file."""

    hint = "Close whatever else has the file at store.path open, a database browser or a copy under way."


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


class InvalidDirectory(Permanent):
    """The directory cannot be used."""

    hint = "Compare it with docs/primary-api.yaml, GET /directory."


class StoreLocked(Permanent):
    """Another process is using this store."""

    hint = "Stop the other process, or point store.path at another file."


class StoreBroken(Permanent):
    """The store file cannot be used."""

    hint = "Restore the last backup, or point store.path at a new file."


class PrimaryDenied(Permanent):
    """The primary does not accept our token."""

    hint = "Set primary.token (FALLBACK_PRIMARY__TOKEN) to the token the primary's operator gave you."


class NotSupported(Permanent):
    """This primary does not serve an optional part of the contract."""


class BatchTooLarge(Permanent):
    """The primary wants fewer events at once."""

    hint = "Nothing to do: the batch is halved."


class BatchMalformed(Permanent):
    """The primary does not understand one of these events."""

    hint = "Show the event and the primary's answer to the primary's operator."


class ChatGone(Permanent):
    """Nothing can be said in this chat: the bot was blocked or removed, or the chat is no more."""

    hint = "Add the bot to the group again, or let the person press Start."


class ChatMoved(Permanent):
    """The chat goes on under another id."""

    hint = "Nothing to do: what waits follows it."

    def __init__(self, to_chat_id: str) -> None:
        """`to_chat_id`: its new id, with the channel's name."""
        super().__init__(f"The chat is {to_chat_id} now.")
        self.to_chat_id = to_chat_id


class Unreadable(Permanent):
    """This input cannot be understood."""


class NeedsPerson(FallbackError):
    """A person has to decide."""


class StaleEpoch(NeedsPerson):
    """The primary knows a higher epoch than ours."""

    hint = "Another node took over later. Stop this one; its orders stay here until the primary's operator decides."

    def __init__(self, current_epoch: int | None) -> None:
        """`current_epoch`: the epoch the primary holds; None when it did not say."""
        named = "one" if current_epoch is None else f"epoch {current_epoch}"
        super().__init__(f"The primary knows {named}, higher than ours.")
        self.current_epoch = current_epoch


class ModeConflict(NeedsPerson):
    """The mode was changed by somebody else in the meantime, or is locked."""


class BreakerStuck(NeedsPerson):
    """The platform answers, and its own intake is still not as it was told to be."""

    hint = "Stop or resume ordering in the platform's own console, then look at its answer to POST /fallback/pause."


class SuspectOrders(NeedsPerson):
    """The platform took orders itself after we had taken over."""

    hint = "They may be ordered a second time here: compare them with the proof's list before a kitchen cooks them."


class BooksDiffer(NeedsPerson):
    """Our books and the primary's do not agree."""

    hint = "Look at each with /books or at the console: the primary's operator corrects it, or an admin accepts it."

    def __init__(
        self,
        message: str | None = None,
        *,
        hint: str | None = None,
        figures: tuple[int, int, str] | None = None,
        mark: str = "",
    ) -> None:
        """`figures`: the primary's own count, amount in fen and digest, when it named them; `mark`: of what differs."""
        super().__init__(message, hint=hint)
        self.figures = figures
        self.mark = mark
