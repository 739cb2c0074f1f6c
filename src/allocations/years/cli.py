"""`inventory years`."""

import click

from allocations.years import operations, queries, rest
from allocations.years.rules import SHUT, WORDS
from allocations.years.schemas import RestOut, YearOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run, say
from kit.i18n import _, date_long, money, n_
from kit.paging import Page


@click.group("years", cls=Group)
def years() -> None:
    """Exercices (années scolaires) : lister, fermer, rouvrir."""


@years.command("list")
@json_option
@as_option
@run
async def list_command(who: Actor, *, as_json: bool) -> None:
    """Lister les exercices, le plus récent d'abord."""
    found = await queries.listing(who)
    answer(Page(found), as_json=as_json, lines=lambda: "\n".join(map(line, found)))


@years.command("close")
@click.argument("year", metavar="AAAA-AAAA")
@click.option("--reason", required=True, metavar="TEXTE", help="Pourquoi; se lit dans l'historique.")
@json_option
@as_option
@run
async def close_command(who: Actor, *, year: str, reason: str, as_json: bool) -> None:
    """Fermer un exercice terminé : plus rien n'y change, sauf ce qui est encore à recevoir."""
    done = await operations.close(who, year, reason=reason)
    answer(done, as_json=as_json, lines=lambda: line(done))
    if done.current:
        say(
            _(
                "C'est l'exercice en cours : aucun panier ni bon de commande n'y est plus possible."
                " « inventory years reopen {year} --reason … » le rouvre."
            ).format(year=year)
        )


@years.command("begin-closing")
@click.argument("year", metavar="AAAA-AAAA")
@click.option("--reason", required=True, metavar="TEXTE", help="Pourquoi; se lit dans l'historique.")
@json_option
@as_option
@run
async def begin_closing_command(who: Actor, *, year: str, reason: str, as_json: bool) -> None:
    """Commencer la fermeture : plus de nouveau panier ni d'enveloppe, mais ce qui est approuvé se commande encore."""
    done = await operations.begin_closing(who, year, reason=reason)
    answer(done, as_json=as_json, lines=lambda: line(done))


@years.command("report")
@click.argument("year", metavar="AAAA-AAAA")
@click.option("--reason", required=True, metavar="TEXTE", help="Pourquoi; se lit dans l'historique.")
@json_option
@as_option
@run
async def report_command(who: Actor, *, year: str, reason: str, as_json: bool) -> None:
    """Rouvrir un exercice fermé pour sa reddition de comptes seulement : aucun argent n'y bouge."""
    done = await operations.report(who, year, reason=reason)
    answer(done, as_json=as_json, lines=lambda: line(done))


@years.command("reopen")
@click.argument("year", metavar="AAAA-AAAA")
@click.option("--reason", required=True, metavar="TEXTE", help="Pourquoi; se lit dans l'historique.")
@json_option
@as_option
@run
async def reopen_command(who: Actor, *, year: str, reason: str, as_json: bool) -> None:
    """Rouvrir un exercice fermé."""
    done = await operations.reopen(who, year, reason=reason)
    answer(done, as_json=as_json, lines=lambda: line(done))


@years.command("rest")
@click.argument("year", metavar="AAAA-AAAA")
@click.option("--apply", "applied", is_flag=True, help="L'appliquer; sans cela, rien n'est écrit.")
@click.option("--reason", default="", metavar="TEXTE", help="Pourquoi; se lit dans l'historique. Demandé avec --apply.")
@json_option
@as_option
@run
async def rest_command(who: Actor, *, year: str, applied: bool, reason: str, as_json: bool) -> None:
    """Montrer, puis reporter ou récupérer ce qui reste d'un exercice, selon la règle de chaque mesure."""
    done = await (rest.apply(who, year, reason=reason) if applied else rest.preview(who, year))
    answer(done, as_json=as_json, lines=lambda: rest_line(done))


def rest_line(found: RestOut) -> str:
    """`2025-2026 : 1 000,00 $ à reporter à 2026-2027, …`"""
    sentence = _("{year} : {carried} reportés à {next}, {recovered} récupérés, {lost} laissés non dépensés.")
    if not found.applied:
        sentence = _("{year} : {carried} à reporter à {next}, {recovered} à récupérer, {lost} à laisser non dépensés.")
    said = sentence.format(
        year=found.year, next=found.next_year, carried=money(found.carried_cents), recovered=money(found.recovered_cents),
        lost=money(found.lost_cents),
    )  # fmt: skip
    if found.waiting:
        held = n_(
            "{n} enveloppe a encore de l'argent réservé ou engagé : son reste attend.",
            "{n} enveloppes ont encore de l'argent réservé ou engagé : leur reste attend.",
            found.waiting,
        )
        said += " " + held.format(n=found.waiting)
    return said


def line(year: YearOut) -> str:
    """`2025-2026 : Fermé le 24 novembre 2026 par …. 3 paniers en cours, …`"""
    said = f"{year.code} : {_(WORDS[year.state]).lower()}"
    if year.state in SHUT and year.closed_at:
        said += " " + _("le {day} par {name} ({reason})").format(
            day=date_long(year.closed_at), name=year.closed_by_name, reason=year.reason
        )
    held = [
        n_("{n} panier en cours", "{n} paniers en cours", year.baskets).format(n=year.baskets),
        n_("{n} bon à envoyer", "{n} bons à envoyer", year.drafts).format(n=year.drafts),
        n_("{n} bon à recevoir", "{n} bons à recevoir", year.awaited).format(n=year.awaited),
    ]
    return f"{said}. {', '.join(held)}."
