"""What the walk's world received: an order whose goods came broken, went back, or were told of by its supplier."""

import io
from typing import Any

from allocations.orders import operations as orders
from allocations.receipts import issues, operations
from allocations.receipts.rules import IssueKind
from allocations.receipts.schemas import NewIssue, Receive, ReceivedLine, ReportIssues
from allocations.returns import operations as returns
from allocations.returns.rules import Kind
from allocations.returns.schemas import NewReturn
from allocations.supplier_files import accounts
from allocations.supplier_files import operations as supplier_files
from allocations.supplier_files.schemas import NewAccount
from kit.actor import Actor


def supplier_file(order: str, said: str = "Tablette") -> bytes:
    """One line of a supplier's own file on an order."""
    line = f'SO-1,appareil,"{said.translate({34: None})}",{order},3,3,0'
    return f"sales_order_number,material_number,description,customer_order_number,ordered,outstanding,completed\n{line}\n".encode()


async def add_arrivals(things: dict[str, Any], basket: str, buyer: Actor, technician: Actor, secret: str) -> None:
    """An order of three units: one received and sent back, one received since, one broken."""
    (order,) = await orders.build(buyer, selections=[basket])
    await orders.send(buyer, order.number)
    things["arrived_order"] = order.number
    one = Receive(lines=[ReceivedLine(position=1, quantity=1)], slip=secret, note=secret)
    first = await operations.receive(technician, order.number, one)
    gone = NewReturn(kind=Kind.credit, reason=secret, rma=secret[:60], tags=first.lines[0].tags)
    things["return"] = (await returns.send_back(technician, order.number, gone)).number
    second = await operations.receive(technician, order.number, one)
    things["late_receipt"], things["late_device"] = second.number, second.lines[0].tags[0]
    broken = NewIssue(position=1, kind=IssueKind.damaged, quantity=1, note=secret)
    (issue,) = await issues.report(technician, order.number, ReportIssues(issues=[broken], slip=secret))
    things["issue"] = issue.number
    photo = await issues.attach(technician, issue.number, name=f"{secret[:40]}.txt", content=secret.encode())
    things["photo"] = photo.id
    link = NewAccount(supplier=order.supplier, account=secret[:60], school="990001")
    things["account"] = (await accounts.link(buyer, link)).id
    file = io.BytesIO(supplier_file(order.number, secret))
    told = await supplier_files.take(buyer, file, f"{secret[:40]}.csv", supplier=order.supplier)
    things["supplier_file"] = told.number
