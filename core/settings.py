"""The validated shape of config.yaml: every setting with its unit and default; secrets only from the environment."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from core.channel_settings import ChannelSettings as ChannelSettings
from core.channel_settings import LocalChatSettings as LocalChatSettings
from core.channel_settings import TelegramSettings as TelegramSettings
from core.health import HealthRules
from core.mode import ModeRules
from core.notice_settings import NoticeSettings as NoticeSettings
from core.settings_group import Group, Seconds

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


class WatchSettings(Group):
    """Is the primary alive?"""

    #: something that is not the primary; answers 2xx or 3xx while we are online ourselves; "" = none
    reference_url: str = ""
    interval_s: Seconds = 1.0
    #: total time-out of one probe
    timeout_s: Seconds = 1.5
    #: down: bad for `down_after_s` within `down_window_s`
    down_after_s: Seconds = 20.0
    down_window_s: Seconds = 22.0
    #: down at once after saturation, or where restarts are announced
    quick_after_s: Seconds = 12.0
    #: the primary says `maintenance` before it restarts
    restarts_are_announced: bool = False
    #: degraded: bad for `degraded_after_s` within `degraded_window_s`
    degraded_after_s: Seconds = 36.0
    #: … or with either kind of probe failing for so long in the same window
    degraded_either_s: Seconds = 40.0
    degraded_window_s: Seconds = 90.0
    #: payments broken for so long: partial
    payments_after_s: Seconds = 30.0
    #: the primary must have been healthy this long before it is handed anything
    healthy_s: Seconds = 120.0
    #: emergency lasts at least this long
    dwell_s: Seconds = 180.0
    #: watching ends after so long without a warning
    calm_s: Seconds = 30.0
    #: enter emergency without an admin
    enters_by_itself: bool = True
    #: start the hand-back without an admin once dwell and health allow
    hands_back_by_itself: bool = False
    #: a follow-up notice goes out this often, news or not
    notice_every_s: Seconds = 1200.0
    #: divides every duration above, the time-out apart: for demos and drills, never for a campus
    times_faster: float = Field(1.0, ge=1, le=100)

    @property
    def health_rules(self) -> HealthRules:
        """What the verdict depends on."""
        rules = HealthRules(
            interval_s=self.interval_s,
            timeout_s=self.timeout_s,
            down_after_s=self.down_after_s,
            down_window_s=self.down_window_s,
            quick_after_s=self.quick_after_s,
            restarts_are_announced=self.restarts_are_announced,
            degraded_after_s=self.degraded_after_s,
            degraded_either_s=self.degraded_either_s,
            degraded_window_s=self.degraded_window_s,
            payments_after_s=self.payments_after_s,
            healthy_s=self.healthy_s,
        )
        return replace(rules.faster(self.times_faster), timeout_s=self.timeout_s)

    @property
    def mode_rules(self) -> ModeRules:
        """How a verdict moves the mode."""
        return ModeRules(
            dwell_s=self.dwell_s / self.times_faster,
            calm_s=self.calm_s / self.times_faster,
            enters_by_itself=self.enters_by_itself,
            hands_back_by_itself=self.hands_back_by_itself,
        )


class CampusSettings(Group):
    """Where we are."""

    name: str = "校园"
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"

    @field_validator("timezone")
    @classmethod
    def _exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as problem:
            raise ValueError("write an IANA name such as Asia/Shanghai") from problem
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


class SheetSettings(Group):
    """The shared stock sheet."""

    kind: Literal["grid"] = "grid"


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
    sync: SyncSettings = SyncSettings()
    retention: RetentionSettings = RetentionSettings()
