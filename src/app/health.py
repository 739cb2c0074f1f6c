"""Whether the process lives, and whether it can serve."""

import asyncio

from litestar import Response, get

from kit.actor import system
from kit.database import fetch_value, transaction

PATIENCE_SECONDS = 4  # supervisors and proxies ask for five
PUBLIC = {"public": "a supervisor asks without an account; it learns nothing but up or down"}


@get("/health/live", opt=PUBLIC, operation_id="live", include_in_schema=False)
async def live() -> dict[str, str]:
    return {"status": "ok"}


@get("/health/ready", opt=PUBLIC, operation_id="ready", include_in_schema=False)
async def ready() -> Response[dict[str, str]]:
    """A query, not a guess: a pool may be dead while the process lives. A server that says nothing is not ready either."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), transaction(system()):
            await fetch_value("SELECT 1")
    except Exception:
        return Response({"status": "database unreachable"}, status_code=503)
    return Response({"status": "ok"})
