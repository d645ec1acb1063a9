"""Pictures for WeChat: the vendor shows what was uploaded to it before, by a number of its own."""

from __future__ import annotations

import asyncio

from bot.channels.wechat.api import WeChatApi
from core.picture import photo_id


async def media_id(api: WeChatApi, made_from: str) -> str:
    """The vendor's number of the picture; drawn and uploaded unless the vendor has it. Raises: as `WeChatApi.post`.

    `made_from`: as in `OutgoingMessage.picture`.
    """
    if (known := photo_id(made_from)) is not None:
        return known
    from bot.pictures.drawing import draw  # its library is loaded only where pictures are drawn

    drawn = await asyncio.to_thread(draw, made_from)
    answer = await api.upload("/cgi-bin/media/upload", "picture.png", drawn, "image/png")
    return str(answer["media_id"])
