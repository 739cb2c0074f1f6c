"""`inventory reallocations`."""

from uuid import UUID

import click

from allocations.envelopes.queries import of_measure
from allocations.reallocations import operations, pools, queries
from allocations.reallocations.rules import KIND_WORDS, Kind
from allocations.reallocations.schemas import GiveBack, NewReallocation, PoolChange, PoolOut, ReallocationOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run
from kit.clock import school_year, today
from kit.i18n import _, date_long, money, n_
from kit.paging import MAXIMUM_LIMIT, Page


def _this_year() -> str:
    return school_year(today())


_measure = click.option("--measure", required=True, metavar="CODE", help="Code de la mesure.")
_year = click.option(
    "--year", default=_this_year, metavar="AAAA-AAAA", help="Année scolaire; celle du jour si absente."
)
_reason = click.option("--reason", required=True, metavar="TEXTE", help="Pourquoi; les deux côtés le lisent.")
_cents = click.option("--cents", required=True, type=click.IntRange(min=1), metavar="N", help="Combien, en cents.")
_source = click.option("--from", "source", required=True, metavar="ÉCOLE", help="École dont l'enveloppe donne.")
_target = click.option("--to", "target", required=True, metavar="ÉCOLE", help="École dont l'enveloppe reçoit.")


@click.group("reallocations", cls=Group)
def reallocations() -> None:
    """Virements, prêts et mise en commun des enveloppes d'un organisme."""


@reallocations.command("list")
@click.option("--year", metavar="AAAA-AAAA", help="Seulement cette année scolaire.")
@click.option("--outstanding", is_flag=True, help="Seulement les prêts qui ne sont pas rendus.")
@json_option
@as_option
@run
async def list_command(who: Actor, *, year: str | None, outstanding: bool, as_json: bool) -> None:
    """Lister les virements et les prêts, les plus récents d'abord."""
    found = await queries.listing(who, year=year, outstanding=outstanding, limit=MAXIMUM_LIMIT)
    answer(found, as_json=as_json, lines=lambda: "\n".join(map(_line, found.items)) or "Aucun virement, aucun prêt.")


@reallocations.command("transfer")
@_source
@_target
@_measure
@_year
@_cents
@_reason
@json_option
@as_option
@run
async def transfer_command(
    who: Actor, *, source: str, target: str, measure: str, year: str, cents: int, reason: str, as_json: bool
) -> None:
    """Virer de l'argent de l'enveloppe d'une école à celle d'une autre."""
    done = await operations.transfer(who, await _asked(who, source, target, measure, year, cents, reason))
    answer(done, as_json=as_json, lines=lambda: _line(done))


@reallocations.command("lend")
@_source
@_target
@_measure
@_year
@_cents
@_reason
@json_option
@as_option
@run
async def lend_command(
    who: Actor, *, source: str, target: str, measure: str, year: str, cents: int, reason: str, as_json: bool
) -> None:
    """Prêter de l'argent de l'enveloppe d'une école à celle d'une autre."""
    done = await operations.lend(who, await _asked(who, source, target, measure, year, cents, reason))
    answer(done, as_json=as_json, lines=lambda: _line(done))


@reallocations.command("give-back")
@click.argument("number", metavar="NUMÉRO")
@click.option("--cents", type=click.IntRange(min=1), metavar="N", help="Combien, en cents; tout le reste si absent.")
@_reason
@json_option
@as_option
@run
async def give_back_command(who: Actor, *, number: str, cents: int | None, reason: str, as_json: bool) -> None:
    """Rendre un prêt, en tout ou en partie."""
    done = await operations.give_back(who, number, GiveBack(cents=cents, reason=reason))
    answer(done, as_json=as_json, lines=lambda: _line(done))


@reallocations.command("pools")
@click.option("--year", metavar="AAAA-AAAA", help="Seulement cette année scolaire.")
@json_option
@as_option
@run
async def pools_command(who: Actor, *, year: str | None, as_json: bool) -> None:
    """Ce que les enveloppes des écoles tiennent ensemble, et si elles sont mises en commun."""
    found = await queries.pools(who, year=year)
    answer(Page(found), as_json=as_json, lines=lambda: "\n".join(map(_pool, found)) or "Aucune enveloppe d'école.")


@reallocations.command("share")
@click.argument("board", metavar="ORGANISME")
@_measure
@_year
@click.option("--off", is_flag=True, help="Ne plus mettre en commun; les prêts en cours restent dus.")
@_reason
@json_option
@as_option
@run
async def share_command(
    who: Actor, *, board: str, measure: str, year: str, off: bool, reason: str, as_json: bool
) -> None:
    """Mettre en commun les enveloppes d'une mesure : ce qui manque à une école est emprunté aux autres."""
    done = await pools.share(who, board, measure, year, PoolChange(shared=not off, reason=reason))
    answer(done, as_json=as_json, lines=lambda: _pool(done))


async def _asked(
    who: Actor, source: str, target: str, measure: str, year: str, cents: int, reason: str
) -> NewReallocation:
    return NewReallocation(
        source=await _envelope(who, source, measure, year), target=await _envelope(who, target, measure, year), cents=cents,
        reason=reason,
    )  # fmt: skip


async def _envelope(who: Actor, school: str, measure: str, year: str) -> UUID:
    return (await of_measure(who, school, measure, year)).id


def _line(one: ReallocationOut) -> str:
    said = _("{number} : {kind} de {cents}, de {source} à {target}, le {day} ({reason})").format(
        number=one.number, kind=_(KIND_WORDS[Kind(one.kind)]).lower(), cents=money(one.cents),
        source=one.source_school or one.board, target=one.target_school or one.board, day=date_long(one.made_at),
        reason=one.reason,
    )  # fmt: skip
    return said + (_("; il reste {left} à rendre.").format(left=money(one.left_cents)) if one.left_cents else ".")


def _pool(one: PoolOut) -> str:
    count = n_("{n} enveloppe", "{n} enveloppes", one.envelopes).format(n=one.envelopes)
    state = _("mises en commun") if one.shared else _("chacune pour soi")
    return _("{board}, {measure} {year} : {count}, {state}; {free} libres, {lent} prêtés par la mise en commun.").format(
        board=one.board, measure=one.measure, year=one.year, count=count, state=state, free=money(one.free_cents),
        lent=money(one.lent_cents),
    )  # fmt: skip
