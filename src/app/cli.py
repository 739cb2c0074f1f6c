"""The `inventory` command."""

import signal
import sys

import click

from app.asgi import registered
from app.bench.cli import bench
from app.demo.cli import demo
from app.logs import log_to_stderr
from app.serving import SERVING
from directory.people.queries import actor_of_person
from kit.actor import Actor
from kit.cli import Exit, answer, as_option, json_option, migrate_with, run, say, sentences, use_people
from kit.cluster import OWNER, WEB, Logins, logins
from kit.i18n import _, date_time, lazy
from kit.jobs import JobOut, find, last_runs, run_now
from kit.migrating import role_statements
from kit.settings import faults, settings
from kit.signals import exit_on
from kit.signals import run as run_until_signal


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inventory")
def main() -> None:
    """Acquisition et inventaire d'équipements pour les écoles : enveloppes, combos, commandes, biens, plancher."""
    if wrong := faults():
        say("\n".join(wrong))
        sys.exit(2)
    use_people(actor_of_person)
    log_to_stderr()


@main.command()
@click.option(
    "--print-roles", is_flag=True, help="Montrer le SQL que l'administration du serveur peut exécuter une fois."
)
def migrate(print_roles: bool) -> None:
    """Mettre la base à jour. Tout ou rien."""
    if print_roles:
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
    owner = settings().owner_database_url or web
    found = Logins(web.get_secret_value(), owner.get_secret_value(), embedded=False)
    return found.owner, found.web


STATES = {
    "waiting": lazy("en attente"),
    "running": lazy("en cours"),
    "done": lazy("faite"),
    "failed": lazy("échouée"),
    "cancelled": lazy("annulée"),
}


@main.group()
def jobs() -> None:
    """Tâches de nuit : les voir, les lancer."""


@jobs.command("list")
@json_option
@as_option
@run
async def list_jobs(who: Actor, *, as_json: bool) -> None:
    """Les tâches et leur dernier passage."""
    known = registered("JOBS")
    runs = {found.name: found for found in await last_runs(who, [job.name for job in known])}
    rows = [{"name": job.name, "at": job.at, "words": job.words, "last": runs.get(job.name)} for job in known]
    answer(
        {"items": rows},
        as_json=as_json,
        lines=lambda: "\n".join(_job_line(row["name"], row["at"], row["last"]) for row in rows),
    )


def _job_line(name: str, at: object, last: JobOut | None) -> str:
    when = f"{at:%H h %M}" if at else _("sur demande")
    if last is None:
        return f"{name:24} {when:12} {_('jamais')}"
    ended = f"{_(STATES[last.state])}, {date_time(last.started_at or last.due_at)}"
    return f"{name:24} {when:12} {ended} {last.error}".rstrip()


@jobs.command("run")
@click.argument("name")
@json_option
@as_option
@run
async def run_job(who: Actor, name: str, *, as_json: bool) -> None:
    """Lancer une tâche maintenant."""
    done = await run_now(who, find(registered("JOBS"), name))
    answer(done, as_json=as_json, lines=lambda: f"{done.name} : {_(STATES[done.state])} {done.error}".strip())
    if done.state != "done":
        raise Exit(1)


for command in (*SERVING, demo, bench, *registered("COMMANDS")):
    main.add_command(command)
