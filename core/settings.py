"""The validated shape of config.yaml: every setting with its unit and default; secrets only from the environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from core.channel_settings import ChannelSettings as ChannelSettings
from core.channel_settings import LocalChatSettings as LocalChatSettings
from core.channel_settings import TelegramSettings as TelegramSettings
from core.last_order import check_time
from core.notice_settings import NoticeSettings as NoticeSettings
from core.observation_settings import ObservationSettings as ObservationSettings
from core.settings_group import Group, Seconds
from core.sheet_settings import SheetSettings as SheetSettings
from core.watch_settings import WatchSettings as WatchSettings

Share = Annotated[float, Field(gt=0, le=1)]
_PERSON = re.compile(r"^[a-z_]+:\S+$")


def _check_person(value: str) -> str:
    if not _PERSON.match(value):
        raise ValueError("write <channel>:<id>, such as web:anna")
    return value


class PrimarySettings(Group):
    """The main platform."""

    #: origin and path below which docs/primary-api.yaml is served
    base_url: str = "http://127.0.0.1:9900"
    #: bearer token
    token: str = ""
    #: what students are sent to while the primary is healthy
    order_url: str = ""

    @field_validator("base_url", "order_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("write a whole address starting with http:// or https://")
        return value.rstrip("/")


class StoreSettings(Group):
    """The edge store."""

    #: the SQLite file; proofs and exports lie beside it
    path: Path = Path("data/fallback.sqlite3")


class WebSettings(Group):
    """The local pages."""

    host: str = "127.0.0.1"
    port: int = Field(8780, ge=0, le=65_535)
    #: opens the admin console; without one the console stays shut
    admin_token: str = ""
    #: address people reach the pages at, for links in messages; "" = http://host:port
    public_url: str = ""


class CampusSettings(Group):
    """Where we are."""

    name: str = "校园"
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    #: when the last order of each meal is taken, `HH:MM`: said to captains, and nothing is refused because of it
    last_order: tuple[str, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as problem:
            raise ValueError("write an IANA name such as Asia/Shanghai") from problem
        return value

    @field_validator("last_order", mode="before")
    @classmethod
    def _are_times(cls, value: object) -> object:
        # Without its quotes 12:30 is a number in YAML, 750.
        for time in value if isinstance(value, list | tuple) else ():
            check_time(str(time))
        return value


class NodeSettings(Group):
    """This machine."""

    name: str = Field("edge-1", min_length=1, max_length=40)


class OrderSettings(Group):
    """How orders are taken."""

    #: ask before every order, only when unsure, or never
    confirm: Literal["always", "unsure", "never"] = "unsure"
    #: a question or a cart is forgotten after this long
    question_expires_s: Seconds = 600.0
    #: 同上 and 再来一份 refer to orders at most this old without being asked about
    context_s: Seconds = 600.0
    #: a student may take back or change an order this long, or until a merchant accepts it
    undo_s: Seconds = 120.0


class ScopedPerson(Group):
    """A person and where their role holds."""

    id: str
    buildings: tuple[str, ...] = ()
    merchant: str = ""

    @field_validator("id")
    @classmethod
    def _is_person(cls, value: str) -> str:
        return _check_person(value)


class PeopleSettings(Group):
    """Who may do what, beyond what the primary's directory says."""

    admins: tuple[str, ...] = ()
    captains: tuple[ScopedPerson, ...] = ()
    couriers: tuple[ScopedPerson, ...] = ()
    merchants: tuple[ScopedPerson, ...] = ()

    @field_validator("admins")
    @classmethod
    def _are_people(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_check_person(person) for person in value)


class SyncSettings(Group):
    """To and from the primary."""

    #: the snapshot is refreshed this often while the primary is healthy
    pull_every_s: Seconds = 60.0
    #: a snapshot older than this is called old
    stale_after_s: Seconds = 3600.0
    #: total time-out of one call
    timeout_s: Seconds = 15.0
    #: events per batch
    batch: int = Field(500, ge=1, le=500)
    #: a leased event is sent again when nothing was heard for this long
    lease_s: Seconds = 60.0
    #: longest pause between two tries
    longest_pause_s: Seconds = 30.0
    #: back to emergency when the primary is silent this long during a hand-back
    gives_up_after_s: Seconds = 30.0


class RetentionSettings(Group):
    """When personal data goes."""

    #: hour of the night it is looked for, 0 to 23, campus time
    hour: int = Field(4, ge=0, le=23)
    #: days from the hand-back of an order until nobody can tell whose it was
    days: int = Field(30, ge=1, le=3650)


class Settings(Group):
    """Everything an operator can set. `FALLBACK_PRIMARY__TOKEN=…` in the environment outranks the file."""

    primary: PrimarySettings = PrimarySettings()
    store: StoreSettings = StoreSettings()
    web: WebSettings = WebSettings()
    watch: WatchSettings = WatchSettings()
    campus: CampusSettings = CampusSettings()
    node: NodeSettings = NodeSettings()
    orders: OrderSettings = OrderSettings()
    people: PeopleSettings = PeopleSettings()
    channels: ChannelSettings = ChannelSettings()
    sheet: SheetSettings = SheetSettings()
    notices: NoticeSettings = NoticeSettings()
    observation: ObservationSettings = ObservationSettings()
    sync: SyncSettings = SyncSettings()
    retention: RetentionSettings = RetentionSettings()
