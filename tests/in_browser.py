"""A real browser on the application of a rolled-back test: what it asks is answered in the test's own transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import copy_context

import httpx
from playwright.async_api import Browser, Page, Route, async_playwright

from kit.actor import Actor
from tests.browsers import launch
from tests.factories import make_session

ADDRESS = "http://localhost"  # which a browser trusts without HTTPS


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        found = await launch(playwright)
        yield found
        await found.close()


@asynccontextmanager
async def browsing(of: Browser, client: httpx.AsyncClient, who: Actor) -> AsyncIterator[Page]:
    """A page of somebody signed in. Errors of its console fail the test when it ends, refused requests aside."""
    # Playwright calls back in a context of its own, which does not know the transaction; its one connection serves one at a time.
    here, turn = copy_context(), asyncio.Lock()

    async def ask(route: Route) -> httpx.Response:
        async with turn:
            asked = route.request
            return await client.request(
                asked.method, asked.url, headers=await asked.all_headers(), content=asked.post_data_buffer
            )

    async def answer(route: Route) -> None:
        found = await asyncio.get_running_loop().create_task(ask(route), context=here)
        headers = {name: value for name, value in found.headers.items() if name != "content-length"}
        await route.fulfill(status=found.status_code, headers=headers, body=found.content)

    context = await of.new_context(base_url=ADDRESS)
    await context.add_cookies([{"name": "session", "value": await make_session(who.email), "url": ADDRESS}])
    await context.route("**/*", answer)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        await context.close()
    assert [text for text in complaints if "Failed to load resource" not in text] == [], complaints
