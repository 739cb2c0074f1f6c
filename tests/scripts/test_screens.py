"""The list of pages to look at is the route table's."""

import re

import pytest

from scripts import screens
from tests.app.routes import Route, those

# What a browser does not draw as a page.
NO_PAGE = re.compile(r"/(api|schema|static|health|metrics)\b|/(export|pdf|refused\.csv|me/data)$")
SAME_PAGE = {"/L/{code}": "/l/{code}"}  # in capitals, as the printed code has it


@pytest.mark.parametrize(
    "route",
    those(lambda route: route.method == "GET" and not NO_PAGE.search(route.path) and route.path not in SAME_PAGE),
)
def test_every_page_is_photographed(route: Route) -> None:
    shape = re.compile(re.sub(r"{\w+}", "[^/]+", route.path))
    looked_at = [page + "1" if page.endswith("/") and page != "/" else page for page in screens.pages()]
    assert any(shape.fullmatch(page) for page in looked_at), f"add {route.path} to PAGES of scripts/screens.py"


def test_no_two_pictures_share_a_file() -> None:
    names = [screens.file_name(desk, one) for desk, pages in screens.PAGES.items() for one in pages]
    assert len(names) == len(set(names))
