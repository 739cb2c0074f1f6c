"""`inventory serve`: the database, then granian's processes, until a signal; everything that was started is stopped."""

import asyncio
import os
import signal
import socket
import sys
from types import FrameType

import click
from granian import Granian
from granian.constants import Interfaces

from app.secret import secret_key
from kit.cli import say, up_to_date
from kit.cluster import Logins, logins
from kit.embedded import EmbeddedError
from kit.errors import Refused
from kit.migrating import MigrationFailed
from kit.settings import settings


@click.command()
def serve() -> None:
    """Servir les pages, l'API, les tâches et le courrier."""
    stop_on_signals()
    try:
        check_port()
        with logins(settings()) as found:
            asyncio.run(up_to_date(found))
            serve_until_stopped(found)
    except (EmbeddedError, MigrationFailed, Refused) as error:
        say(str(error))
        sys.exit(1)


def stop_on_signals() -> None:
    """Before PostgreSQL starts: a script that starts us in the background passes SIGINT on as ignored, and SIGTERM kills at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, stop)


def check_port() -> None:
    """Raise Refused when somebody listens there already, before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings().host, settings().port))
        except OSError as error:
            raise Refused(
                f"Le port {settings().port} de {settings().host} est pris ou interdit ({error.strerror})."
                f" Arrêtez ce qui l'occupe, ou choisissez-en un autre : INVENTORY_PORT={settings().port + 1}."
            ) from error


def serve_until_stopped(found: Logins) -> None:
    """Granian's processes read their settings from the environment: the login and the key go there."""
    key = secret_key()
    os.environ["INVENTORY_DATABASE_URL"] = found.web_url
    os.environ["INVENTORY_SECRET_KEY"] = key
    settings.cache_clear()
    say(f"À l'écoute : {settings().address} (Ctrl-C pour arrêter)")
    Granian(
        "app.serving:application",
        address=settings().host,
        port=settings().port,
        interface=Interfaces.ASGI,
        workers=settings().workers,
        factory=True,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()


def application() -> object:
    """The application of one process that granian started."""
    from app.asgi import create_app
    from kit.database import use_login

    url = settings().database_url
    assert url is not None
    use_login(url.get_secret_value())
    return create_app()


SERVING = [serve]
