"""`inventory orders`."""

from datetime import date

import click

from allocations.orders import operations, previewing
from allocations.orders.grouping_schemas import Plan
from allocations.orders.rules import AllAside, NothingToOrder
from allocations.orders.schemas import OrderOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run, say
from kit.i18n import _, money, n_, number

basket_option = click.option(
    "--basket",
    "baskets",
    multiple=True,
    metavar="NUMÉRO",
    help="Ce panier seul; se répète. Absent : tout ce qui attend.",
)


@click.group("orders", cls=Group)
def orders() -> None:
    """Bons de commande : regrouper les paniers approuvés d'un organisme. Donnez « --as » : une personne de l'approvisionnement."""


@orders.command("preview")
@basket_option
@click.option("--justified", is_flag=True, help="Comme si l'achat hors d'un contrat obligatoire était justifié.")
@json_option
@as_option
@run
async def preview_command(who: Actor, *, baskets: tuple[str, ...], justified: bool, as_json: bool) -> None:
    """Dire ce que « build » ferait, sans rien écrire : bons, montants, lignes de côté et pourquoi."""
    plan = await previewing.preview(who, selections=baskets or None, justified=justified)
    answer(plan, as_json=as_json, lines=lambda: "\n".join(_told(plan)))


@orders.command("build")
@basket_option
@click.option("--wanted", type=click.DateTime(["%Y-%m-%d"]), metavar="AAAA-MM-JJ", help="Livraison souhaitée.")
@click.option(
    "--justification", default="", metavar="TEXTE", help="Pourquoi hors d'un contrat obligatoire; vous l'attestez."
)
@click.option("--reason", default="", metavar="TEXTE", help="Pourquoi ce n'est pas un achat fractionné.")
@json_option
@as_option
@run
async def build_command(
    who: Actor, *, baskets: tuple[str, ...], wanted: date | None, justification: str, reason: str, as_json: bool
) -> None:
    """Créer les bons de commande des paniers approuvés; une deuxième fois, il ne reste rien à faire."""
    made: list[OrderOut] = []
    try:
        made = await operations.build(
            who,
            selections=baskets or None,
            requested_on=wanted and date(wanted.year, wanted.month, wanted.day),
            justification=justification,
            reason=reason,
        )
    except (AllAside, NothingToOrder) as nothing:
        say(nothing.detail)
    answer(made, as_json=as_json, lines=lambda: "\n".join(map(_made, made)))


def _told(plan: Plan) -> list[str]:
    lines = [plan.sentence]
    for order in plan.orders:
        said = n_(
            "{supplier}, {year} : {n} ligne, {amount} net", "{supplier}, {year} : {n} lignes, {amount} net", order.lines
        )
        lines.append(
            said.format(
                supplier=order.supplier_name, year=order.year, n=number(order.lines), amount=money(order.net_cents)
            )
        )
        lines += [f"  {warned.sentence}" for warned in order.warnings]
    lines += [f"{line.selection} · {line.description} : {line.sentence}" for line in plan.aside]
    return lines


def _made(order: OrderOut) -> str:
    return _("{number} · {supplier} : {amount} net").format(
        number=order.number, supplier=order.supplier_name, amount=money(order.net_cents)
    )
