"""The shell: errors as problems or pages, headers, nobody in."""

import httpx
import pytest

from app import health


async def test_the_api_answers_nobody_with_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["reference"] == answer.headers["x-reference"]


async def test_an_unknown_address_is_a_problem_under_api_and_a_page_elsewhere(client: httpx.AsyncClient) -> None:
    problem = await client.get("/api/v1/nothing-here")
    assert problem.status_code == 404
    assert problem.json()["title"] == "Page introuvable"
    page = await client.get("/nothing-here")
    assert page.status_code == 404
    assert "text/html" in page.headers["content-type"]
    assert "Cette page n'existe pas" in page.text.replace("&#39;", "'")


@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/me", "/nothing-here"])
async def test_every_answer_bears_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


async def test_a_form_without_its_token_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sign-in", data={"email": "a@example.org", "password": "x"})
    assert answer.status_code == 403
    assert "Rechargez la page" in answer.text


async def test_the_service_says_that_it_lives_and_is_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "ok"}
    assert (await client.get("/health/ready")).status_code == 200


async def test_anybody_may_see_whether_the_service_works(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.cookies.set("session", "de quelqu'un")
    up = await client.get("/status")
    assert up.status_code == 200 and "Le service fonctionne." in up.text

    async def away() -> bool:
        return False

    monkeypatch.setattr(health, "_answers", away)
    down = await client.get("/status?lang=en")
    assert down.status_code == 503 and 'lang="en"' in down.text


async def test_a_body_over_the_bound_is_refused(client: httpx.AsyncClient) -> None:
    page = await client.get("/sign-in")
    answer = await client.post(
        "/sign-in",
        content=b"x" * 2_100_000,
        headers={"content-type": "application/x-www-form-urlencoded", "x-csrftoken": page.cookies["csrftoken"]},
    )
    assert answer.status_code == 413
