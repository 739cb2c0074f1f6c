"""The Jinja environment of every page. The contract between pages and templates is in docs/pages.md."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from app.packages import PACKAGES
from kit import i18n
from kit.actor import by_whom
from kit.clock import now
from kit.i18n import lazy

HERE = Path(__file__).parent
STATIC_FOLDER = HERE / "static"
STATIC_URL = "/static"
SERVICE_NAME = lazy("Équipement des écoles")


def template_folders() -> list[Path]:
    """The page shell's folder, then each noun's: `selections/draft.html` is in allocations/selections/templates/."""
    source = HERE.parent
    nouns = [found for package in PACKAGES for found in sorted((source / package).glob("*/templates"))]
    return [HERE / "templates", *nouns]


def template_environment() -> Environment:
    """Escapes everything, refuses an unknown name, speaks the language of the moment."""
    environment = Environment(
        loader=FileSystemLoader(template_folders()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    # Old style: `_("Il manque {n} $").format(n=n)` as in Python. The new style would read each % as a placeholder.
    environment.install_gettext_callables(i18n._, i18n.n_, newstyle=False)  # type: ignore[attr-defined]
    formats = {
        "money": i18n.money,
        "number": i18n.number,
        "percent": i18n.percent,
        "date_long": i18n.date_long,
        "clock_time": i18n.clock_time,
        "date_time": i18n.date_time,
        "typography": i18n.typography,
    }
    environment.filters.update(formats, by_whom=by_whom, whole_numbers=whole_numbers)
    environment.globals.update(formats)
    environment.globals.update(
        n_=i18n.n_,
        asset_url=asset_url,
        query_string=query_string,
        service_name=lambda: i18n._(SERVICE_NAME),
        current_language=i18n.current_language,
        now=now,
        # Parts of the contract that a page may leave out.
        nav=[],
        menu=[],
        other_language=None,
        flash=[],
        errors={},
        theme="auto",
        density="calm",
        answer_status=None,
        full=False,
        footer_links=[],
    )
    return environment


def whole_numbers(title: str) -> Markup:
    """A title of which no number (`BC-990-2026-00003`, `990-000001`) is cut at its hyphens."""
    return Markup(re.sub(r"\b(?:[A-Z]{1,2}-)?\d+(?:-\d+)+\b", r'<span class="whole">\g<0></span>', str(escape(title))))  # noqa: S704


@lru_cache
def _manifest() -> Mapping[str, str]:
    path = STATIC_FOLDER / "built" / "manifest.json"
    try:
        return dict(json.loads(path.read_text()))
    except FileNotFoundError:
        raise RuntimeError("The front end is not built: run `python scripts/build_frontend.py`.") from None


def asset_url(name: str) -> str:
    """The address of a built file: `app.css` → `/static/built/app-9F3K….css`, which may be cached for ever."""
    return f"{STATIC_URL}/built/{_manifest()[name]}"


def query_string(parameters: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """`?a=1&b=2` from the parameters with the changes applied; None and empty text drop out; `?` alone when none is left."""
    merged = {**(parameters or {}), **changes}
    return "?" + urlencode({key: value for key, value in merged.items() if value not in (None, "")}, doseq=True)
