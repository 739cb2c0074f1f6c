"""`inventory serve`: the database, then granian's processes, until a signal; everything that was started is stopped."""

import errno
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from app.children import STOP_SECONDS
from app.secret import secret_key
from directory.people.first import FIRST_ACCOUNT, FIRST_COMMAND, nobody_yet
from kit.cli import open_database, sentences
from kit.cluster import Logins, logins
from kit.embedded_keeper import kept_alive
from kit.errors import Refused
from kit.i18n import _, lazy
from kit.settings import settings
from kit.signals import STOPPING, exit_on, ignore, run

COUNTS = "inventory-metrics-"
# Its lines come out with ours (app.logs); it knows no access line: that is app.observing's.
GRANIAN_LOG = {
    "handlers": {},
    "loggers": {name: {"handlers": [], "propagate": True} for name in ("_granian", "granian.access")},
}


class PortTaken(Refused):
    sentence = lazy(
        "Le port {port} de {host} est pris ou interdit ({reason}). Arrêtez ce qui l'occupe, ou choisissez-en un autre :"
        " INVENTORY_PORT={another}."
    )


class NotOurs(Refused):
    sentence = lazy(
        "{host} n'est pas une adresse de cette machine ({reason}). Donnez-en une dans INVENTORY_HOST : 127.0.0.1 derrière un mandataire."
    )


class Failing(Refused):
    sentence = lazy("Le service s'est arrêté : ses processus échouent. La raison est ci-dessus.")


@click.command()
def serve() -> None:
    """Servir les pages, l'API, les tâches et le courrier."""
    exit_on(*STOPPING, code=0)  # before PostgreSQL starts
    with sentences(), port_held(), logins(settings()) as found:
        secret_key()  # asked for before anything else is done
        serve_until_stopped(found, welcome=run(_first_day(found)))


async def _first_day(found: Logins) -> str:
    """Bring the database up to date; what to say where nobody can sign in yet."""
    async with open_database(found):
        return f"{_(FIRST_ACCOUNT)} {FIRST_COMMAND}\n" if await nobody_yet() else ""


@contextmanager
def port_held() -> Iterator[None]:
    """Keep the port for us during the block, before anything is started. Raises Refused when somebody has it.

    On Linux the processes of granian share a port (SO_REUSEPORT), and two services would share it too, unseen. Our own socket,
    bound without that option and given it afterwards, lets our processes in and keeps everybody else out.
    """
    with socket.socket(socket.AF_INET6 if ":" in settings().host else socket.AF_INET) as own:
        try:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections just closed do not count
            own.bind((settings().host, settings().port))
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise NotOurs(host=settings().host, reason=error.strerror or error) from error
            raise PortTaken(
                host=settings().host,
                port=settings().port,
                reason=error.strerror or error,
                another=_another(settings().port),
            ) from error
        if sys.platform == "linux":
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        else:
            own.close()
        yield


def _another(port: int) -> int:
    return port + 1 if 1024 <= port < 65535 else 8080


def serve_until_stopped(found: Logins, *, welcome: str = "") -> None:
    """Run granian's processes until a signal. They read their settings from the environment: the login and the key go there."""
    os.environ["INVENTORY_SECRET_KEY"] = secret_key()
    os.environ["INVENTORY_DATABASE_URL"] = found.web_url
    settings.cache_clear()
    click.echo(welcome + _("Adresse : {address} (Ctrl-C pour arrêter)").format(address=settings().address))
    server = Granian(
        "app.serving:application",
        address=settings().host,
        port=settings().port,
        interface=Interfaces.ASGI,
        workers=settings().workers,
        factory=True,
        log_level=LogLevels.error,
        log_dictconfig=GRANIAN_LOG,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    # Granian would start its processes anew on SIGHUP; a closed terminal is the end.
    server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt) and None)
    alive = kept_alive(settings().data_dir) if found.embedded else nullcontext()
    try:
        with _folder_of_counts(), alive:
            server.serve()
    except SystemExit as end:
        if not server.interrupt_signal:  # its processes die as soon as they start
            raise Failing() from end
    finally:
        ignore()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    return True


@contextmanager
def _folder_of_counts() -> Iterator[None]:
    """Where the processes add up what `/metrics` tells; prometheus_client looks for it when it is imported, so not here.

    What services that were killed have left is removed.
    """
    for old in Path(gettempdir()).glob(f"{COUNTS}*-*"):
        pid = old.name.removeprefix(COUNTS).partition("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(old, ignore_errors=True)
    with TemporaryDirectory(prefix=f"{COUNTS}{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        try:
            yield
        finally:
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]


def application() -> object:
    """The application of one process that granian started."""
    # Between fork and granian's own handlers, its parent's would swallow the order to stop.
    exit_on(signal.SIGTERM, code=0)
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        Path(folder).mkdir(mode=0o700, exist_ok=True)  # a cleaner of temporary files may have taken it since
    from app.asgi import create_app
    from app.logs import log_to_stderr
    from app.observing import observed
    from app.proxies import behind_proxies
    from kit.database import use_login

    log_to_stderr()
    url = settings().database_url
    assert url is not None
    use_login(url.get_secret_value())
    return observed(behind_proxies(create_app()))
