"""The message of an order sent again: it failed, its address was corrected, or the supplier says that nothing came."""

from allocations.orders import queries, revisions, rules
from allocations.orders.operations import check_sender, locked
from allocations.orders.rules import Act, State
from allocations.orders.schemas import OrderFile
from kit.actor import Actor
from kit.database import execute, transaction
from kit.errors import Invalid
from kit.events import record
from kit.i18n import _


async def resend(who: Actor, number: str, *, email: str | None = None, version: int | None = None) -> OrderFile:
    """Put the order's last revision in the outbox again, for this address or that of the catalogue.

    Its money stays committed. Raises MailCarriesIt while a message waits, NotSent, Invalid without an address, Stale, NotFound.
    """
    check_sender(who)
    async with transaction(who):
        row = await locked(who, number, version)
        rules.check(Act.amend, State(row["state"]), number)
        file = await queries.one(who, number)
        if file.mail == "waiting":
            raise rules.MailCarriesIt(number=number)
        address = (email or "").strip() or file.supplier.email
        if not address or "@" not in address or any(sign.isspace() for sign in address):
            raise Invalid({"email": _("Donnez l'adresse du fournisseur, par exemple ventes@exemple.ca.")})
        await revisions.send_again(who, row, recipient=address)
        await execute("UPDATE purchase_order SET sent_how = '', version = version + 1 WHERE id = $1", row["id"])
        await record(
            who, "order.resent", kind="order", subject=number, board=row["board"],
            before={"mail": file.mail}, after={"email": address, "revision": row["revision"]},
        )  # fmt: skip
        return await queries.one(who, number)
