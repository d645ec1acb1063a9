"""Reads a catalog from a file a person wrote, YAML or JSON."""

from __future__ import annotations

from pathlib import Path

import yaml

from core.catalog import Catalog, catalog_from_json
from core.errors import InvalidCatalog


def read_catalog(path: Path) -> Catalog:
    """The catalog of a YAML or JSON file. Raises: InvalidCatalog, naming file and place."""
    try:
        # The C loader where there is one: a 3,000-item menu takes seconds otherwise.
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except OSError as problem:
        raise InvalidCatalog(f"{path}: {problem.strerror}") from problem
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise InvalidCatalog(f"{path}: {' '.join(str(problem).split())}") from problem
    # A primary must name the version it serves; a file that a person wrote is its own version.
    return catalog_from_json({"version": path.name, **data} if isinstance(data, dict) else data)
