"""What every group of settings is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Group(BaseModel):
    """Settings that belong together; an unknown name is a mistake, not a comment."""

    model_config = ConfigDict(extra="forbid", frozen=True)
