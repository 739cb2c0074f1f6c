"""`inventory invoices`."""

from pathlib import Path

import click

from allocations.invoices import approving, entering, files, owed, paying, queries, statements
from allocations.invoices.rules import KIND_WORDS, WORDS, Outcome, State
from allocations.invoices.schemas import Decide, ImportedInvoice, InvoiceFile, InvoiceOut, InvoicesImported, Pay
from kit.actor import Actor
from kit.cli import Exit, Group, answer, as_option, json_option, run, say
from kit.encodings import Unreadable
from kit.i18n import _, date_long, money, n_
from kit.paging import MAXIMUM_LIMIT, Page

REASON = click.option("--reason", required=True, metavar="TEXTE", help="Pourquoi; se lit dans l'historique.")


@click.group("invoices", cls=Group)
def invoices() -> None:
    """Factures : lister, importer, rapprocher, approuver, payer."""


@invoices.command("list")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Seulement celles dans cet état.")
@click.option("--order", default="", metavar="NUMÉRO", help="Seulement celles de ce bon.")
@json_option
@as_option
@run
async def list_command(who: Actor, *, state: str | None, order: str, as_json: bool) -> None:
    """Lister les factures : à décider d'abord, puis les plus récentes (500 au plus)."""
    found = await queries.list_invoices(
        who, state=State(state) if state else None, order=order, limit=MAXIMUM_LIMIT, after=None
    )
    answer(found, as_json=as_json, lines=lambda: "\n".join(map(line, found.items)) or _("Aucune facture."))


@invoices.command("show")
@click.argument("number", metavar="NUMÉRO")
@json_option
@as_option
@run
async def show_command(who: Actor, *, number: str, as_json: bool) -> None:
    """Montrer une facture et ses écarts."""
    file = await queries.one(who, number)
    answer(file, as_json=as_json, lines=lambda: told(file))


@invoices.command("import")
@click.argument("path", metavar="FICHIER", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Dire ce qui serait saisi, sans rien écrire.")
@json_option
@as_option
@run
async def import_command(who: Actor, *, path: Path, dry_run: bool, as_json: bool) -> None:
    """Saisir une liste de factures (CSV ou classeur, une ligne par ligne de facture). Relue, elle ne change rien."""
    try:
        with path.open("rb") as file:
            result = await files.import_invoices(who, file, path.name, dry_run=dry_run)
    except Unreadable as refused:
        say(refused.detail)
        raise Exit(1) from refused
    answer(result, as_json=as_json, lines=lambda: _imported(result, dry_run=dry_run))
    if any(each.result == "refused" for each in result.invoices):
        raise Exit(1)


@invoices.command("statement")
@click.argument("path", metavar="FICHIER", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--supplier", required=True, metavar="CODE", help="Le fournisseur dont c'est le relevé.")
@json_option
@as_option
@run
async def statement_command(who: Actor, *, path: Path, supplier: str, as_json: bool) -> None:
    """Comparer le relevé d'un fournisseur (numéro, date, total) à ce qui est inscrit, sans toucher aux factures."""
    try:
        with path.open("rb") as file:
            result = await statements.compare(who, supplier, file, path.name)
    except Unreadable as refused:
        say(refused.detail)
        raise Exit(1) from refused
    answer(
        result, as_json=as_json,
        lines=lambda: "\n".join(
            _("{number} : {verdict} (relevé {theirs}, chez nous {ours})").format(
                number=each.supplier_number, verdict=_(statements.VERDICTS[each.verdict]), theirs=money(each.their_cents),
                ours=money(each.our_cents),
            )
            for each in result.lines
        ),
    )  # fmt: skip
    if result.refused:
        raise Exit(1)


@invoices.command("uninvoiced")
@json_option
@as_option
@run
async def uninvoiced_command(who: Actor, *, as_json: bool) -> None:
    """Lister ce qui est reçu et pas encore facturé (500 lignes au plus)."""
    found = await owed.uninvoiced(who, limit=MAXIMUM_LIMIT, after=None)
    answer(
        found, as_json=as_json,
        lines=lambda: "\n".join(
            _("{order}, ligne {position} : {n} à facturer, {amount} ({supplier})").format(
                order=row.order, position=row.position, n=row.uninvoiced, amount=money(row.uninvoiced_cents),
                supplier=row.supplier_name,
            )
            for row in found.items
        ) or _("Tout ce qui est reçu est facturé."),
    )  # fmt: skip


@invoices.command("credits")
@json_option
@as_option
@run
async def credits_command(who: Actor, *, as_json: bool) -> None:
    """Lister les crédits attendus des fournisseurs."""
    found = await owed.expected_credits(who)
    answer(
        Page(found), as_json=as_json,
        lines=lambda: "\n".join(
            _("{order} : {amount} avant taxes attendus de {supplier}").format(
                order=row.order, amount=money(row.cents), supplier=row.supplier_name
            )
            for row in found
        ) or _("Aucun crédit n'est attendu."),
    )  # fmt: skip


@invoices.command("match")
@click.argument("number", metavar="NUMÉRO")
@json_option
@as_option
@run
async def match_command(who: Actor, *, number: str, as_json: bool) -> None:
    """Rapprocher de nouveau une facture avec ce qui est arrivé depuis."""
    file = await entering.rematch(who, number)
    answer(file, as_json=as_json, lines=lambda: told(file))


@invoices.command("approve")
@click.argument("number", metavar="NUMÉRO")
@json_option
@as_option
@run
async def approve_command(who: Actor, *, number: str, as_json: bool) -> None:
    """Approuver une facture qui concorde (au nom d'une personne : --as)."""
    file = await approving.approve(who, number)
    answer(file, as_json=as_json, lines=lambda: told(file))


@invoices.command("decide")
@click.argument("number", metavar="NUMÉRO")
@click.argument("outcome", type=click.Choice([outcome.value for outcome in Outcome]))
@REASON
@json_option
@as_option
@run
async def decide_command(who: Actor, *, number: str, outcome: str, reason: str, as_json: bool) -> None:
    """Décider des écarts d'une facture (au nom d'une autre personne que celle qui l'a saisie)."""
    file = await approving.decide(who, number, Decide(outcome=Outcome(outcome), reason=reason))
    answer(file, as_json=as_json, lines=lambda: told(file))


@invoices.command("pay")
@click.argument("number", metavar="NUMÉRO")
@click.option("--reference", required=True, metavar="RÉFÉRENCE", help="Celle du paiement.")
@json_option
@as_option
@run
async def pay_command(who: Actor, *, number: str, reference: str, as_json: bool) -> None:
    """Inscrire le paiement d'une facture approuvée."""
    file = await paying.pay(who, number, Pay(reference=reference))
    answer(file, as_json=as_json, lines=lambda: told(file))


@invoices.command("cancel")
@click.argument("number", metavar="NUMÉRO")
@REASON
@json_option
@as_option
@run
async def cancel_command(who: Actor, *, number: str, reason: str, as_json: bool) -> None:
    """Annuler une facture qui n'est pas payée : ce qu'elle a corrigé revient."""
    file = await paying.cancel(who, number, reason=reason)
    answer(file, as_json=as_json, lines=lambda: told(file))


def line(invoice: InvoiceOut) -> str:
    """`FA-711-2026-00042 : Facture F-1 de …, 24 novembre 2026, 1 149,75 $, à décider (2 écarts)`"""
    said = _("{number} : {kind} {supplier_number} de {supplier}, {day}, {amount}, {state}").format(
        number=invoice.number, kind=_(KIND_WORDS[invoice.kind]), supplier_number=invoice.supplier_number,
        supplier=invoice.supplier_name, day=date_long(invoice.dated), amount=money(invoice.total_cents),
        state=_(WORDS[invoice.state]).lower(),
    )  # fmt: skip
    if invoice.gaps:
        said += " " + n_("({n} écart)", "({n} écarts)", invoice.gaps).format(n=invoice.gaps)
    return said


def told(file: InvoiceFile) -> str:
    """An invoice with the sentences of its differences."""
    return "\n".join([line(file.invoice), *(f"  {difference.sentence}" for difference in file.differences)])


def _imported(result: InvoicesImported, *, dry_run: bool) -> str:
    lines = [_("Essai : rien n'a été écrit.")] if dry_run else []
    counts = (
        n_("{n} ligne lue", "{n} lignes lues", result.read).format(n=result.read),
        n_("{n} facture saisie", "{n} factures saisies", result.created).format(n=result.created),
        n_("{n} inchangée", "{n} inchangées", result.unchanged).format(n=result.unchanged),
    )
    return "\n".join([*lines, ", ".join(counts) + ".", *map(_result, result.invoices), *result.notes])


def _result(each: ImportedInvoice) -> str:
    if each.result == "refused":
        return _("Ligne {line}, facture {number} : {reason}").format(
            line=each.line, number=each.supplier_number, reason=each.reason
        )
    return _("Ligne {line}, facture {number} : {ours}, {state}").format(
        line=each.line, number=each.supplier_number, ours=each.number, state=_(WORDS[State(each.state)]).lower()
    )
