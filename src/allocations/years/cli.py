"""`inventory years`."""

import click

from allocations.years import commitments, operations, queries, releasing, rest
from allocations.years.ending_rules import CHOICE_WORDS, Choice
from allocations.years.rules import SHUT, WORDS
from allocations.years.schemas import Commitment, Decided, ReleaseOut, RestOut, YearOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run, say
from kit.i18n import _, date_long, money, n_
from kit.paging import MAXIMUM_LIMIT, Page


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
@click.option("--anyway", is_flag=True, help="Même s'il reste des paniers réservés ou des bons sans décision.")
@json_option
@as_option
@run
async def close_command(who: Actor, *, year: str, reason: str, anyway: bool, as_json: bool) -> None:
    """Fermer un exercice terminé : plus rien n'y change, sauf ce qui est encore à recevoir."""
    done = await operations.close(who, year, reason=reason, anyway=anyway)
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


@years.command("commitments")
@click.argument("year", metavar="AAAA-AAAA")
@click.option("--board", metavar="CODE", help="Un organisme.")
@click.option("--undecided", is_flag=True, help="Seulement ceux dont personne n'a décidé.")
@json_option
@as_option
@run
async def commitments_command(who: Actor, *, year: str, board: str | None, undecided: bool, as_json: bool) -> None:
    """Lister les bons de commande d'un exercice qui ne sont pas arrivés, avec ce que leur organisme en a décidé."""
    found = await commitments.listing(who, year, board=board, undecided=undecided, limit=MAXIMUM_LIMIT, after=None)
    answer(
        found, as_json=as_json, lines=lambda: "\n".join(map(commitment_line, found.items)) or _("Aucun bon à recevoir.")
    )


@years.command("decide")
@click.argument("year", metavar="AAAA-AAAA")
@click.argument("orders", metavar="BON…", nargs=-1, required=True)
@click.option("--keep", is_flag=True, help="Le garder : il arrivera sur les enveloppes de cet exercice.")
@click.option("--abandon", is_flag=True, help="Abandonner ce qu'il attend encore : son argent est libre.")
@click.option("--reason", required=True, metavar="TEXTE", help="Pourquoi, ou qui le permet; se lit dans l'historique.")
@json_option
@as_option
@run
async def decide_command(
    who: Actor, *, year: str, orders: tuple[str, ...], keep: bool, abandon: bool, reason: str, as_json: bool
) -> None:
    """Décider de bons de commande qui ne sont pas arrivés à la fin de l'exercice : les garder ou les abandonner."""
    if keep == abandon:
        raise click.UsageError(_("Dites « --keep » ou « --abandon », l'un des deux."))
    choice = Choice.keep if keep else Choice.abandon
    done = await commitments.decide(who, year, Decided(choice=choice, orders=list(orders), reason=reason))
    answer(Page(done), as_json=as_json, lines=lambda: "\n".join(map(commitment_line, done)))


@years.command("release")
@click.argument("year", metavar="AAAA-AAAA")
@click.option("--apply", "applied", is_flag=True, help="L'appliquer; sans cela, rien n'est écrit.")
@click.option("--reason", default="", metavar="TEXTE", help="Pourquoi; se lit dans l'historique. Demandé avec --apply.")
@json_option
@as_option
@run
async def release_command(who: Actor, *, year: str, applied: bool, reason: str, as_json: bool) -> None:
    """Montrer, puis libérer ce qui est réservé et que personne n'a commandé : paniers retirés, bons non envoyés abandonnés."""
    done = await (releasing.release(who, year, reason=reason) if applied else releasing.preview(who, year))
    answer(done, as_json=as_json, lines=lambda: release_line(done))


def commitment_line(one: Commitment) -> str:
    """`BC-… · supplier : 3 unités, 840,13 $ engagés. Gardé (…)`"""
    said = n_("{n} unité attendue, {cents} engagés", "{n} unités attendues, {cents} engagés", one.outstanding).format(
        n=one.outstanding, cents=money(one.held_cents)
    )
    choice = _(CHOICE_WORDS[Choice(one.choice)]) + f" ({one.reason})" if one.choice else _("Sans décision")
    return f"{one.number} · {one.supplier_name} : {said}. {choice}"


def release_line(found: ReleaseOut) -> str:
    """`2025-2026 : 3 paniers et 1 bon non envoyé, 1 000,00 $ à libérer.`"""
    baskets = n_("{n} panier", "{n} paniers", found.baskets).format(n=found.baskets)
    orders = n_("{n} bon non envoyé", "{n} bons non envoyés", found.orders).format(n=found.orders)
    sentence = _("{year} : {baskets} et {orders}, {cents} à libérer.")
    if found.applied:
        sentence = _("{year} : {baskets} et {orders}, {cents} libérés.")
    return sentence.format(year=found.year, baskets=baskets, orders=orders, cents=money(found.cents))


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
            "{n} enveloppe tient encore de l'argent : son reste attend que ses paniers soient libérés et ses bons, décidés.",
            "{n} enveloppes tiennent encore de l'argent : leur reste attend que leurs paniers soient libérés et leurs bons, décidés.",
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
