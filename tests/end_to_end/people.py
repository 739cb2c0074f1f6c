"""Those who walk the money loop through the API, inside the test's transaction."""

from collections.abc import Mapping
from typing import Any

import httpx

from kit.clock import today
from tests.factories import give_role, make_person, make_token


class Person:
    """Somebody with a token: every answer is the one expected, or the test ends with what was said."""

    def __init__(self, client: httpx.AsyncClient, email: str, token: str) -> None:
        self.client, self.email, self.headers = client, email, {"authorization": f"Bearer {token}"}

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        expected: int = 200,
        version: int | None = None,
        key: str = "",
        query: Mapping[str, str] | None = None,
    ) -> Any:
        headers = self.headers | ({} if version is None else {"if-match": f'"{version}"'})
        headers |= {"idempotency-key": key} if key else {}
        answer = await self.client.request(method, f"/api/v1{path}", json=body, headers=headers, params=query)
        assert answer.status_code == expected, answer.text
        return answer.json()

    async def get(self, path: str, **query: str) -> Any:
        return await self.ask("GET", path, query=query)

    async def file(self, path: str) -> bytes:
        answer = await self.client.get(f"/api/v1{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def post(self, path: str, body: Mapping[str, Any] | None = None, **more: Any) -> Any:
        return await self.ask("POST", path, body or {}, **more)


async def hired(client: httpx.AsyncClient, role: str, **where: Any) -> Person:
    """Somebody new with this role (`board=…`, `school=…`, or neither: the ministry)."""
    email = await make_person()
    await give_role(email, role, **where)
    return Person(client, email, await make_token(email))


def printed(
    order: str, number: str, lines: list[dict[str, Any]], before: int, gst: int, qst: int, total: int
) -> dict[str, Any]:
    """A paper of a supplier on an order, of today."""
    paper = {"order": order, "supplier_number": number, "dated": today().isoformat(), "lines": lines}
    return paper | {"before_tax_cents": before, "gst_cents": gst, "qst_cents": qst, "total_cents": total}
