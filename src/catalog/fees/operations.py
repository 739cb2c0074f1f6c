"""Écofrais are added from a day on, and ended; never rewritten. Each is invoiced under the fee product of its category."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from catalog.fees import queries
from catalog.fees.schemas import EcoFeeOut, NewEcoFee
from catalog.products.prices import lock_catalogue
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Invalid, Refused
from kit.events import record
from kit.i18n import _, date_long, lazy

KIND = "écofrais"

_LAST = """
SELECT id, from_day, until_day FROM eco_fee WHERE category = $1 AND kind = $2 AND product IS NOT DISTINCT FROM $3::uuid
ORDER BY from_day DESC LIMIT 1
"""


class FeeInOrder(Refused):
    """A fee may begin today or later, and after the last one that is known."""

    sentence = lazy("Ces écofrais commencent le {day} au plus tôt : ce qui est déjà facturé ne change pas.")

    def shown(self, figures: Mapping[str, date]) -> Mapping[str, str]:
        return {"day": date_long(figures["day"])}


async def add(who: Actor, new: NewEcoFee) -> list[EcoFeeOut]:
    """Add an écofrais from a day on (or end one); the fees of that category. Raises Forbidden, Invalid, FeeInOrder."""
    who.must("catalogue.write")
    async with transaction(system()):
        await lock_catalogue()
        category, kind, product = await _about(new)
        last = await fetch_one(_LAST, category, kind, product)
        earliest = max(today(), last["from_day"] + timedelta(days=1)) if last else today()
        if new.from_day < earliest:
            raise FeeInOrder(day=earliest)
        ends = new.from_day - timedelta(days=1)
        if last and (last["until_day"] is None or last["until_day"] > ends):
            await execute("UPDATE eco_fee SET until_day = $2 WHERE id = $1", last["id"], ends)
        if new.before_tax_cents is not None:
            await execute(
                "INSERT INTO eco_fee (category, kind, product, fee, before_tax_cents, from_day, source)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                category, kind, product, await _fee_product(category), new.before_tax_cents, new.from_day, new.source,
            )  # fmt: skip
        await record(
            who, "eco_fee.added" if new.before_tax_cents else "eco_fee.ended", kind="eco_fee",
            subject=new.product or f"{category} {kind}"[:80], after=new,
        )  # fmt: skip
    return await queries.of_category(who, category)


async def _about(new: NewEcoFee) -> tuple[str, str, UUID | None]:
    """The category, kind and product that a fee is for: a product, or a kind in a category."""
    if new.product is not None:
        if new.kind is not None or new.category is not None:
            raise Invalid({"product": _("Nommez un produit, ou bien une catégorie et un genre.")})
        found: Any = await fetch_one("SELECT id, category FROM product WHERE code = $1", new.product)
        if found is None:
            raise Invalid({"product": _("Produit inconnu : « {code} ».").format(code=new.product)})
        return found["category"], "", found["id"]
    if new.kind is None or new.category is None:
        raise Invalid({"kind": _("Nommez un produit, ou bien une catégorie et un genre.")})
    if not await fetch_value("SELECT 1 FROM product WHERE category = $1 AND kind = $2", new.category, new.kind):
        sentence = _("Aucun produit de la catégorie « {category} » n'est du genre « {kind} ».")
        raise Invalid({"kind": sentence.format(category=new.category, kind=new.kind)})
    return new.category, new.kind, None


async def _fee_product(category: str) -> UUID:
    """What stands for the fees of a category on baskets, orders and invoices; it has no price of its own and is not tracked."""
    code = f"ecofrais-{category}"
    await execute(
        "INSERT INTO product (code, category, kind, name, name_en) VALUES ($1, $2, $3, 'Écofrais', 'Environmental handling fee')"
        " ON CONFLICT DO NOTHING",
        code, category, KIND,
    )  # fmt: skip
    return await fetch_value("SELECT id FROM product WHERE code = $1", code)  # type: ignore[no-any-return]
