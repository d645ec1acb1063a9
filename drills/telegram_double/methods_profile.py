"""What the bot says about itself: its name, its description, its menus of commands per scope."""

from __future__ import annotations

import re
from typing import Any

import orjson

from drills.telegram_double.files import Files
from drills.telegram_double.methods_common import Method
from drills.telegram_double.parameters import Parameters
from drills.telegram_double.refusals import bad_request
from drills.telegram_double.shapes import account_json, file_json
from drills.telegram_double.values import Json
from drills.telegram_double.world import World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS = 100
_SCOPES = {
    "default": (), "all_private_chats": (), "all_group_chats": (), "all_chat_administrators": (),
    "chat": ("chat_id",), "chat_administrators": ("chat_id",), "chat_member": ("chat_id", "user_id"),
}  # fmt: skip
#: method → (the field it carries, the most characters)
_WORDS = {"name": ("name", 64), "description": ("description", 512), "shortdescription": ("short_description", 120)}


class ProfileMethods:
    """`getMe` and its kin, and `getFile`."""

    def __init__(self, world: World, files: Files) -> None:
        """Both live as long as the double."""
        self._world, self._files = world, files
        #: (scope as JSON, language code) → commands
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self._words: dict[tuple[str, str], str] = {}
        self._menu_buttons: dict[int, Json] = {}

    def table(self) -> dict[str, Method]:
        """Method, lower case → what it does."""
        table: dict[str, Method] = {
            "getme": self._get_me,
            "getfile": self._get_file,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "deletemycommands": self._delete_commands,
            "setchatmenubutton": self._set_menu_button,
            "getchatmenubutton": self._get_menu_button,
            "setmydefaultadministratorrights": self._agree,
        }
        for name in _WORDS:
            table[f"setmy{name}"], table[f"getmy{name}"] = self._word_setter(name), self._word_getter(name)
        return table

    async def _get_me(self, parameters: Parameters) -> Any:
        return account_json(self._world.bot) | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self._world.has_privacy,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def _get_file(self, parameters: Parameters) -> Any:
        file = self._files.by_id.get(parameters.text("file_id"))
        if file is None:
            raise bad_request("invalid file_id")
        return file_json(file) | {"file_path": file.path}

    # -- commands -------------------------------------------------------------------------------------------

    async def _set_commands(self, parameters: Parameters) -> Any:
        commands = parameters.items("commands", dict) or []
        if len(commands) > _MOST_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not _COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(parameters)] = commands
        return True

    async def _get_commands(self, parameters: Parameters) -> Any:
        return self.commands.get(self._scope(parameters), [])

    async def _delete_commands(self, parameters: Parameters) -> Any:
        self.commands.pop(self._scope(parameters), None)
        return True

    def _scope(self, parameters: Parameters) -> tuple[str, str]:
        scope = parameters.object("scope") or {"type": "default"}
        kind = str(scope.get("type"))
        if kind not in _SCOPES:
            raise bad_request("can't parse BotCommandScope: unsupported type specified")
        needed = {name: scope.get(name) for name in _SCOPES[kind]}
        if "chat_id" in needed and self._world.find_chat(str(needed["chat_id"])) is None:
            raise bad_request("chat not found")
        kept = orjson.dumps({"type": kind, **needed}, option=orjson.OPT_SORT_KEYS).decode()
        return kept, parameters.text("language_code")

    # -- words ----------------------------------------------------------------------------------------------

    def _word_setter(self, name: str) -> Method:
        field, most = _WORDS[name]

        async def set_words(parameters: Parameters) -> Any:
            if len(parameters.text(field)) > most:
                raise bad_request(f"BOT_{field.upper()}_TOO_LONG")
            self._words[name, parameters.text("language_code")] = parameters.text(field)
            return True

        return set_words

    def _word_getter(self, name: str) -> Method:
        field, _ = _WORDS[name]

        async def get_words(parameters: Parameters) -> Any:
            default = self._words.get((name, ""), self._world.bot.first_name if name == "name" else "")
            return {field: self._words.get((name, parameters.text("language_code")), default)}

        return get_words

    async def _set_menu_button(self, parameters: Parameters) -> Any:
        self._menu_buttons[parameters.whole("chat_id")] = parameters.object("menu_button") or {"type": "default"}
        return True

    async def _get_menu_button(self, parameters: Parameters) -> Any:
        default = self._menu_buttons.get(0, {"type": "commands"})
        return self._menu_buttons.get(parameters.whole("chat_id"), default)

    async def _agree(self, parameters: Parameters) -> Any:
        return True
