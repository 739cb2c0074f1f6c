"""A supplier's statement of account, compared with what is entered: each paper gets its verdict, and the trail says who compared."""

from datetime import date
from typing import BinaryIO

from allocations.invoices.entering import check_desk
from allocations.invoices.files import LARGEST, MOST_ROWS
from allocations.invoices.queries import seen
from allocations.invoices.schemas import StatementLine, StatementOut
from kit.actor import Actor
from kit.cells import code, day, dollars
from kit.database import fetch, fetch_value, transaction
from kit.encodings import Unreadable
from kit.errors import Invalid
from kit.events import record
from kit.filters import Where
from kit.i18n import _, lazy
from kit.tabular import Column, Refusal, read_table

COLUMNS = (
    Column(
        "supplier_number", lazy("Numéro de facture"),
        ("numero de facture", "no de facture", "n° de facture", "facture", "document", "invoice", "invoice number"),
        code(longest=60), needed=True, filled=True,
    ),
    Column("dated", lazy("Date"), ("date", "date de facture", "invoice date"), day()),
    Column("total", lazy("Total"), ("total", "montant", "solde", "amount", "balance"), dollars(), needed=True, filled=True),
)  # fmt: skip

# Every live paper of the supplier that is not paid, and the paid ones that the statement names.
_OURS = r"""
SELECT v.number, v.supplier_number, lower(regexp_replace(v.supplier_number, '\s', '', 'g')) AS key, v.state, v.dated,
       CASE v.kind WHEN 'invoice' THEN v.total_cents ELSE -v.total_cents END AS cents
FROM invoice v JOIN supplier p ON p.id = v.supplier
WHERE {where} AND v.state NOT IN ('rejected', 'cancelled')
    AND (v.state <> 'paid' OR lower(regexp_replace(v.supplier_number, '\s', '', 'g')) = ANY({keys}::text[]))
ORDER BY v.number LIMIT {most}
"""


async def compare(who: Actor, supplier: str, file: BinaryIO, name: str) -> StatementOut:
    """What a supplier says that the board owes, against its invoices: `same`, `amount`, `paid`, `absent` (we have none), `ours`
    (they name none). Credit notes are negative on a statement. Raises Unreadable, Invalid for an unknown supplier."""
    check_desk(who)
    where = seen(who, Where())
    where.add("p.code = {}", supplier)
    table = read_table(file, name, COLUMNS, largest=LARGEST)
    theirs: dict[str, tuple[str, date | None, int]] = {}
    refused: list[Refusal] = []
    for read, row in enumerate(table.rows, 1):
        if read > MOST_ROWS:
            raise Unreadable(_("« {name} » dépasse 10 000 lignes : coupez-le.").format(name=name))
        if row.refusal:
            refused.append(row.refusal)
            continue
        number = row.values["supplier_number"]
        theirs["".join(number.split()).lower()] = (number, row.values.get("dated"), row.values["total"])
    keys = where.argument(list(theirs))
    async with transaction(who):
        if not await fetch_value("SELECT true FROM supplier WHERE code = $1 LIMIT 1", supplier):
            raise Invalid({"supplier": _("Aucun fournisseur n'a le code « {code} ».").format(code=supplier)})
        rows = await fetch(_OURS.format(where=where, keys=keys, most=2 * MOST_ROWS), *where.args)
        await record(
            who, "statement.compared", kind="supplier", subject=supplier, board=who.board,
            after={"file": name[:120], "papers": len(theirs), "cents": sum(cents for _n, _d, cents in theirs.values())},
        )  # fmt: skip
    known = {row["key"]: row for row in rows}
    lines = []
    for key, (number, dated, cents) in theirs.items():
        ours = known.get(key)
        verdict = (
            "absent"
            if ours is None
            else "amount"
            if ours["cents"] != cents
            else "paid"
            if ours["state"] == "paid"
            else "same"
        )
        lines.append(
            StatementLine(
                supplier_number=number, dated=dated, verdict=verdict, number=ours["number"] if ours else "",
                their_cents=cents, our_cents=ours["cents"] if ours else 0,
            )
        )  # fmt: skip
    lines += [
        StatementLine(
            supplier_number=row["supplier_number"], dated=row["dated"], verdict="ours", number=row["number"], their_cents=0,
            our_cents=row["cents"],
        )
        for row in rows
        if row["key"] not in theirs
    ]  # fmt: skip
    return StatementOut(
        supplier=supplier,
        lines=lines,
        their_cents=sum(cents for _number, _dated, cents in theirs.values()),
        our_cents=sum(row["cents"] for row in rows if row["state"] != "paid"),
        refused=refused,
    )


VERDICTS = {
    "same": lazy("concorde"),
    "amount": lazy("montant différent"),
    "paid": lazy("déjà payée"),
    "absent": lazy("pas inscrite chez nous"),
    "ours": lazy("absente du relevé"),
}
