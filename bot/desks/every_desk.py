"""The desks of a service, in the order in which they are asked who wants a message."""

from __future__ import annotations

from collections.abc import Container
from datetime import tzinfo

from bot.desks.admin import AdminDesk
from bot.desks.captains import CaptainsDesk
from bot.desks.courier import CourierDesk
from bot.desks.desk import Desk
from bot.desks.followed_queues import FollowedQueues
from bot.desks.merchant import MerchantDesk
from bot.desks.order import OrderDesk
from bot.desks.payments import PaymentDesk
from bot.desks.pickup_codes import PickupCodeDesk
from bot.desks.relay import RelayDesk
from bot.desks.second_hand import SecondHandDesk
from core.ports import ModeSwitch
from core.settings import Settings
from fallback_store.database import Tx


def every_desk(
    switch: ModeSwitch[Tx], timezone: tzinfo, settings: Settings, edits_in: Container[str] = ()
) -> tuple[Desk, ...]:
    """What is edited or forwarded is asked about before anybody could do it; what nobody wants is the students'.

    `edits_in`: the channels whose messages can be changed after they were said.
    """
    order_desk = OrderDesk(settings)
    return (
        SecondHandDesk(order_desk),
        AdminDesk(switch, timezone),
        CaptainsDesk(timezone),
        PaymentDesk(),
        PickupCodeDesk(),
        CourierDesk(FollowedQueues(timezone, edits_in)),
        MerchantDesk(),
        RelayDesk(settings),
        order_desk,
    )
