"""Real work through the API: people who never give up. Each request has a key, and is sent again until it is answered."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.prepare import PRODUCT

MEASURE, YEAR = "EX-COMBOS", "2026-2027"
PATIENCE = 90.0  # seconds without an answer: the service does not recover
ONE_TRY = 15.0  # as a proxy may have it: a service may be starting its processes anew behind its open port


class Unexpected(AssertionError):
    """An answer that no fault excuses."""


@dataclass
class Acknowledged:
    """A request that was answered: asked again with its key, it must get the same answer."""

    kind: str
    token: str
    path: str
    body: Any
    headers: dict[str, str]
    answer: Any


@dataclass
class Book:
    """What happened, by all clients. `flying`: what is being asked now, and of which service."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    flying: dict[int, tuple[str, int]] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def in_flight(self, service: int | None = None) -> Counter[str]:
        return Counter(kind for kind, asked in list(self.flying.values()) if service in (None, asked))

    def counts(self) -> dict[str, int]:
        return dict(Counter(one.kind for one in self.acknowledged))


class Client:
    """One person's program. `services` are base addresses; it asks another one when one does not answer."""

    def __init__(self, token: str, services: Sequence[str], book: Book, seed: int) -> None:
        self.token, self.services, self.book, self.dice = token, services, book, random.Random(seed)
        self.http = httpx.Client(timeout=ONE_TRY)

    def post(self, kind: str, path: str, body: Any = None, *, read: Mapping[str, Any] | None = None) -> Any:
        """The answer, however long it takes to get one."""
        headers = {"idempotency-key": uuid4().hex} | ({"if-match": f'"{read["version"]}"'} if read else {})
        body = {} if body is None else body
        answer = self._insist(kind, path, body, headers)
        self.book.acknowledged.append(Acknowledged(kind, self.token, path, body, headers, answer))
        return answer

    def again(self, one: Acknowledged) -> Any:
        return self._insist("replay", one.path, one.body, one.headers)

    def _insist(self, kind: str, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        deadline, me = time.monotonic() + PATIENCE, threading.get_ident()
        while time.monotonic() < deadline:
            chosen = self.dice.randrange(len(self.services))
            began = time.monotonic()
            self.book.flying[me] = (kind, chosen)
            try:
                answer = self.http.post(
                    f"{self.services[chosen]}/api/v1{path}",
                    json=body, headers={"authorization": f"Bearer {self.token}", **headers},
                )  # fmt: skip
            except httpx.TransportError as error:
                self.book.refusals[type(error).__name__] += 1
            else:
                self.book.slowest = max(self.book.slowest, time.monotonic() - began)
                if answer.status_code < 300:
                    return answer.json()
                self.book.refusals[str(answer.status_code)] += 1
                _check_excuse(path, answer)
            finally:
                self.book.flying.pop(me, None)
            time.sleep(self.dice.uniform(0.05, 0.3))
        raise Unexpected(f"{path}: no answer in {PATIENCE} s; {dict(self.book.refusals)}")

    def close(self) -> None:
        self.http.close()


def _check_excuse(path: str, answer: httpx.Response) -> None:
    """503 with a sentence is the answer of a service without its database; 409 that two requests have crossed."""
    problem = answer.json()
    excused = answer.status_code == 503 or (answer.status_code == 409 and "croisées" in problem.get("detail", ""))
    if not excused or not problem.get("detail", "").endswith("."):
        raise Unexpected(f"{path}: {answer.status_code} {answer.text}")


@dataclass
class Load:
    """Schools that compose, submit, get approved, ordered, sent, received, put into service: over and over."""

    tokens: Mapping[str, str]
    services: Sequence[str]
    seed: int
    book: Book = field(default_factory=Book)

    @contextmanager
    def running(self, schools: Sequence[str], *, pause: float = 0) -> Iterator[threading.Event]:
        """For the block, a thread a school. What failed in one is raised at the end; each finishes what it has begun."""
        ending, failures = threading.Event(), list[BaseException]()

        def repeat(school: str, seed: int) -> None:
            try:
                with self.desks(school, seed) as desks:
                    while not ending.is_set():
                        self.loop(school, desks)
                        ending.wait(pause)
            except BaseException as error:
                failures.append(error)
                ending.set()

        threads = [threading.Thread(target=repeat, args=(school, self.seed + n)) for n, school in enumerate(schools)]
        for thread in threads:
            thread.start()
        try:
            yield ending
        finally:
            ending.set()
            for thread in threads:
                thread.join()
        if failures:
            raise failures[0]

    @contextmanager
    def desks(self, school: str, seed: int) -> Iterator[dict[str, Client]]:
        wanted = {"team": f"team {school}", "principal": f"principal {school}"}
        wanted |= {desk: desk for desk in ("buyer", "technician")}
        found = {
            desk: Client(self.tokens[name], self.services, self.book, seed * 10 + n)
            for n, (desk, name) in enumerate(wanted.items())
        }
        try:
            yield found
        finally:
            for client in found.values():
                client.close()

    def loop(self, school: str, desks: Mapping[str, Client]) -> None:
        team, principal, buyer, technician = desks.values()
        units = team.dice.randint(2, 5)
        basket = team.post("draft", "/selections", {"school": school, "measure": MEASURE, "year": YEAR})
        number = basket["number"]
        basket = team.post("line", f"/selections/{number}/lines", {"product": PRODUCT, "quantity": units}, read=basket)
        basket = team.post("submission", f"/selections/{number}/submit", read=basket)
        principal.post("approval", f"/selections/{number}/approve", read=basket)
        (order,) = buyer.post("order", "/orders/build", {"selections": [number]})
        buyer.post("sending", f"/orders/{order['number']}/send")
        for quantity in (1, units - 1):
            line = {"position": 1, "quantity": quantity, "serials": []}
            receipt = technician.post("receipt", f"/orders/{order['number']}/receipts", {"lines": [line]})
            technician.post("service", "/assets/into-service", {"tags": receipt["lines"][0]["tags"]})


def replayed(load: Load, asked: Sequence[Acknowledged]) -> list[str]:
    """Acknowledged requests that, asked again with their key, are answered otherwise."""
    clients: dict[str, Client] = {}
    differing = []
    for one in asked:
        client = clients.setdefault(one.token, Client(one.token, load.services, load.book, 0))
        if client.again(one) != one.answer:
            differing.append(f"{one.kind} {one.path}")
    for client in clients.values():
        client.close()
    return differing
