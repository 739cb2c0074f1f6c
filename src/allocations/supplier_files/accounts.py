"""Numbers under which suppliers deliver to schools."""

from uuid import UUID

from allocations.supplier_files import queries, rules
from allocations.supplier_files.operations import check_desk, supplier_key
from allocations.supplier_files.schemas import AccountOut, NewAccount
from kit.actor import Actor
from kit.clock import today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Invalid, NotFound
from kit.events import record
from kit.i18n import _


async def link(who: Actor, new: NewAccount) -> AccountOut:
    """Say to which school a supplier delivers under a number. Raises AccountKnown, NotFound."""
    check_desk(who)
    account = new.account.strip()
    if not account:
        raise Invalid({"account": _("Donnez le numéro du compte de livraison.")})
    async with transaction(who):
        supplier = await supplier_key(new.supplier)
        school = await fetch_one("SELECT code, board FROM school WHERE code = $1", new.school)
        if school is None:
            raise NotFound(
                _("L'école {school} n'existe pas ou ne fait pas partie de votre accès.").format(school=new.school)
            )
        who.must("order.write", school=new.school)
        if await fetch_value(
            "SELECT 1 FROM supplier_account WHERE supplier = $1 AND board = $2 AND account = $3 AND closed_on IS NULL",
            supplier, school["board"], account,
        ):  # fmt: skip
            raise rules.AccountKnown(account=account)
        key = await fetch_value(
            "INSERT INTO supplier_account AS a (supplier, account, board, school) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT ON CONSTRAINT supplier_account_once DO UPDATE SET school = EXCLUDED.school, closed_on = NULL,"
            " version = a.version + 1 RETURNING id",
            supplier, account, school["board"], school["code"],
        )  # fmt: skip
        await record(
            who, "supplier_account.linked", kind="supplier", subject=new.supplier, board=school["board"], school=school["code"],
            after={"account": account, "school": school["code"]},
        )  # fmt: skip
        return await queries.account(who, key)


async def close(who: Actor, account: UUID) -> AccountOut:
    """A number under which nothing is delivered any more. Raises NotFound."""
    check_desk(who)
    async with transaction(who):
        found = await queries.account(who, account)
        if found.closed_on is None:
            await execute(
                "UPDATE supplier_account SET closed_on = $2, version = version + 1 WHERE id = $1", account, today()
            )
            await record(
                who, "supplier_account.closed", kind="supplier", subject=found.supplier, board=found.board, school=found.school,
                before={"account": found.account},
            )  # fmt: skip
        return await queries.account(who, account)
