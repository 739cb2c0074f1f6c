"""Keyset paging: `?limit=&after=` → `{items, next}`. Never OFFSET, so the deepest page costs what the first does."""

import base64
import json
from typing import Any, Generic, TypeVar

import msgspec

from kit.errors import Invalid
from kit.i18n import _

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 500


class Page(msgspec.Struct, Generic[T]):
    """A page of a list; `next` goes into `?after=`, null at the end."""

    items: list[T]
    next: str | None = None


def check_limit(limit: int) -> int:
    """The limit, or Invalid: one over the maximum is an error, not a shorter page."""
    if not 1 <= limit <= MAXIMUM_LIMIT:
        raise Invalid({"limit": _("« limit » va de 1 à {maximum}.").format(maximum=MAXIMUM_LIMIT)})
    return limit


def encode(*keys: Any) -> str:
    """The place after a row, from the row's sort keys (text, whole numbers)."""
    return base64.urlsafe_b64encode(json.dumps(keys, ensure_ascii=False, default=str).encode()).decode().rstrip("=")


def decode(after: str | None, *, keys: int) -> list[Any] | None:
    """The sort keys of the last row seen; None at the start. Raises Invalid for a text that we never gave."""
    if not after:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if isinstance(found, list) and len(found) == keys and all(isinstance(key, str | int) for key in found):
            return found
    except ValueError:
        pass
    raise Invalid({"after": _("« after » ne vient pas d'une page de cette liste; recommencez au début.")})


def page(rows: list[T], limit: int, key: Any) -> Page[T]:
    """A page out of `limit + 1` rows; `key(row)` gives the sort keys of a row."""
    more = len(rows) > limit
    kept = rows[:limit]
    return Page(items=kept, next=encode(*key(kept[-1])) if more else None)
