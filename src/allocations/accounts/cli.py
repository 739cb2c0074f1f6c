"""`inventory accounts`."""

from pathlib import Path

import click

from allocations.accounts import documents, exports, queries
from allocations.accounts.schemas import Accounts
from allocations.packs.cli import pack_command
from allocations.portraits.cli import portrait_command
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run, say
from kit.exports import csv_file, xlsx_file
from kit.i18n import _, money


@click.group("accounts", cls=Group)
def accounts() -> None:
    """Comptes d'un exercice : par école, par organisme, pour le réseau."""


accounts.add_command(pack_command)
accounts.add_command(portrait_command)


@accounts.command("show")
@click.argument("year", metavar="AAAA-AAAA")
@click.option("--board", metavar="CODE", help="Un organisme; une ligne par école.")
@click.option("--school", metavar="CODE", help="Une école.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FICHIER",
    help="Les écrire dans un .csv, .xlsx ou .pdf.",
)
@json_option
@as_option
@run
async def show_command(
    who: Actor, *, year: str, board: str | None, school: str | None, out: Path | None, as_json: bool
) -> None:
    """Montrer les comptes d'un exercice; ils balancent, ou la commande est refusée."""
    files = {".csv": _csv, ".xlsx": _xlsx, ".pdf": documents.accounts}
    if out is not None and out.suffix not in files:
        raise click.UsageError(_("« --out » finit par .csv, .xlsx ou .pdf."))
    found = await queries.accounts(who, year, board=board, school=school)
    if out is not None:
        _write(out, files[out.suffix](found))
        say(_("Écrit : {file}").format(file=out))
    answer(found, as_json=as_json, lines=lambda: _told(found))


def _write(out: Path, content: bytes) -> None:
    out.write_bytes(content)


def _csv(found: Accounts) -> bytes:
    return csv_file(exports.headings(), exports.rows(found))


def _xlsx(found: Accounts) -> bytes:
    return xlsx_file(exports.headings(), exports.rows(found))


def _told(found: Accounts) -> str:
    lines = [f"{found.year} · {found.name}"]
    sentence = _(
        "{measure} : alloué {allocated}, réservé {reserved}, engagé {committed}, dépensé {spent}, libre {free}"
    )
    lines += [
        sentence.format(
            measure=each.measure, allocated=money(each.allocated_cents), reserved=money(each.reserved_cents),
            committed=money(each.committed_cents), spent=money(each.spent_cents), free=money(each.free_cents),
        )
        for each in found.measures
    ]  # fmt: skip
    return "\n".join(lines) if found.measures else f"{lines[0]}\n" + _("Aucune enveloppe cette année.")
