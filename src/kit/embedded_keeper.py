"""Beside a running service: the embedded PostgreSQL is started again when it has died, killed or out of disk.

A process of its own: starting the server forks, and the service's process has threads. It uses the server as any other command
does, so that the last of them stops it; it ends when the service closes its standard input, or dies.
"""

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit import embedded
from kit.i18n import _

LOOK_SECONDS, RETRY_SECONDS = 0.5, 3.0


@contextmanager
def kept_alive(data: Path) -> Iterator[None]:
    """Keep the server of this folder running for the block. Enter while it runs."""
    command = [sys.executable, "-m", __name__, str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True):  # leaving closes the pipe, and waits
        yield


def keep(data: Path) -> None:
    """Until standard input is closed. What stands in the way is said once; the next try may find it gone."""
    said, again = "", False
    while True:
        try:
            with embedded.server(data):
                if again:
                    _say(_("PostgreSQL s'était arrêté dans {folder}; il est reparti.").format(folder=data))
                said, again = "", True
                while embedded.runs(data):
                    if _told_to_end(LOOK_SECONDS):
                        return
        except embedded.EmbeddedError as error:
            if said != (said := str(error)):
                _say(said)
            if _told_to_end(RETRY_SECONDS):
                return


def _told_to_end(seconds: float) -> bool:
    readable, _writable, _errors = select.select([sys.stdin], [], [], seconds)
    return bool(readable)  # nobody writes there: it was closed


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
