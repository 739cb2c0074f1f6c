"""`inventory demo`: load the demonstration once, serve it, say who may sign in."""

import os

import click

from app.demo.load import load_once
from app.demo.people import DESKS, PASSWORD
from app.secret import secret_key
from app.serving import port_held, serve_until_stopped
from kit.cli import open_database, say, sentences
from kit.cluster import Logins, logins
from kit.i18n import _
from kit.settings import settings
from kit.signals import STOPPING, exit_on, run

FOLDER = ".demo"


@click.command()
def demo() -> None:
    """Servir une démonstration : un réseau inventé, dans un dossier à elle (.demo), jamais mêlé à de vraies listes."""
    exit_on(*STOPPING, code=0)  # before PostgreSQL starts
    os.environ.setdefault("INVENTORY_DATA_DIR", FOLDER)
    settings.cache_clear()
    with sentences(), port_held(), logins(settings()) as found:
        os.environ["INVENTORY_SECRET_KEY"] = secret_key(alone=True)
        settings.cache_clear()
        run(_loaded(found))
        serve_until_stopped(found, welcome=welcome())


async def _loaded(found: Logins) -> None:
    async with open_database(found, may_migrate=True):
        await load_once(lambda words: say(f"{words}…"))


def welcome() -> str:
    """Who may sign in, one a desk."""
    lines = [f"  {_(desk):20} {person.email}" for desk, person in DESKS.items()]
    password = _("Mot de passe de chaque personne : {password}").format(password=PASSWORD)
    return "\n".join([_("Démonstration : tout y est inventé."), *lines, f"  {password}", ""])
