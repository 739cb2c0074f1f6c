"""Writing what the law says, families of goods, and why an order passes a threshold."""

from typing import Any

from allocations.orders import queries as orders
from allocations.orders.rules import State
from allocations.procurement import queries, rules
from allocations.procurement.schemas import Goods, GoodsChange, NewThreshold, OrderWarnings, ThresholdOut
from kit.actor import Actor, Scope, system
from kit.clock import now
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Forbidden, Invalid, Stale, constraint
from kit.events import record
from kit.i18n import _

constraint("procurement_threshold_once", rules.ThresholdSet)


async def give_reason(who: Actor, number: str, *, reason: str, version: int | None = None) -> OrderWarnings:
    """Write why an order passes a threshold, or is no split purchase; a later reason takes the place of the one before.

    Raises Invalid, OrderGone for a cancelled or closed one, Stale, NotFound, Forbidden.
    """
    who.must("order.write")
    why = rules.check_reason(reason)
    async with transaction(who):
        row: Any = await orders.locked(who, number)
        if version is not None and version != row["version"]:
            raise Stale()
        if State(row["state"]) in (State.cancelled, State.closed):
            raise rules.OrderGone(number=number)
        await write_reason(who, row, why)
        return await queries.of_order(who, number)


async def write_reason(who: Actor, row: Any, why: str) -> None:
    """Keep the reason on a locked order, with who gave it. Call inside a transaction."""
    await execute(
        "UPDATE purchase_order SET law_reason = $2, law_reason_by_name = $3, law_reason_at = $4, version = version + 1"
        " WHERE id = $1",
        row["id"], why, who.name, now(),
    )  # fmt: skip
    before = {"reason": row["law_reason"]} if row["law_reason"] else None
    await record(
        who, "order.explained", kind="order", subject=row["number"], board=row["board"], before=before, why=why
    )


async def set_threshold(who: Actor, new: NewThreshold) -> list[ThresholdOut]:
    """Add what the law says from a day on; what was before stays. The ministry's alone. Raises Invalid, ThresholdSet, Forbidden."""
    _province(who)
    rules.check_threshold(new.kind, before_tax_cents=new.before_tax_cents, days=new.days, source=new.source)
    async with transaction(who):
        await execute(
            "INSERT INTO procurement_threshold (kind, from_day, before_tax_cents, days, source, verified, person_name, at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            new.kind, new.from_day, new.before_tax_cents, new.days, new.source.strip(), new.verified, who.name, now(),
        )  # fmt: skip
        await record(who, "threshold.set", kind="threshold", subject=new.kind, after=new)
        return await queries.thresholds(who)


async def set_goods(who: Actor, code: str, change: GoodsChange) -> list[Goods]:
    """Name a family of goods and say exactly what belongs to it; one that is not there is made. Raises Invalid, Forbidden."""
    _province(who)
    name, kinds = change.name.strip(), sorted({kind.strip() for kind in change.kinds} - {""})
    if not name:
        raise Invalid({"name": _("Donnez un nom à cette famille.")})
    async with transaction(who):
        known = {row["code"] for row in await fetch("SELECT code FROM category")}
        if unknown := sorted(set(change.categories) - known):
            raise Invalid({"categories": _("Catégorie inconnue : {codes}.").format(codes=", ".join(unknown))})
        before = next((goods for goods in await queries.goods(who) if goods.code == code), None)
        async with transaction(system()):  # rows are taken off, which the ministry's role may not do
            family = await fetch_value(
                "INSERT INTO goods_family (code, name, name_en) VALUES ($1, $2, $3)"
                " ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en RETURNING id",
                code, name, change.name_en.strip(),
            )  # fmt: skip
            await execute(
                "DELETE FROM goods_family_member WHERE family = $1 OR category = ANY($2::text[]) OR kind = ANY($3::text[])",
                family, list(change.categories), kinds,
            )  # fmt: skip
            await execute(
                "INSERT INTO goods_family_member (family, category, kind) SELECT $1::uuid, c, '' FROM unnest($2::text[]) AS c"
                " UNION ALL SELECT $1::uuid, NULL, k FROM unnest($3::text[]) AS k",
                family, sorted(set(change.categories)), kinds,
            )  # fmt: skip
        await record(who, "goods.changed", kind="goods", subject=code, before=before, after=change)
        return await queries.goods(who)


def _province(who: Actor) -> None:
    who.must("procurement.write")
    if who.scope not in (Scope.ministry, Scope.system):
        raise Forbidden()
