"""PostgreSQL of somebody else's for the trials: over TCP, plain logins, killed and started again at will."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg

from kit import embedded
from scripts.postgres import make_logins
from tests.app.services import free_port, wait_until

# A process of its own holds the server: ours has threads, and the embedded server forks.
HOLDER = """
import sys
from pathlib import Path
from kit import embedded
with embedded.server(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


class Database:
    """Where the trials look at what was kept: the superuser's connection, past row-level security."""

    def __init__(self, cluster: Path, *, host: str, port: int, password: str, name: str = "inventory") -> None:
        self.cluster = cluster
        self._place: dict[str, Any] = {
            "host": host,
            "port": port,
            "password": password,
            "user": "postgres",
            "database": name,
        }

    def rows(self, sql: str, *values: Any) -> Sequence[Any]:
        async def ask() -> Any:
            connection = await asyncpg.connect(**self._place)
            try:
                return await connection.fetch(sql, *values)
            finally:
                await connection.close()

        found: Sequence[Any] = asyncio.run(ask())
        return found

    def value(self, sql: str, *values: Any) -> Any:
        found = self.rows(sql, *values)
        return found[0][0] if found else None

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.rows(statement)

    def pid(self) -> int | None:
        """The postmaster's."""
        with suppress(OSError, ValueError):
            return int((self.cluster / "postmaster.pid").read_text().split("\n")[0])
        return None

    def kill(self) -> None:
        """`kill -9` of the postmaster; its own processes see it and go."""
        if pid := self.pid():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Postgres(Database):
    """An ordinary server in `folder`, on a TCP port of its own; `urls` are the two addresses by variable."""

    def __init__(self, folder: Path) -> None:
        self.folder, port = folder, free_port()
        with embedded.server(folder) as first:
            self.urls = asyncio.run(make_logins(first, port))
        super().__init__(folder / "cluster", host="127.0.0.1", port=port, password=first.password)
        self._holder: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self._end_holder()
        for _attempt in range(20):  # what a killed server's processes still do must end first
            holder = subprocess.Popen(
                [sys.executable, "-c", HOLDER, str(self.folder)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
            assert holder.stdout and holder.stderr
            if holder.stdout.readline() == b"ready\n":
                self._holder = holder
                return
            said = holder.communicate()[1].decode()
        raise AssertionError(said)

    def stop(self) -> None:
        """A fast shutdown: everybody is cut off, nothing is lost."""
        self._end_holder()
        wait_until(lambda: self.pid() is None)

    def _end_holder(self) -> None:
        if self._holder:
            self._holder.communicate()
            self._holder = None
