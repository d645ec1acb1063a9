"""Named constants like those of a StrEnum, but as fast to look up as any attribute of a class."""

from __future__ import annotations


class Constants(str):
    """Every name a subclass annotates is one of its instances; compare them with `is`.

    An enum's metaclass makes each `Word.WANT` cost four times as much, and one message needs hundreds of them.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Makes the constants."""
        for name in cls.__annotations__:
            setattr(cls, name, cls(name.lower()))
