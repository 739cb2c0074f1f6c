"""`/metrics`, for Prometheus: requests and slow queries of all processes of this machine, and the state that the database holds.

`serve` names a folder in PROMETHEUS_MULTIPROC_DIR where each of its processes adds up its own counts, so that any of them answers
for all, and one that is replaced loses none. What the database knows is asked when the collector asks, and is the same from every
machine. Without INVENTORY_METRICS_TOKEN there is nothing here.
"""

import asyncio
import os
import platform
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, Metric, values
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from app.scheduler import leader
from kit import database, job_runs, outbox
from kit.actor import system
from kit.clock import now
from kit.settings import settings

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_ours = CollectorRegistry()
REQUESTS = Counter(
    "inventory_requests", "Requests by route template and status; 0: gone before the answer.", ("method", "route", "status"), registry=_ours
)  # fmt: skip
DURATIONS = Histogram(
    "inventory_request_seconds", "From the first byte to the last.", ("method", "route"), buckets=SECONDS, registry=_ours
)  # fmt: skip
SLOW_QUERIES = Counter("inventory_slow_queries", "Queries over INVENTORY_SLOW_QUERY_MS.", registry=_ours)
CONNECTIONS = Gauge(
    "inventory_pool_connections", "Database connections of the web processes, each second.", ("state",), registry=_ours,
    multiprocess_mode="livesum",
)  # fmt: skip


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """One request that has ended. `route` is a template, never an address."""
    REQUESTS.labels(method, route, status).inc()
    DURATIONS.labels(method, route).observe(seconds)


@asynccontextmanager
async def counting(*, every_seconds: float = 1) -> AsyncIterator[None]:
    """For the block, count slow queries and look at the pool."""
    _forget_dead_processes()
    database.on_slow_query(SLOW_QUERIES.inc)
    looking = asyncio.create_task(_look_at_pool(every_seconds))
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        database.on_slow_query(None)


async def _look_at_pool(every_seconds: float) -> None:
    while True:
        open_, idle = database.connections()
        CONNECTIONS.labels("in_use").set(open_ - idle)
        CONNECTIONS.labels("idle").set(idle)
        await asyncio.sleep(every_seconds)


def _forget_dead_processes() -> None:
    """A process that died holds no connection any more; its counts stay."""
    if _shared():
        for file in Path(os.environ[FOLDER]).glob("gauge_live*.db"):
            pid = file.stem.rpartition("_")[2]
            if not Path(f"/proc/{pid}").exists():
                mark_process_dead(int(pid))  # type: ignore[no-untyped-call]


def _shared() -> bool:
    """Whether other processes' counts are there to be read; a cleaner of temporary files may have taken them."""
    folder = os.environ.get(FOLDER, "")
    return bool(getattr(values.ValueClass, "_multiprocess", False)) and folder != "" and Path(folder).is_dir()


@get(
    "/metrics",
    opt={"public": "a collector shows a token of its own; without it there is nothing here"},
    operation_id="metrics",
    include_in_schema=False,
)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Not found for whoever does not show the token."""
    expected = settings().metrics_token
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if (
        expected is None
        or kind.lower() != "bearer"
        or not secrets.compare_digest(given.strip().encode(), expected.get_secret_value().encode())
    ):
        raise NotFoundException()
    counts = _ours
    if _shared():
        counts = CollectorRegistry()
        MultiProcessCollector(counts)  # type: ignore[no-untyped-call]
    state = CollectorRegistry()
    state.register(_Found([*_build(), *await _state()]))
    return Response(generate_latest(counts) + generate_latest(state), media_type=CONTENT_TYPE_LATEST)


class _Found:
    """What was found a moment ago, as prometheus_client wants it."""

    def __init__(self, found: Iterable[Metric]) -> None:
        self.found = list(found)

    def collect(self) -> list[Metric]:
        return self.found


def _build() -> list[Metric]:
    info = GaugeMetricFamily("inventory_build_info", "What runs.", labels=("version", "python"))
    info.add_metric((version("inventory"), platform.python_version()), 1)
    return [info]


async def _state() -> list[Metric]:
    up = GaugeMetricFamily("inventory_database_up", "Whether the database answers.")
    try:
        found = await _asked()
    except Exception:  # whatever it is, the collector must learn that it is so
        up.add_metric((), 0)
        return [up]
    up.add_metric((), 1)
    return [up, *found]


async def _asked() -> list[Metric]:
    from app.nightly import all_jobs  # here: it gathers what the packages registered

    who = system()
    async with database.transaction(who):
        mail = await outbox.backlog(who)
        runs = await job_runs.standings(who, [job.name for job in all_jobs()])
        led = await leader(who) is not None
    messages = GaugeMetricFamily("inventory_outbox_messages", "Messages that have not left.", labels=("state",))
    messages.add_metric(("waiting",), mail.waiting)
    messages.add_metric(("failed",), mail.failed)
    age = (now() - mail.oldest_due_at).total_seconds() if mail.oldest_due_at else 0
    success = GaugeMetricFamily(
        "inventory_job_last_success_timestamp_seconds", "When it was last done.", labels=("job",)
    )
    failing = GaugeMetricFamily("inventory_job_failing", "Whether its last run failed.", labels=("job",))
    waiting = GaugeMetricFamily("inventory_job_waiting", "Runs that wait or are under way.", labels=("job",))
    for run in runs:
        if run.done_at:
            success.add_metric((run.name,), run.done_at.timestamp())
        failing.add_metric((run.name,), run.last_state == "failed")
        waiting.add_metric((run.name,), run.open)
    return [
        messages,
        GaugeMetricFamily("inventory_outbox_oldest_seconds", "For how long the oldest message is due.", max(age, 0)),
        success,
        failing,
        waiting,
        GaugeMetricFamily("inventory_leader", "Whether a process says when jobs run.", int(led)),
    ]
