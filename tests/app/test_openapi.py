"""The contract that others build on is committed, and is what the application answers."""

import json

import httpx

from scripts.openapi import DOCUMENT, document


def test_the_committed_contract_is_that_of_the_application() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), (
        "the API has changed: run « make openapi », read the difference of docs/openapi.json, and commit it with the change"
    )


async def test_the_contract_is_answered_to_anybody(client: httpx.AsyncClient) -> None:
    answer = await client.get("/schema/openapi.json")
    assert answer.status_code == 200
    assert json.dumps(answer.json(), ensure_ascii=False, sort_keys=True) == json.dumps(
        json.loads(DOCUMENT.read_text(encoding="utf-8")), ensure_ascii=False, sort_keys=True
    )
