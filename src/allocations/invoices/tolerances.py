"""How far a board lets invoices differ, from a day on."""

from allocations.invoices.schemas import ToleranceIn, ToleranceOut
from kit.actor import Actor, Scope
from kit.clock import now, today
from kit.database import execute, fetch_as, fetch_one, transaction
from kit.errors import Forbidden, Invalid
from kit.events import record
from kit.i18n import _

_SET = """
INSERT INTO invoice_tolerance (board, from_day, price_ppm, price_cents, extra_cents, set_by_name, set_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (board, from_day) DO UPDATE SET price_ppm = excluded.price_ppm, price_cents = excluded.price_cents,
    extra_cents = excluded.extra_cents, set_by_name = excluded.set_by_name, set_at = excluded.set_at
"""
_COLUMNS = "board, from_day, price_ppm, price_cents, extra_cents, set_by_name, set_at"


async def listing(who: Actor) -> list[ToleranceOut]:
    """The tolerances of the own board, the latest first."""
    who.must("invoice.read")
    if who.scope is Scope.school:
        return []
    async with transaction(who):
        return await fetch_as(
            ToleranceOut,
            f"SELECT {_COLUMNS} FROM invoice_tolerance WHERE board = $1 ORDER BY from_day DESC",
            who.board,
        )


async def set_tolerance(who: Actor, tolerance: ToleranceIn) -> ToleranceOut:
    """Say what the board tolerates from today or a day to come. What was matched stays matched until it is matched again.

    Raises Invalid for a day that is past: invoices of it were approved under another.
    """
    who.must("tolerance.write")
    if who.scope is not Scope.board:
        raise Forbidden(_("Une tolérance est celle d'un organisme : agissez pour le vôtre."))
    if tolerance.from_day < today():
        raise Invalid({"from_day": _("Une tolérance vaut à partir d'aujourd'hui ou d'un jour à venir.")})
    async with transaction(who):
        before = await fetch_one(
            "SELECT price_ppm, price_cents, extra_cents FROM invoice_tolerance WHERE board = $1 AND from_day = $2",
            who.board, tolerance.from_day,
        )  # fmt: skip
        await execute(
            _SET, who.board, tolerance.from_day, tolerance.price_ppm, tolerance.price_cents, tolerance.extra_cents,
            who.name, now(),
        )  # fmt: skip
        await record(
            who, "tolerance.set", kind="tolerance", subject=f"{who.board} {tolerance.from_day}", board=who.board,
            before=dict(before) if before else None, after=tolerance,
        )  # fmt: skip
        return (
            await fetch_as(
                ToleranceOut,
                f"SELECT {_COLUMNS} FROM invoice_tolerance WHERE board = $1 AND from_day = $2",
                who.board, tolerance.from_day,
            )
        )[0]  # fmt: skip
