"""The bot writes, changes and deletes messages."""

from __future__ import annotations

from typing import Any

from drills.telegram_double.files import Files
from drills.telegram_double.keyboards import read_keyboard
from drills.telegram_double.methods_common import MOST_CAPTION, Method, may, open_chat, words
from drills.telegram_double.parameters import Parameters, whole_number
from drills.telegram_double.refusals import bad_request
from drills.telegram_double.shapes import message_json
from drills.telegram_double.typed_text import MOST_TEXT
from drills.telegram_double.values import Chat, Json, Message
from drills.telegram_double.world import World

_SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_DELETABLE_S = 48 * 3600


class MessageMethods:
    """`sendMessage` and its kin."""

    def __init__(self, world: World, files: Files) -> None:
        """Both live as long as the double."""
        self._world, self._files = world, files

    def table(self) -> dict[str, Method]:
        """Method, lower case → what it does."""
        return {
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "senddocument": self._send_document,
            "sendchataction": self._send_action,
            "sendinvoice": self._send_invoice,
            "editmessagetext": self._edit_text,
            "editmessagecaption": self._edit_caption,
            "editmessagereplymarkup": self._edit_buttons,
            "deletemessage": self._delete,
            "deletemessages": self._delete_several,
        }

    # -- new ------------------------------------------------------------------------------------------------

    async def _send_message(self, parameters: Parameters) -> Any:
        chat = open_chat(self._world, parameters)
        text, entities = words(
            parameters, "text", most=MOST_TEXT, empty="message text is empty", too_long="message is too long"
        )
        return self._post(chat, parameters, text=text, entities=entities)

    async def _send_photo(self, parameters: Parameters) -> Any:
        chat = open_chat(self._world, parameters)
        photo = self._files.take(parameters, "photo", is_picture=True)
        return self._post(chat, parameters, photo=photo, **self._caption(parameters))

    async def _send_document(self, parameters: Parameters) -> Any:
        chat = open_chat(self._world, parameters)
        document = self._files.take(parameters, "document", is_picture=False)
        return self._post(chat, parameters, document=document, **self._caption(parameters))

    async def _send_action(self, parameters: Parameters) -> Any:
        open_chat(self._world, parameters)
        if not parameters.text("action"):
            raise bad_request("wrong parameter action in request")
        return True

    async def _send_invoice(self, parameters: Parameters) -> Any:
        open_chat(self._world, parameters)
        raise bad_request("PAYMENT_PROVIDER_INVALID")  # this bot takes no money

    def _post(self, chat: Chat, parameters: Parameters, **content: Any) -> Json:
        buttons, reply_to = read_keyboard(parameters.json("reply_markup")), self._reply_to(chat, parameters)
        message = self._world.post(chat, self._world.bot, buttons=buttons, reply_to=reply_to, **content)
        return message_json(message)

    def _reply_to(self, chat: Chat, parameters: Parameters) -> Message | None:
        wish = parameters.object("reply_parameters")
        message_id = whole_number(str(wish.get("message_id"))) or parameters.whole("reply_to_message_id")
        found = chat.messages.get(message_id)
        is_lenient = wish.get("allow_sending_without_reply") or parameters.flag("allow_sending_without_reply")
        if message_id and found is None and not is_lenient:
            raise bad_request("message to be replied not found")
        return found

    @staticmethod
    def _caption(parameters: Parameters) -> Json:
        text, entities = words(parameters, "caption", most=MOST_CAPTION, too_long="message caption is too long")
        return {"text": text, "entities": entities}

    # -- changed --------------------------------------------------------------------------------------------

    async def _edit_text(self, parameters: Parameters) -> Any:
        message = self._own(parameters)
        text, entities = words(
            parameters, "text", most=MOST_TEXT, empty="message text is empty", too_long="MESSAGE_TOO_LONG"
        )
        if message.is_media:
            raise bad_request("there is no text in the message to edit")
        return self._change(message, text, entities, read_keyboard(parameters.json("reply_markup")))

    async def _edit_caption(self, parameters: Parameters) -> Any:
        message, caption = self._own(parameters), self._caption(parameters)
        if not message.is_media:
            raise bad_request("there is no caption in the message to edit")
        buttons = read_keyboard(parameters.json("reply_markup"))
        return self._change(message, caption["text"], caption["entities"], buttons)

    async def _edit_buttons(self, parameters: Parameters) -> Any:
        message = self._own(parameters)
        return self._change(message, message.text, message.entities, read_keyboard(parameters.json("reply_markup")))

    def _own(self, parameters: Parameters) -> Message:
        chat, message_id = open_chat(self._world, parameters), parameters.whole("message_id")
        if not message_id:
            raise bad_request("message identifier is not specified")
        message = self._world.message(chat, message_id, "message to edit not found")
        if message.author is not self._world.bot or message.service:
            raise bad_request("message can't be edited")
        return message

    def _change(self, message: Message, text: str, entities: list[Json], buttons: Json | None) -> Json:
        if (text, entities, _rows(buttons)) == (message.text, message.entities, _rows(message.buttons)):
            raise bad_request(_SAME)
        message.text, message.entities, message.buttons = text, entities, buttons
        self._world.edited(message)
        return message_json(message)

    # -- gone -----------------------------------------------------------------------------------------------

    async def _delete(self, parameters: Parameters) -> Any:
        chat = open_chat(self._world, parameters)
        message = self._world.message(chat, parameters.whole("message_id"), "message to delete not found")
        is_old = self._world.now() - message.date >= _DELETABLE_S
        is_free = message.author is self._world.bot or may(self._world, chat, "can_delete_messages")
        if is_old or not is_free:
            raise bad_request("message can't be deleted" + ("" if is_old else " for everyone"))
        self._world.delete(message)
        return True

    async def _delete_several(self, parameters: Parameters) -> Any:
        chat = open_chat(self._world, parameters)
        for message_id in parameters.items("message_ids", int) or []:
            if message := chat.messages.get(message_id):  # the vendor passes over the others
                self._world.delete(message)
        return True


def _rows(buttons: Json | None) -> list[Any]:
    return buttons["inline_keyboard"] if buttons else []
