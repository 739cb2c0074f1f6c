"""The `inventory` command."""

import signal
import sys

import click

from allocations.commands import COMMANDS as ALLOCATIONS
from app.logs import log_to_stderr
from catalog.commands import COMMANDS as CATALOG
from directory.commands import COMMANDS as DIRECTORY
from inventory.commands import COMMANDS as INVENTORY
from kit.actor import Actor
from kit.cli import LazyGroup, migrate_with, say, sentences, use_people
from kit.cluster import OWNER, WEB, Logins, logins
from kit.errors import Refused
from kit.i18n import _
from kit.migrating import role_statements
from kit.settings import faults, settings
from kit.signals import exit_on
from kit.signals import run as run_until_signal

OWN = {
    "backup": "app.backup.cli:backup",
    "bench": "app.bench.cli:bench",
    "demo": "app.demo.cli:demo",
    "doctor": "app.doctor.cli:doctor",
    "jobs": "app.jobs_cli:jobs",
    "migrate": "app.cli:migrate",
    "restore": "app.backup.cli:restore",
    "serve": "app.serving:serve",
}


@click.group(
    cls=LazyGroup,
    where=DIRECTORY | CATALOG | INVENTORY | ALLOCATIONS | OWN,  # one on the right completes a group of one on the left
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="inventory")
def main() -> None:
    """Acquisition et inventaire d'équipements pour les écoles : enveloppes, combos, commandes, biens, plancher."""
    if wrong := faults():
        say("\n".join(wrong))
        sys.exit(2)
    use_people(_person)
    log_to_stderr()


async def _person(email: str) -> Actor:
    from directory.people.queries import actor_of_person  # only `--as` needs it

    return await actor_of_person(email)


@click.command()
@click.option(
    "--print-roles", is_flag=True, help="Montrer le SQL que l'administration du serveur peut exécuter une fois."
)
def migrate(print_roles: bool) -> None:
    """Mettre la base à jour. Tout ou rien."""
    if print_roles:
        with sentences():
            owner, web = _login_names()
        click.echo(";\n".join(role_statements(owner=owner, web=web)) + ";")
        return
    exit_on(signal.SIGTERM, signal.SIGHUP)
    with sentences(), logins(settings()) as found:
        done = run_until_signal(migrate_with(found))
    say("\n".join(done) if done else _("La base est à jour."))


def _login_names() -> tuple[str, str]:
    if (web := settings().database_url) is None:
        return OWNER, WEB
    if (
        owner := settings().owner_database_url
    ) is None:  # the roles are given to both: half of the statements would not do
        raise Refused(
            _(
                "Donnez aussi INVENTORY_OWNER_DATABASE_URL : les rôles se donnent aux deux accès. Rien n'est demandé à la base."
            )
        )
    found = Logins(web.get_secret_value(), owner.get_secret_value(), embedded=False)
    return found.owner, found.web
