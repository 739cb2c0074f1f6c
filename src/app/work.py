"""What waits on a person: at most five tasks, by what they may do. Each count is one small query of its noun."""

from collections.abc import AsyncIterator
from datetime import date, datetime

import msgspec

from allocations.orders import counts as orders
from allocations.selections import queues as selections
from allocations.selections.rules import State
from inventory.assets import queries as assets
from inventory.floor import queries as floor
from inventory.tickets import queries as tickets
from kit.actor import Actor, Scope
from kit.database import transaction
from kit.i18n import _, date_long, n_, number
from kit.waiting import Waiting

MOST = 5


class Task(msgspec.Struct, frozen=True):
    """So many things to do (`title` says how many of what), the oldest since when, and where."""

    title: str
    since: str
    url: str


async def tasks(who: Actor) -> list[Task]:
    """What waits on `who`, the most pressing first."""
    async with transaction(who):
        return [task async for task in _found(who)][:MOST]


async def _found(who: Actor) -> AsyncIterator[Task]:
    for desk in (_decide, _order, _school, _devices, _floor):
        async for task in desk(who):
            yield task


async def _decide(who: Actor) -> AsyncIterator[Task]:
    if who.may("selection.approve") and who.person is not None and (n := await selections.to_decide(who)):
        yield _task(n_("{n} panier à approuver", "{n} paniers à approuver", n.n), n, "/approvals")


async def _order(who: Actor) -> AsyncIterator[Task]:
    buys, receives = who.may("order.write"), who.may("receipt.write")
    if not buys and not receives:
        return
    work = await orders.work(who)
    if late := work.late:
        said = n_("{n} bon de commande en retard", "{n} bons de commande en retard", late.n)
        yield _task(said, late, "/orders?late=true", oldest=_("Promis pour le {day}"))
    if buys and (n := await orders.to_order(who)):
        said = n_("{n} panier approuvé à commander", "{n} paniers approuvés à commander", n.n)
        yield _task(said, n, "/orders/build", oldest=_("Le plus ancien approuvé le {day}"))
    if who.may("order.send") and (n := work.drafts):
        yield _task(
            n_("{n} bon de commande à envoyer", "{n} bons de commande à envoyer", n.n), n, "/orders?state=draft"
        )
    if receives and (n := work.awaited):
        said = n_("{n} bon de commande à recevoir", "{n} bons de commande à recevoir", n.n)
        yield _task(said, n, "/orders", oldest=_("Le plus ancien envoyé le {day}"))


async def _school(who: Actor) -> AsyncIterator[Task]:
    if who.scope is not Scope.school or not who.may("selection.compose"):
        return
    if n := await selections.to_finish(who, State.refused):
        said = n_("{n} panier refusé à corriger", "{n} paniers refusés à corriger", n.n)
        yield _task(said, n, "/selections?state=refused", oldest=_("Le plus ancien refusé le {day}"))
    if n := await selections.to_finish(who, State.change_asked):
        said = n_(
            "{n} panier sur lequel une précision est demandée",
            "{n} paniers sur lesquels une précision est demandée",
            n.n,
        )
        yield _task(said, n, "/selections?state=change_asked", oldest=_("La plus ancienne demandée le {day}"))
    if n := await selections.to_finish(who, State.draft):
        said = n_("{n} panier à terminer", "{n} paniers à terminer", n.n)
        yield _task(said, n, "/selections?state=draft", oldest=_("Le plus ancien commencé le {day}"))


async def _devices(who: Actor) -> AsyncIterator[Task]:
    if who.may("asset.write") and (n := await assets.to_put_into_service(who)):
        said = n_("{n} bien à mettre en service", "{n} biens à mettre en service", n.n)
        yield _task(said, n, "/assets?state=received", oldest=_("Le plus ancien reçu le {day}"))
    if who.may("ticket.triage") and (n := await tickets.to_take(who)):
        said = n_("{n} billet à prendre en charge", "{n} billets à prendre en charge", n.n)
        yield _task(said, n, "/tickets?state=open", oldest=_("Le plus ancien ouvert le {day}"))


async def _floor(who: Actor) -> AsyncIterator[Task]:
    """A school reads its own floor above its tasks."""
    if who.scope is Scope.school or not who.may("floor.read"):
        return
    if n := await floor.schools_below(who):
        url = f"/coverage/boards/{who.board}?status=below" if who.board else "/coverage"
        said = n_("{n} école sous le plancher", "{n} écoles sous le plancher", n.n)
        yield _task(said, n, url, oldest=_("Au plus tôt depuis le {day}"))


def _task(title: str, waiting: Waiting, url: str, *, oldest: str = "") -> Task:
    since: date | datetime | None = waiting.since
    said = (oldest or _("Le plus ancien : {day}")).format(day=date_long(since)) if since else ""
    return Task(title.format(n=number(waiting.n)), said, url)
