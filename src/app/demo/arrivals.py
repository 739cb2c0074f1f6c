"""What came otherwise than ordered: broken, wrong, too many; a receipt taken back; goods sent back; what suppliers say of it all."""

import io
from datetime import date, timedelta

from allocations.orders import queries as orders
from allocations.receipts import issues, operations, settling, undoing
from allocations.receipts.rules import IssueKind, Outcome
from allocations.receipts.schemas import NewIssue, Receive, ReceivedLine, ReportIssues, SettleIssue
from allocations.returns import operations as returns
from allocations.returns.rules import Kind
from allocations.returns.schemas import NewReturn
from allocations.supplier_files import accounts
from allocations.supplier_files import operations as supplier_files
from allocations.supplier_files.schemas import NewAccount
from app.demo.loop import approved, on, ordered
from app.demo.people import acting
from inventory.assets.operations import put_into_service
from kit.actor import Actor
from kit.clock import standing_at

PHOTO = "Carton 2 : coin enfoncé, écran fendu. Photo prise au quai."


async def tell_arrivals(year: str, today: date) -> None:
    """Every kind and outcome of an issue, a receipt undone, a return in each state, a supplier's files."""
    team2, principal2 = await acting("equipe2"), await acting("direction2")
    buyer, technician = await acting("appro"), await acting("technique")
    long_ago, then, lately = (on(today - timedelta(days=days)) for days in (12, 8, 5))

    async def sent(school: str, title: str, bundle: str) -> str:
        basket = await approved(team2, principal2, school, year, title, (bundle, 1))
        (number,) = await ordered(buyer, basket, wanted=today + timedelta(days=20))
        return number

    with standing_at(long_ago):
        broken = await sent("990014", "Îlot du laboratoire", "ilot-six-tablettes")
        wrong = await sent("990015", "Duo de la bibliothèque", "duo-tablettes")
        faulty = await sent("990016", "Duo du corridor", "duo-tablettes")
    with standing_at(then):
        await _broken(technician, broken)
        await _wrong(technician, wrong)
        await _faulty(technician, faulty)
    with standing_at(lately):
        await receive(technician, faulty, "EXR2003")  # in the place of what went back
        await _told(buyer, broken, wrong, today - timedelta(days=5))


async def receive(technician: Actor, order: str, *serials: str, slip: str = "") -> tuple[str, list[str]]:
    """Receive devices of an order's first line by their serials; the receipt's number, and their tags."""
    line = ReceivedLine(position=1, quantity=len(serials), serials=list(serials))
    receipt = await operations.receive(technician, order, Receive(slip=slip, lines=[line]))
    return receipt.number, receipt.lines[0].tags


async def _broken(technician: Actor, order: str) -> None:
    """Four of six at work, one of which goes back for another; one broken in its box, one too many given back at once."""
    _receipt, tags = await receive(technician, order, *(f"EXR000{n}" for n in range(1, 5)), slip="L-2001")
    await put_into_service(technician, tags, room="Local 208")
    over = NewIssue(position=1, kind=IssueKind.over, quantity=1, returned=True, note="Reprise par le livreur.")
    damaged = NewIssue(position=1, kind=IssueKind.damaged, quantity=1, note="Carton enfoncé, écran fendu.")
    _over, aside = await issues.report(technician, order, ReportIssues(issues=[over, damaged], slip="L-2001"))
    await issues.attach(technician, aside.number, name="constat.txt", content=PHOTO.encode())
    dead = NewReturn(kind=Kind.replacement, reason="Ne s'allume plus.", rma="RMA-55120", tags=tags[:1])
    await returns.send_back(technician, order, dead)


async def _wrong(technician: Actor, order: str) -> None:
    """A receipt written on the wrong order; another product accepted in replacement; one sent back for its money."""
    mistaken, _tags = await receive(technician, order, "EXR1001", "EXR1002")
    await undoing.undo(technician, mistaken, why="Le bon de livraison était celui d'une autre école.")
    other = NewIssue(position=1, kind=IssueKind.wrong, quantity=1, product="chromebook", note="Livré à la place.")
    (issue,) = await issues.report(technician, order, ReportIssues(issues=[other]))
    await settling.settle(technician, issue.number, SettleIssue(outcome=Outcome.accepted, serials=["EXR1003"]))
    _receipt, tags = await receive(technician, order, "EXR1004")
    unwanted = NewReturn(kind=Kind.credit, reason="Modèle sans garantie au Québec.", tags=tags)
    await returns.send_back(technician, order, unwanted)


async def _faulty(technician: Actor, order: str) -> None:
    """A return that did not happen, and one whose replacement comes later."""
    _receipt, tags = await receive(technician, order, "EXR2001", "EXR2002")
    stayed = await returns.send_back(
        technician, order, NewReturn(kind=Kind.credit, reason="Étui manquant.", tags=tags[:1])
    )
    await returns.cancel(technician, stayed.number, reason="Le fournisseur a envoyé l'étui.")
    await returns.send_back(
        technician, order, NewReturn(kind=Kind.replacement, reason="Pile défectueuse.", tags=tags[1:])
    )


async def _told(buyer: Actor, broken: str, wrong: str, day: date) -> None:
    """Two files of a supplier, the second newer: lines new, changed, as before, unknown, refused."""
    order = (await orders.one(buyer, broken)).order
    await accounts.link(buyer, NewAccount(supplier=order.supplier, account="81000014", school="990014"))
    soon = (day + timedelta(days=18)).isoformat()
    head = "sales_order_number;material_number;customer_order_number;ship_to_account_no;ordered;outstanding;completed;eta;is_return"
    first = [
        f"SO-70011;tablette-ipad;{broken};81000014;6;2;4;;FALSE",
        f"SO-70012;tablette-ipad;{wrong};;2;0;2;;FALSE",
        "SO-70013;tablette-ipad;4500-9999;81000077;4;4;0;;FALSE",
        f"SO-70014;tablette-ipad;{broken};81000014;2;3;2;;FALSE",
    ]
    second = [f"SO-70011;tablette-ipad;{broken};81000014;6;1;5;{soon};FALSE", *first[1:3]]
    for days, lines in ((2, first), (0, second)):
        file = io.BytesIO("\n".join([head, *lines]).encode())
        listed = day - timedelta(days=days)
        name = f"commandes-{listed}.csv"
        await supplier_files.take(buyer, file, name, supplier=order.supplier, listed_on=listed)
