"""The files the vendor keeps: what the bot and people sent, found again by id, and fetched by path."""

from __future__ import annotations

import io
import random

from drills.telegram_double.parameters import Parameters, Upload
from drills.telegram_double.refusals import bad_request
from drills.telegram_double.values import StoredFile

_MOST_PICTURE_BYTES = 10 * 1024 * 1024
_MOST_PIXELS = 10_000  # width and height together


class Files:
    """All of one bot's files."""

    def __init__(self, chance: random.Random) -> None:
        """`chance` draws the ids."""
        self._chance = chance
        self.by_id: dict[str, StoredFile] = {}
        self.by_path: dict[str, StoredFile] = {}

    def keep(self, upload: Upload, *, is_picture: bool) -> StoredFile:
        """Stores it. Raises: Refusal 400 for a picture that is none."""
        width, height = _pixels(upload.content) if is_picture else (0, 0)
        folder, number = "photos" if is_picture else "documents", len(self.by_id)
        path = f"{folder}/file_{number}{'.jpg' if is_picture else ''}"
        file = StoredFile(
            f"AgAC{self._chance.getrandbits(160):040x}", f"AQAD{self._chance.getrandbits(48):012x}", path,
            upload.content, width, height, upload.name,
        )  # fmt: skip
        self.by_id[file.id] = self.by_path[path] = file
        return file

    def take(self, parameters: Parameters, name: str, *, is_picture: bool) -> StoredFile:
        """The file a call sends: new, or one the vendor has already. Raises: Refusal 400."""
        if upload := parameters.file(name):
            return self.keep(upload, is_picture=is_picture)
        file_id = parameters.text(name)
        if not file_id:
            raise bad_request(f"there is no {name} in the request")
        return self.known(file_id)

    def known(self, file_id: str) -> StoredFile:
        """Raises: Refusal 400."""
        found = self.by_id.get(file_id)
        if found is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return found


def _pixels(content: bytes) -> tuple[int, int]:
    if not content:
        raise bad_request("file must be non-empty")
    if len(content) > _MOST_PICTURE_BYTES:
        raise bad_request("file is too big")
    from PIL import Image, UnidentifiedImageError  # loaded by those who send pictures only

    try:
        with Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None
    if width + height > _MOST_PIXELS or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height
