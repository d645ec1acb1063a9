"""The world's values in the Bot API's JSON, field by field as its documentation (version 9) has them."""

from __future__ import annotations

from drills.telegram_double.values import (
    ADMINISTRATOR,
    CREATOR,
    RIGHTS,
    Account,
    Chat,
    Json,
    Membership,
    Message,
    StoredFile,
)


def account_json(account: Account) -> Json:
    """`User`."""
    body: Json = {"id": account.id, "is_bot": account.is_bot, "first_name": account.first_name}
    if account.is_deleted:  # the vendor shows nothing of them but the number
        return body | {"first_name": ""}
    if account.last_name:
        body["last_name"] = account.last_name
    if account.username:
        body["username"] = account.username
    if account.language_code and not account.is_bot:
        body["language_code"] = account.language_code
    return body


def chat_json(chat: Chat) -> Json:
    """`Chat`."""
    body: Json = {"id": chat.id, "type": chat.kind}
    if chat.is_group:
        body["title"] = chat.title
    else:
        peer = account_json(chat.accounts[chat.id])
        body |= {name: peer[name] for name in ("first_name", "last_name", "username") if name in peer}
    if chat.username:
        body["username"] = chat.username
    return body


def message_json(message: Message, *, with_reply: bool = True) -> Json:
    """`Message`; a message it answers is shown without the one that one answers, as the vendor does."""
    body: Json = {
        "message_id": message.id,
        "from": account_json(message.author),
        "chat": chat_json(message.chat),
        "date": message.date,
    }
    if message.sender_chat:
        body["sender_chat"] = message.sender_chat
    if message.edit_date:
        body["edit_date"] = message.edit_date
    if message.origin:
        body["forward_origin"] = message.origin
    if with_reply and message.reply_to:
        body["reply_to_message"] = message_json(message.reply_to, with_reply=False)
    return body | _content_json(message) | message.service


def _content_json(message: Message) -> Json:
    body: Json = {}
    text_name, entities_name = ("caption", "caption_entities") if message.is_media else ("text", "entities")
    if message.photo:
        body["photo"] = [_photo_json(message.photo)]
    if message.document:
        body["document"] = file_json(message.document) | {"file_name": message.document.name}
    if message.text:
        body[text_name] = message.text
    if message.entities:
        body[entities_name] = message.entities
    if message.buttons and message.buttons["inline_keyboard"]:
        body["reply_markup"] = message.buttons
    return body


def member_json(account: Account, membership: Membership) -> Json:
    """`ChatMember` of the kind its status says."""
    body: Json = {"user": account_json(account), "status": membership.status}
    if membership.status == ADMINISTRATOR:
        rights = {right: right in membership.rights for right in RIGHTS}
        return body | {"can_be_edited": False, "is_anonymous": False} | rights
    if membership.status == CREATOR:
        return body | {"is_anonymous": False}
    if membership.status == "kicked":
        return body | {"until_date": 0}
    return body


def file_json(file: StoredFile) -> Json:
    """What every kind of file has."""
    return {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": len(file.content)}


def _photo_json(photo: StoredFile) -> Json:
    return file_json(photo) | {"width": photo.width, "height": photo.height}
