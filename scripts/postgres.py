"""Run a command on an ordinary PostgreSQL: `python scripts/postgres.py COMMAND…`.

The wheel's server over TCP on a free port of this machine, in a temporary folder, with an owner login (no superuser, CREATEROLE
and CREATEDB) and a web login. The command finds both addresses in its environment; the server goes whatever happens. Its exit
code is the command's.
"""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from kit import embedded
from kit.cluster import make_database
from kit.signals import STOPPING, exit_on

OWNER, WEB, DATABASE = "owner", "web", "inventory"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def make_logins(server: embedded.Server, port: int) -> dict[str, str]:
    """Make the logins and a database, say where to listen from the next start on; the two addresses by variable."""
    run = await asyncpg.connect(
        host=server.socket_dir, port=5432, user="postgres", password=server.password, database="postgres"
    )
    try:
        passwords = {OWNER: secrets.token_urlsafe(), WEB: secrets.token_urlsafe()}
        for login, rights in (OWNER, "CREATEROLE CREATEDB"), (WEB, ""):
            await run.execute(f"""CREATE ROLE "{login}" LOGIN {rights} PASSWORD '{passwords[login]}'""")
        await make_database(run, DATABASE, owner=OWNER, web=WEB)
        await run.execute("ALTER SYSTEM SET listen_addresses = '127.0.0.1'")
        await run.execute(f"ALTER SYSTEM SET port = {port}")
    finally:
        await run.close()
    return {
        variable: f"postgresql://{login}:{passwords[login]}@127.0.0.1:{port}/{DATABASE}"
        for variable, login in (("INVENTORY_DATABASE_URL", WEB), ("INVENTORY_OWNER_DATABASE_URL", OWNER))
    }


@contextmanager
def ordinary() -> Iterator[dict[str, str]]:
    """The server for the block; the two addresses by variable."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        with embedded.server(Path(folder)) as server:
            addresses = asyncio.run(make_logins(server, free_port()))
        with embedded.server(Path(folder)):
            yield addresses


def main(command: list[str]) -> int:
    exit_on(*STOPPING)
    with ordinary() as addresses, subprocess.Popen(command, env=os.environ | addresses) as running:
        try:
            return running.wait()
        except SystemExit:
            running.send_signal(signal.SIGTERM)
            running.wait()
            raise


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
