"""The packages of the service, and what each registered."""

from importlib import import_module
from itertools import chain
from typing import Any

PACKAGES = ("directory", "catalog", "inventory", "allocations")


def registered(kind: str) -> list[Any]:
    """What the packages registered: API, PAGES, JOBS or RETENTION."""
    return list(chain.from_iterable(getattr(import_module(f"{package}.registry"), kind) for package in PACKAGES))
