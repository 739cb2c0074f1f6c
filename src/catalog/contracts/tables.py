from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.scope import SHARED_OR_OWN
from catalog.suppliers.tables import Supplier
from directory.boards.tables import Board
from kit.columns import day, flag, identity, reference, row_version, short, text
from kit.policies import Access, scoped


class Contract(Table, tablename="contract"):
    """What prices are bought under: a group purchase, a call-off, a local agreement, a direct award (domain.md 3.1, 3.2).

    `number` is the official one, printed on orders; `until_day` leaves renewal options out, `options_until` counts them in.
    `binds_all`: every board; else those of `contract_bound`. `board`: the contract of that board alone.
    """

    id = identity()
    code = short(40)
    board = reference(Board, null=True)
    number = short(60)
    name = short(200)
    kind = short(12)
    supplier = reference(Supplier)
    from_day = day(null=False)
    until_day = day()
    options = short(300)
    options_until = day()
    binds_all = flag()
    file_note = text()
    closed_on = day()
    version = row_version()

    contract_code_once = Unique([code])
    contract_kind_known = Check("kind IN ('group', 'call_off', 'local', 'direct')")
    contract_days_in_order = Check("until_day >= from_day AND (options_until IS NULL OR options_until >= until_day)")
    contract_of_board_binds_it_alone = Check("board IS NULL OR NOT binds_all")


class ContractKind(Table, tablename="contract_kind"):
    """A product kind that must be bought under the contract by whoever it binds. `board` is the contract's, for its policy."""

    id = identity()
    contract = reference(Contract)
    board = reference(Board, null=True)
    kind = short(60, index=True)

    contract_kind_once = Unique([contract, kind])


class ContractBound(Table, tablename="contract_bound"):
    """A board that a shared contract binds; all may know who is bound by one."""

    id = identity()
    contract = reference(Contract)
    bound = reference(Board)

    contract_bound_once = Unique([contract, bound])


scoped(Contract, condition=SHARED_OR_OWN, access=Access.read)
scoped(ContractKind, condition=SHARED_OR_OWN, access=Access.read)
scoped(ContractBound, shared="who is bound by a shared contract is published", access=Access.read)
