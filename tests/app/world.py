"""A small network for the walk: school 990001 has one of everything, its sibling and another board look on.

All texts of 990001 hold `CANARY`, which nobody else may ever read, and `LURE`, by which a search would find them.
"""

from dataclasses import dataclass, field
from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.envelopes.board_account import book
from allocations.envelopes.rules import Move
from allocations.orders import operations as orders
from allocations.reallocations import operations as reallocations
from allocations.reallocations.schemas import NewReallocation
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.selections import decisions
from allocations.selections import operations as selections
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from allocations.years import operations as years
from catalog.bundles import operations as bundles
from catalog.bundles import photos
from catalog.bundles.schemas import BundleContent, NewBundleLine
from directory.imports import operations as imports
from directory.invitations import operations as invitations
from directory.people import operations as people
from directory.people.actors import actor_of_person
from directory.people.schemas import GrantIn
from inventory.assets import operations as assets
from inventory.assets.schemas import NewAsset
from inventory.floor import operations as floor
from inventory.tickets import operations as tickets
from kit.actor import Actor, system
from kit.database import execute, fetch_value, transaction
from tests.app.accounts import add_accounts
from tests.app.approvals import add_approvals
from tests.app.arrivals import add_arrivals
from tests.app.catalogue import add_catalogue
from tests.app.grants import add_grants
from tests.app.invoices import add_invoices
from tests.app.orders import add_orders
from tests.directory.imports import lists
from tests.factories import (
    give_role,
    make_actor,
    make_approved,
    make_building,
    make_bundle,
    make_envelope,
    make_headcount,
    make_person,
    make_product,
    make_school,
    make_session,
    make_token,
)

CANARY = "zibeline"
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0"  # all that says that it is one
LURE = "appeau"
SECRET = f"{LURE} {CANARY}"


@dataclass
class Person:
    """Somebody who asks: by session on pages, by token in the API."""

    actor: Actor
    session: str
    token: str  # may read and write
    reader: str = ""  # a token that may only read
    ended: tuple[str, ...] = ()  # tokens that are expired, or revoked
    bound: str | None = None  # the one school that their token is good for


@dataclass
class World:
    """`rightful`: people of 990001 and its board, the least powerful first. `things`: keys and numbers of what 990001 has."""

    rightful: dict[str, Person] = field(default_factory=dict)
    others: dict[str, Person] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    foreign: dict[str, Any] = field(default_factory=dict)  # what the stranger has
    joint: dict[str, str] = field(default_factory=dict)  # an order and a receipt that the sibling school shares
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)  # of every table, as the world was made

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["things"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def marks(self) -> list[str]:
        """Texts by which a row of 990001 is known; what its neighbours know too, and numbers of one digit, mark nothing."""
        common = (
            "board",
            "region",
            "upload",
            "applied_batch",
            "staged_batch",
            "other_envelope",
            "delegation",
            "replacement",
            "deputy",
            "drafted_bundle",
        )
        return [CANARY, *(str(value) for name, value in self.things.items() if name not in common)]


async def make_world() -> World:
    """The network, made through operations wherever there is one. Call inside a transaction that will be undone."""
    world = World()
    await _network(world)
    await _people(world)
    await _catalogue(world)
    await _money(world)
    await _devices(world)
    await _care(world)
    await _lists(world)
    await _foreign(world)
    async with transaction(system()):  # what the scan forbade to the planner
        await execute("SET LOCAL enable_nestloop = on")
        await execute("SET LOCAL jit = off")
    return world


async def _network(world: World) -> None:
    await make_school("990001", name=f"École {SECRET}")
    await make_school("990002")
    await make_school("991001", board="991000")
    await make_building("990801", name=f"Pavillon {SECRET}")
    await make_building("990802", school="990002")
    await make_building("991801", school="991001")
    await make_headcount("990001", 120)
    await make_headcount("990002", 0)
    await make_headcount("991001", 0)
    async with transaction(system()):
        await execute("UPDATE school SET region = '05' WHERE code LIKE '99%'")
    world.things |= {"school": "990001", "building": "990801"}
    world.things |= {"board": "990000", "region": "05"}  # known to their neighbours


async def _people(world: World) -> None:
    here, board = {"school": "990001"}, {"board": "990000"}
    places: dict[str, dict[str, str]] = {
        "school_team": here, "principal": here, "technician": board, "purchasing": board, "board_admin": board,
        "auditor": board, "ministry": {},
    }  # fmt: skip
    for role, place in places.items():
        secret = f"{role}.{CANARY}" if place is here else role
        world.rightful[role] = await _person(await make_actor(role, email=f"{secret}@exemple.ca", **place))
    sibling = await make_actor("school_team", "principal", school="990002", email="voisine@exemple.ca")
    world.others["the sibling school"] = await _person(sibling)
    stranger = await _everything("etrangere@exemple.ca", "991001", "991000")
    world.others["a stranger of another board"] = await _person(stranger)
    # All rights of the board, but through a token that is good for one school.
    narrow = await _everything("bornee@exemple.ca", "990002", "990000")
    world.others["a board's person bound to the sibling school"] = await _person(narrow, school="990002")
    team = world.rightful["school_team"].actor
    world.things["person"] = team.email
    _token, kept = await people.create_token(team, email=team.email, name=SECRET, scopes=["read"], days=9)
    world.things["token"] = kept.id
    world.things["grant"] = await fetch_value("SELECT id FROM role_grant WHERE person = $1", team.person)
    await _invited(world)


async def _invited(world: World) -> None:
    """Somebody invited, the team invited once more by a link that they hold, and somebody whose access was closed."""
    role = [GrantIn(role="technician", board="990000")]
    invited = await invitations.invite(system(), email=f"invitee.{CANARY}@exemple.ca", grants=role)
    again = await invitations.invite(system(), email=f"equipe.{CANARY}@exemple.ca", grants=role)
    world.things["invitation"] = invited.id
    world.things["mailed_token"] = (await invitations.link_of(system(), again.id)).rpartition("/")[2]
    await execute("UPDATE invitation SET email = $2 WHERE id = $1", again.id, world.person)
    await make_session(world.person)
    world.things["closed_person"] = await make_person("partie@exemple.ca")
    await give_role(world.closed_person, "school_team", school="990001")
    await people.deactivate(system(), world.closed_person)


async def _everything(email: str, school: str, board: str) -> Actor:
    await make_person(email)
    for role in ("school_team", "principal"):
        await give_role(email, role, school=school)
    for role in ("technician", "purchasing", "board_admin", "auditor"):
        await give_role(email, role, board=board)
    return await actor_of_person(email)


async def _person(actor: Actor, *, school: str | None = None) -> Person:
    email = actor.email
    revoked = await make_token(email)
    await execute(
        "UPDATE api_token SET revoked_at = now() WHERE person = $1 AND id = (SELECT max(id::text)::uuid FROM api_token)",
        actor.person,
    )
    return Person(
        actor=actor,
        session=await make_session(email),
        token=await make_token(email, board="990000" if school else None, school=school),
        reader=await make_token(email, "read"),
        ended=(revoked, await make_token(email, days=-1)),
        bound=school,
    )


async def _catalogue(world: World) -> None:
    await make_product("appareil", 100_00)
    await make_bundle("combo", ("appareil", 2))
    async with transaction(system()):
        await execute("UPDATE supplier SET email = 'commandes@exemple.ca'")
    await photos.put(system(), "combo", name="combo.png", content=PICTURE, words="Deux appareils", words_en="")
    lines = [NewBundleLine(product="appareil", quantity=1)]
    content = BundleContent(name="Combo", category="flotte-appareils", levels=["primary"], lines=lines)
    world.things["drafted_bundle"] = (await bundles.draft(system(), "brouillon", content, version=None)).slug


async def _money(world: World) -> None:
    """One selection in each state, one order in each state, and a receipt."""
    things, team, buyer = world.things, world.rightful["school_team"].actor, world.rightful["purchasing"].actor
    things["envelope"] = await make_envelope(cents=50_000_00)
    await envelopes.allocate(system(), [Move(things["envelope"], 1_00, SECRET)])
    draft = await _composed(team)
    things["draft"], things["line"] = draft.number, draft.lines[0].id
    things["submitted"] = await _submitted(team)
    refused = await _submitted(team)
    director = world.rightful["principal"].actor
    await decisions.refuse(director, refused, version=3, reason=SECRET)
    things["refused"] = refused
    things["approved"], *ordered = [await _approved(team, director) for _ in range(4)]
    for name, number in zip(("draft_order", "sent_order", "received_order"), ordered, strict=True):
        (order,) = await orders.build(buyer, selections=[number])
        things[name] = order.number
    for name in ("sent_order", "received_order"):
        await orders.send(buyer, things[name])
    come = Receive(
        lines=[ReceivedLine(position=1, quantity=2, serials=["SN01", f"S-{CANARY}"])], slip=SECRET, note=SECRET
    )
    receipt = await receipts.receive(world.rightful["technician"].actor, things["received_order"], come)
    await add_approvals(things, world.rightful["board_admin"].actor, director, team, SECRET)
    await add_orders(things, world.rightful["board_admin"].actor, buyer, SECRET)
    things["receipt"] = receipt.number
    things["received"], things["working"] = receipt.lines[0].tags
    await _joint(world, await _approved(team, director))
    technician = world.rightful["technician"].actor
    await add_arrivals(things, await _approved(team, director), buyer, technician, SECRET)
    invoiced = [await _approved(team, director) for _ in range(2)]
    await add_catalogue(buyer)
    await add_grants(things, director, buyer, world.rightful["ministry"].actor, SECRET)
    await add_invoices(things, invoiced, buyer, world.rightful["technician"].actor, SECRET)


async def _joint(world: World, number: str) -> None:
    """An order that both schools of the board have a part of, and its receipt."""
    buyer, technician = world.rightful["purchasing"].actor, world.rightful["technician"].actor
    both = [number, await make_approved(("appareil", 1), school="990002")]
    (order,) = await orders.build(buyer, selections=both)
    await orders.send(buyer, order.number)
    come = Receive(lines=[ReceivedLine(position=1, quantity=1), ReceivedLine(position=2, quantity=1)])
    receipt = await receipts.receive(technician, order.number, come)
    world.joint = {"orders": order.number, "receipts": receipt.number}
    async with transaction(system()):
        other = await fetch_value(
            "INSERT INTO envelope (board, school, measure, year) SELECT board, NULL, measure, year FROM envelope WHERE id = $1"
            " RETURNING id",
            world.things["envelope"],
        )
        await book(system(), world.board, "2026-2027", 1, SECRET)
    world.things["other_envelope"] = other
    new = NewReallocation(source=world.things["envelope"], target=other, cents=5_00, reason=SECRET)
    world.things["reallocation"] = (await reallocations.lend(buyer, new)).number


async def _composed(team: Actor) -> SelectionOut:
    new = NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027", title=f"Panier {SECRET}")
    basket = await selections.draft(team, new)
    line = NewLine(product="appareil", quantity=3, building="990801", use=SECRET)
    return await selections.put_line(team, basket.number, line, version=basket.version)


async def _submitted(team: Actor) -> str:
    basket = await _composed(team)
    return (await decisions.submit(team, basket.number, version=basket.version)).number


async def _approved(team: Actor, director: Actor) -> str:
    number = await _submitted(team)
    return (await decisions.approve(director, number, version=3, reason=SECRET)).number


async def _devices(world: World) -> None:
    things, who = world.things, world.rightful["technician"].actor
    await assets.put_into_service(who, [things["working"]], room=SECRET)
    for name in ("broken", "lost"):
        new = NewAsset(
            school="990001", category="flotte-appareils", name=f"Tablette {SECRET}", note=SECRET, in_service=True
        )
        things[name] = (await assets.add_asset(who, new)).tag
    await assets.take_out_of_service(who, things["broken"], why=SECRET)
    await assets.report_lost(who, things["lost"], why=SECRET)
    things["label_code"] = await fetch_value("SELECT label_code FROM asset WHERE tag = $1", things["working"])
    async with transaction(system()):
        # What a label says to anybody who scans it: the model, not what the school wrote.
        await execute("UPDATE asset SET maker = 'Atelier', model = 'M1' WHERE tag = $1", things["working"])
        await execute("UPDATE asset SET name = name || $1, note = $1 WHERE tag = ANY($2::text[])", f" {SECRET}",
                      [things["received"], things["working"]])  # fmt: skip


async def _care(world: World) -> None:
    things, who = world.things, world.rightful["technician"].actor
    for name in ("ticket", "closed_ticket"):
        opened = await tickets.open_ticket(
            world.rightful["school_team"].actor, things["working"], subject=SECRET, description=SECRET
        )
        things[name] = opened.number
    await tickets.comment(who, things["ticket"], body=f"Note interne {SECRET}", internal=True)
    await tickets.close(who, things["closed_ticket"], answer=SECRET)
    await floor.scan(system())
    things["flag"] = await fetch_value("SELECT id FROM floor_flag WHERE school = '990001' LIMIT 1")
    await floor.acknowledge(world.rightful["principal"].actor, things["flag"], SECRET)


async def _lists(world: World) -> None:
    """An applied batch that can be taken back, and a staged one."""
    who = world.rightful["ministry"].actor
    await years.close(who, "2024-2025", reason="Reddition de comptes reçue")
    buyer, principal = world.rightful["purchasing"].actor, world.rightful["principal"].actor
    await add_accounts(world.things, buyer, principal, SECRET)
    boards = [lists.board("990000", "Organisme du lot"), lists.board("991000", "Autre organisme du lot")]
    applied = await imports.import_list(who, "boards", [lists.listed("boards", *boards)], accept=True)
    boards[0] = lists.board("990000", f"Organisme {SECRET}")
    named = lists.source(lists.text(lists.BOARD_COLUMNS, boards), f"{CANARY}.csv")
    staged = await imports.import_list(who, "boards", [named])
    world.things |= {"applied_batch": applied.batch, "staged_batch": staged.batch}


async def _foreign(world: World) -> None:
    """What the stranger has of their own, to be named beside what they have not."""
    who = world.others["a stranger of another board"].actor
    new = NewAsset(school="991001", category="flotte-appareils", name="Tablette")
    world.foreign["received"] = (await assets.add_asset(who, new)).tag
    world.foreign["approved"] = await make_approved(("appareil", 1), school="991001")
    past = await make_envelope("991001", 1_000_00, year="2020-2021")
    ordered = [await make_approved(("appareil", 1), school="991001", envelope=past, number="P-991001-2020-001")]
    world.foreign["order"] = (await orders.build(who, selections=ordered))[0].number
