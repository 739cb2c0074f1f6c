"""Whether the process lives, and whether it can serve."""

import asyncio

from litestar import Response, get
from litestar.response import Template

from app.language import language_of
from kit.actor import system
from kit.database import fetch_value, transaction
from kit.http import AnyRequest
from kit.i18n import _, set_language
from kit.pages import page

PATIENCE_SECONDS = 4  # supervisors and proxies ask for five
PUBLIC = {"public": "a supervisor asks without an account; it learns nothing but up or down"}


@get("/health/live", opt=PUBLIC, operation_id="live", include_in_schema=False)
async def live() -> dict[str, str]:
    return {"status": "ok"}


@get("/health/ready", opt=PUBLIC, operation_id="ready", include_in_schema=False)
async def ready() -> Response[dict[str, str]]:
    if not await _answers():
        return Response({"status": "database unreachable"}, status_code=503)
    return Response({"status": "ok"})


@get("/status", opt=PUBLIC, include_in_schema=False)
async def status(request: AnyRequest) -> Template:
    """The same for people: whether it is worth trying again."""
    set_language(language_of(request))  # asked of nobody's session: it answers while the database is away
    if not await _answers():
        said = _("Le service ne peut pas répondre en ce moment. Réessayez dans quelques minutes.")
        return page(request, "status.html", title=_("État du service"), answer=said, status=503)
    return page(request, "status.html", title=_("État du service"), answer=_("Le service fonctionne."))


async def _answers() -> bool:
    """A query, not a guess: a pool may be dead while the process lives. A server that says nothing is not ready either."""
    asked = asyncio.create_task(_queried())
    await asyncio.wait({asked}, timeout=PATIENCE_SECONDS)
    if asked.done():
        return asked.result()
    asked.cancel()  # not waited for: the driver takes its leave of a server that says nothing
    return False


async def _queried() -> bool:
    try:
        async with transaction(system()):
            await fetch_value("SELECT 1")
    except Exception:
        return False
    return True
