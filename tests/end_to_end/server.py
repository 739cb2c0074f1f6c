"""A real server in a folder of its own: commands of `inventory`, and `inventory serve` on a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

COMMAND = str(Path(sys.executable).parent / "inventory")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """This machine's environment with the service's settings replaced."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INVENTORY_")}
    return kept | {"INVENTORY_DATA_DIR": str(folder)} | {f"INVENTORY_{name}": value for name, value in settings.items()}


def command(folder: Path, *arguments: str, expected: int = 0, **settings: str) -> Any:
    """Run a command with --json; its document. Fails unless it ends with `expected`."""
    done = subprocess.run(
        [COMMAND, *arguments, "--json"],
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == expected, done.stderr
    return json.loads(done.stdout)


@contextmanager
def serving(folder: Path, *, program: str = "serve", **settings: str) -> Iterator[str]:
    """`inventory serve` (or `demo`) for the block; its address. At the end it is told to stop, and must."""
    port = free_port()
    process = subprocess.Popen(
        [COMMAND, program], env=environment(folder, PORT=str(port), **settings), stderr=subprocess.PIPE, text=True
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(process, address)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            _out, told = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
    assert process.returncode == 0, told


def _wait(process: subprocess.Popen[str], address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1]
        try:
            if httpx.get(f"{address}/health/ready", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server did not become ready")


class Caller:
    """A program with a token, for a block."""

    def __init__(self, address: str, token: str) -> None:
        self.http = httpx.Client(base_url=f"{address}/api/v1", headers={"authorization": f"Bearer {token}"}, timeout=30)

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_error: object) -> None:
        self.http.close()

    def get(self, path: str, **query: str | int) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        expected: int = 200,
        read: Any = None,
        key: str | None = None,
    ) -> Any:
        """Post JSON; `read` is the answer whose version goes into If-Match, `key` the Idempotency-Key."""
        headers = {"if-match": f'"{read["version"]}"'} if read else {}
        headers |= {"idempotency-key": key} if key else {}
        answer = self.http.post(path, json=body or {}, headers=headers)
        assert answer.status_code == expected, answer.text
        return answer.json() if "json" in answer.headers["content-type"] else answer.content


@contextmanager
def demonstration(folder: Path) -> Iterator[str]:
    """`inventory demo` for the block, in a folder of its own; its address."""
    with serving(folder, program="demo") as address:
        yield address
