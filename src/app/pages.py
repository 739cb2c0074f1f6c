"""Pages of the shell itself: they gather what several packages know."""

from typing import Any

from app.search import search

PAGES: list[Any] = [search]
