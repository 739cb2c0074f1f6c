"""Pages of the shell itself: they gather what several packages know."""

from typing import Any

PAGES: list[Any] = []
