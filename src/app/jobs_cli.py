"""`inventory jobs`: what runs by night."""

from typing import Any

import click

from app.nightly import all_jobs
from kit.actor import Actor
from kit.cli import Exit, Group, answer, as_option, json_option, run
from kit.i18n import _, date_time, lazy
from kit.job_runs import JobOut, last_runs
from kit.jobs import find, run_now

STATES = {
    "waiting": lazy("en attente"),
    "running": lazy("en cours"),
    "done": lazy("faite"),
    "failed": lazy("échouée"),
    "cancelled": lazy("annulée"),
}


@click.group(cls=Group)
def jobs() -> None:
    """Tâches de nuit : les voir, les lancer."""


@jobs.command("list")
@json_option
@as_option
@run
async def list_jobs(who: Actor, *, as_json: bool) -> None:
    """Les tâches et leur dernier passage."""
    known = all_jobs()
    runs = {found.name: found for found in await last_runs(who, [job.name for job in known])}
    rows: list[dict[str, Any]] = [
        {"name": job.name, "at": job.at, "words": job.words, "last": runs.get(job.name)} for job in known
    ]
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
    return f"{name:24} {when:12} {ended}{_why(last)}"


def _why(run: JobOut) -> str:
    return f". {run.error}" if run.error else ""


@jobs.command("run")
@click.argument("name")
@json_option
@as_option
@run
async def run_job(who: Actor, name: str, *, as_json: bool) -> None:
    """Lancer une tâche maintenant."""
    done = await run_now(who, find(all_jobs(), name))
    answer(done, as_json=as_json, lines=lambda: f"{done.name} : {_(STATES[done.state])}{_why(done)}")
    if done.state != "done":
        raise Exit(1)
