"""What the demo's platform sells and whom it serves, asked from the platform as the bot asks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from core.catalog import Catalog, catalog_from_json
from core.directory import Building, DirectoryPerson, directory_from_json


@dataclass(frozen=True, slots=True)
class Campus:
    """What the platform sells and whom it serves."""

    catalog: Catalog
    buildings: tuple[Building, ...]
    captains: tuple[DirectoryPerson, ...]
    couriers: tuple[DirectoryPerson, ...]


async def ask_campus(base_url: str, token: str) -> Campus:
    """`base_url` and `token`: the platform's."""
    async with aiohttp.ClientSession(base_url, headers={"Authorization": f"Bearer {token}"}) as session:
        menu, people = [await _get(session, path) for path in ("/catalog", "/directory")]
    directory = directory_from_json(people)
    return Campus(catalog_from_json(menu), directory.buildings, directory.captains, directory.couriers)


async def _get(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as answer:
        return orjson.loads(await answer.read())
