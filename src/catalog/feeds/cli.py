"""`inventory feeds`: the prices that suppliers publish, read and approved."""

import click

from catalog.feeds import operations, queries
from catalog.feeds.reading import read_feed
from catalog.feeds.schemas import FeedBatchOut, FeedOut
from kit.actor import Actor
from kit.cli import Exit, Group, answer, as_option, json_option, run
from kit.i18n import _, n_
from kit.paging import MAXIMUM_LIMIT


@click.group("feeds", cls=Group)
def feeds() -> None:
    """Fils de prix des fournisseurs : les lire, retenir ou rejeter ce qui diffère."""


@feeds.command("list")
@json_option
@as_option
@run
async def list_feeds(who: Actor, *, as_json: bool) -> None:
    """Montrer les fils de prix et ce qu'a donné leur dernière lecture."""
    found = (await queries.search(who, limit=MAXIMUM_LIMIT)).items
    answer(found, as_json=as_json, lines=lambda: "\n".join(map(_told, found)) or _("Aucun fil de prix."))


@feeds.command("fetch")
@click.argument("code", metavar="FIL")
@json_option
@as_option
@run
async def fetch(who: Actor, *, code: str, as_json: bool) -> None:
    """Lire un fil de prix maintenant; ce qui diffère attend une décision."""
    found = await read_feed(who, code)
    answer(found, as_json=as_json, lines=lambda: _told(found))
    if found.outcome == "failed":
        raise Exit(1)


@feeds.command("approve")
@click.argument("code", metavar="FIL")
@click.argument("number", metavar="LOT", type=click.IntRange(min=1))
@json_option
@as_option
@run
async def approve(who: Actor, *, code: str, number: int, as_json: bool) -> None:
    """Retenir les prix d'un lot."""
    found = await operations.approve(who, code, number)
    answer(found, as_json=as_json, lines=lambda: _batch_told(found))


@feeds.command("reject")
@click.argument("code", metavar="FIL")
@click.argument("number", metavar="LOT", type=click.IntRange(min=1))
@click.option("--reason", required=True, metavar="MOTIF", help="Pourquoi ces prix ne sont pas retenus.")
@json_option
@as_option
@run
async def reject(who: Actor, *, code: str, number: int, reason: str, as_json: bool) -> None:
    """Rejeter les prix d'un lot; il reste lisible."""
    found = await operations.reject(who, code, number, reason)
    answer(found, as_json=as_json, lines=lambda: _batch_told(found))


def _told(feed: FeedOut) -> str:
    said = {
        "": _("pas encore lu"),
        "staged": _("lot {number} à décider").format(number=feed.waiting),
        "unchanged": _("rien de neuf"),
        "failed": feed.fault,
    }
    waiting = f" ({said['staged']})" if feed.waiting and feed.outcome != "staged" else ""
    return f"{feed.code} : {said[feed.outcome]}{waiting}"


def _batch_told(batch: FeedBatchOut) -> str:
    said = n_("Lot {number} : {n} prix, {state}.", "Lot {number} : {n} prix, {state}.", batch.differences)
    state = {"approved": _("retenu"), "rejected": _("rejeté")}[batch.state]
    return said.format(number=batch.number, n=batch.differences, state=state)
