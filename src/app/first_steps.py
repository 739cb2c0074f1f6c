"""The first day of an installation: what has to be loaded before anything else works, and what has been."""

import msgspec

from kit.actor import Actor, Scope, system
from kit.database import fetch_one, transaction
from kit.i18n import _


class Step(msgspec.Struct, frozen=True):
    """What to do and whether it is done: on the page `url`, else by `command` on the server."""

    title: str
    done: bool
    url: str | None = None
    command: str = ""


async def first_steps(who: Actor) -> list[Step]:
    """All of them, for whoever loads the network, until none is left; then, and for others, nothing."""
    if who.scope is not Scope.ministry or not who.may("import.write"):
        return []
    async with transaction(system()):  # whether there is any, no more: a board's accounts are not the ministry's to see
        there = await fetch_one(
            "SELECT EXISTS (SELECT FROM board) AS boards, EXISTS (SELECT FROM school) AS schools,"
            " EXISTS (SELECT FROM headcount) AS headcounts, EXISTS (SELECT FROM product) AS products,"
            " EXISTS (SELECT FROM role_grant WHERE board IS NOT NULL) AS people"
        )
    assert there
    if all(there.values()):
        return []
    new = "/imports/new"
    return [
        Step(_("Charger la liste des organismes"), there["boards"], new),
        Step(_("Charger la liste des écoles, puis celle des immeubles"), there["schools"], new),
        Step(_("Charger les effectifs, dont dépend le plancher"), there["headcounts"], new),
        Step(_("Charger un catalogue"), there["products"], command="inventory import catalogue --starter"),
        Step(
            _("Ouvrir un compte à l'administration d'un organisme, qui invitera les autres"),
            there["people"],
            command='inventory user add COURRIEL --name "NOM" --role board_admin:CODE',
        ),
    ]
