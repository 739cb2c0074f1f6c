"""`/metrics`: who may read it, and what a collector reads."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app import metrics
from app.observing import observed
from app.serving import _folder_of_counts
from kit.actor import system
from kit.clock import now
from kit.database import execute, transaction
from kit.settings import settings
from tests.factories import make_actor, make_board, make_token

TOKEN = "jeton du collecteur 123"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The header of a collector that knows the token."""
    monkeypatch.setenv("INVENTORY_METRICS_TOKEN", TOKEN)
    settings.cache_clear()
    yield {"authorization": f"Bearer {TOKEN}"}
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def watched(client: httpx.AsyncClient, application: Any) -> httpx.AsyncClient:
    """The application as `serve` observes it."""
    transport = httpx.ASGITransport(app=observed(application))
    return httpx.AsyncClient(transport=transport, base_url="http://test.local")


def read(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Samples by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_without_a_setting_there_is_nothing_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"authorization": "Bearer "})
    assert (answer.status_code, "inventory_" in answer.text) == (404, False)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer faux", f"Basic {TOKEN}", "Bearer éèà"])
async def test_whoever_does_not_show_the_token_finds_nothing(
    client: httpx.AsyncClient, collector: dict[str, str], header: str
) -> None:
    answer = await client.get("/metrics", headers=[(b"authorization", header.encode("latin-1"))])
    assert (answer.status_code, "inventory_" in answer.text) == (404, False)


async def test_a_person_s_token_opens_nothing_there(client: httpx.AsyncClient, collector: dict[str, str]) -> None:
    await make_actor("ministry", email="ministere@exemple.ca")
    token = await make_token("ministere@exemple.ca", "read")
    assert (await client.get("/metrics", headers={"authorization": f"Bearer {token}"})).status_code == 404


async def test_requests_are_counted_by_route_never_by_address(
    watched: httpx.AsyncClient, collector: dict[str, str]
) -> None:
    await make_board()
    await make_actor("ministry", email="ministere@exemple.ca")
    token = {"authorization": f"Bearer {await make_token('ministere@exemple.ca', 'read')}"}
    before = read((await watched.get("/metrics", headers=collector)).text)
    await watched.get("/api/v1/boards/990000", headers=token)
    await watched.get("/api/v1/boards/998000", headers=token)
    await watched.get("/un-secret-dans-une-adresse")
    await watched.request("PURGE", "/un-secret-dans-une-adresse")
    text = (await watched.get("/metrics", headers=collector)).text
    after = read(text)

    def grown(method: str, route: str, status: str) -> float:
        key = ("inventory_requests_total", (("method", method), ("route", route), ("status", status)))
        return after.get(key, 0) - before.get(key, 0)

    assert grown("GET", "/api/v1/boards/{code}", "200") == grown("GET", "/api/v1/boards/{code}", "404") == 1
    assert grown("GET", "unknown", "404") == 1
    assert sum(grown("other", "unknown", status) for status in ("404", "405")) == 1
    assert grown("GET", "/metrics", "200") == 1
    assert "990000" not in text and "secret" not in text
    count = ("inventory_request_seconds_count", (("method", "GET"), ("route", "/api/v1/boards/{code}")))
    assert after[count] - before.get(count, 0) == 2


async def test_the_state_of_mail_and_jobs_is_told(client: httpx.AsyncClient, collector: dict[str, str]) -> None:
    async with transaction(system()):
        await execute(
            "INSERT INTO outbox (kind, recipient, subject, body, created_at, not_before, failed_at) VALUES"
            " ('essai', 'a@exemple.ca', 's', 'b', $1, $1, NULL), ('essai', 'b@exemple.ca', 's', 'b', $1, $1, $1)",
            now(),
        )
        await execute(
            "INSERT INTO job_run (name, run_key, state, due_at, ended_at) VALUES ('floor-scan', '1', 'done', $1, $1),"
            " ('retention', '1', 'failed', $1, $1), ('retention', '2', 'waiting', $1, NULL)",
            now(),
        )
    answer = await client.get("/metrics", headers=collector)
    found = read(answer.text)

    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert found[("inventory_database_up", ())] == 1 and found[("inventory_leader", ())] == 0
    assert found[("inventory_outbox_messages", (("state", "waiting"),))] == 1
    assert found[("inventory_outbox_messages", (("state", "failed"),))] == 1
    assert 0 <= found[("inventory_outbox_oldest_seconds", ())] < 60
    done = found[("inventory_job_last_success_timestamp_seconds", (("job", "floor-scan"),))]
    assert abs(done - now().timestamp()) < 60
    assert found[("inventory_job_failing", (("job", "retention"),))] == 1
    assert found[("inventory_job_waiting", (("job", "retention"),))] == 1
    assert [name for name, _labels in found if name == "inventory_build_info"]


async def test_without_a_database_the_collector_learns_it(
    client: httpx.AsyncClient, collector: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(metrics, "_asked", away)
    answer = await client.get("/metrics", headers=collector)
    assert answer.status_code == 200 and read(answer.text)[("inventory_database_up", ())] == 0


async def test_the_pool_and_slow_queries_are_seen(pool: None) -> None:
    before = metrics.SLOW_QUERIES._value.get()
    async with metrics.counting(every_seconds=0.01), transaction(system()):
        await asyncio.sleep(0.1)
        in_use = metrics.CONNECTIONS.labels("in_use")._value.get()
    assert in_use >= 1
    assert metrics.SLOW_QUERIES._value.get() == before


def test_what_a_killed_service_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, running = tmp_path / f"inventory-metrics-{dead.pid}-x", tmp_path / f"inventory-metrics-{os.getppid()}-x"
    left.mkdir()
    running.mkdir()

    with _folder_of_counts():
        assert Path(os.environ[metrics.FOLDER]).is_dir()
        assert not left.exists() and running.exists()

    assert [path.name for path in tmp_path.iterdir()] == [running.name]
    assert metrics.FOLDER not in os.environ
