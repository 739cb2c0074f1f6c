"""What tests stand on: invented boards (990000–998000), schools (99xNNN) and people. Each is plain rows, made by the system."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from catalog.taxes.queries import rates_on
from catalog.taxes.rules import add_up, price_invoice
from directory.people.actors import actor_of_person
from inventory.assets.schemas import NewUnit
from kit.actor import Actor, system
from kit.clock import now, today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.ids import new_label_code, new_token, token_hash

_next = count(1)


async def make_board(code: str = "990000", *, name: str = "") -> str:
    """A board; its code. Asked twice, it is made once."""
    async with transaction(system()):
        await execute(
            "INSERT INTO board (code, name, short_name, kind) VALUES ($1, $2, $2, 'Franco') ON CONFLICT DO NOTHING",
            code, name or f"Centre de services {code}",
        )  # fmt: skip
    return code


async def make_school(code: str = "990001", *, board: str = "990000", name: str = "") -> str:
    """An open primary school of a board (made when absent); its code."""
    await make_board(board)
    async with transaction(system()):
        await execute(
            'INSERT INTO school (code, board, name, short_name, "primary") VALUES ($1, $2, $3, $3, true)'
            " ON CONFLICT DO NOTHING",
            code, board, name or f"École {code}",
        )  # fmt: skip
    return code


async def make_person(email: str = "", *, language: str = "fr") -> str:
    """Somebody with no role and no password; their address."""
    email = email or f"personne{next(_next)}@exemple.ca"
    async with transaction(system()):
        await execute(
            "INSERT INTO person (email, name, language, theme) VALUES ($1, $2, $3, 'auto')",
            email, f"Personne {email}", language,
        )  # fmt: skip
    return email


async def give_role(
    email: str,
    role: str,
    *,
    board: str | None = None,
    school: str | None = None,
    from_day: date | None = None,
    until_day: date | None = None,
) -> None:
    """A role in a school (its board is found), in a board, or in the province."""
    async with transaction(system()):
        await execute(
            "INSERT INTO role_grant (person, role, board, school, from_day, until_day) SELECT p.id, $2,"
            " coalesce($3, (SELECT board FROM school WHERE code = $4)), $4, $5, $6 FROM person p WHERE p.email = $1",
            email, role, board, school, from_day, until_day,
        )  # fmt: skip


async def make_actor(*roles: str, board: str | None = None, school: str | None = None, email: str = "") -> Actor:
    """A person with these roles in one place, as they act there."""
    email = await make_person(email)
    for role in roles:
        await give_role(email, role, board=board, school=school)
    return await actor_of_person(email)


async def make_session(email: str) -> str:
    """A signed-in browser of this person; its cookie."""
    token = new_token()
    async with transaction(system()):
        await execute(
            "INSERT INTO session (token_hash, person, created_at, seen_at, expires_at)"
            " SELECT $1, id, $2, $2, $3 FROM person WHERE email = $4",
            token_hash(token), now(), now() + timedelta(days=7), email,
        )  # fmt: skip
    return token


async def make_token(
    email: str, *scopes: str, board: str | None = None, school: str | None = None, days: int = 90
) -> str:
    """An API token of this person."""
    token = new_token()
    async with transaction(system()):
        await fetch_value(
            "INSERT INTO api_token (token_hash, name, person, scopes, board, school, created_at, expires_at)"
            " SELECT $1, 'essai', id, $2, $3, $4, $5, $6 FROM person WHERE email = $7 RETURNING id",
            token_hash(token), list(scopes or ("read", "write")), board, school, now(), now() + timedelta(days=days), email,
        )  # fmt: skip
    return token


async def make_building(code: str = "990801", *, school: str = "990001", name: str = "") -> str:
    """A building that a school is in; its code."""
    async with transaction(system()):
        await execute(
            "INSERT INTO building (code, board, name, described_by)"
            " SELECT $1, board, $2, 'buildings' FROM school WHERE code = $3 ON CONFLICT DO NOTHING",
            code, name or f"Immeuble {code}", school,
        )  # fmt: skip
        await execute(
            "INSERT INTO school_building (school, building, board, opened_on)"
            " SELECT code, $2, board, '2020-07-01' FROM school WHERE code = $1 ON CONFLICT DO NOTHING",
            school, code,
        )  # fmt: skip
    return code


def new_unit(**fields: Any) -> NewUnit:
    """A device about to be received by school 990001 of board 990000."""
    return NewUnit(
        **{"board": "990000", "school": "990001", "category": "flotte-appareils", "name": "Tablette"} | fields
    )


async def make_headcount(school: str, pupils: int | None, *, year: str = "2025-2026", level: str = "primary") -> None:
    """Pupils of a school on 30 September of a school year (None: not published)."""
    async with transaction(system()):
        await execute(
            "INSERT INTO headcount (school, board, year, level, counted_on, pupils)"
            " SELECT code, board, $2, $3, $4, $5 FROM school WHERE code = $1",
            school, year, level, date(int(year[:4]), 9, 30), pupils,
        )  # fmt: skip


async def make_envelope(
    school: str = "990001", cents: int = 2_150_00, *, measure: str = "EX-COMBOS", year: str = "2026-2027"
) -> UUID:
    """A school's envelope, with its first ledger row; its key."""
    async with transaction(system()):
        envelope: UUID = await fetch_value(
            "INSERT INTO envelope (board, school, measure, year)"
            " SELECT s.board, s.code, m.id, $3 FROM school s, measure m WHERE s.code = $1 AND m.code = $2 RETURNING id",
            school, measure, year,
        )  # fmt: skip
        await envelopes.allocate(system(), [Move(envelope, cents, "Allocation d'essai")])
    return envelope


async def make_product(
    code: str = "appareil",
    cents: int | None = 393_00,
    *,
    supplier: str = "fournisseur",
    category: str = "flotte-appareils",
    tracked: bool = True,
    from_day: date = date(2020, 7, 1),
    until_day: date | None = None,
) -> UUID:
    """A product (made when absent) and, unless `cents` is None, its price at a supplier (made when absent); the product's key."""
    async with transaction(system()):
        await execute("INSERT INTO supplier (code, name) VALUES ($1, $1) ON CONFLICT DO NOTHING", supplier)
        await execute(
            "INSERT INTO product (code, category, kind, name, tracked) VALUES ($1, $2, 'appareil', $1, $3)"
            " ON CONFLICT DO NOTHING",
            code, category, tracked,
        )  # fmt: skip
        if cents is not None:
            await execute(
                "INSERT INTO price (product, supplier, before_tax_cents, from_day, until_day, seen_on, source)"
                " SELECT p.id, s.id, $3, $4, $5, $4, 'essai' FROM product p, supplier s WHERE p.code = $1 AND s.code = $2",
                code, supplier, cents, from_day, until_day,
            )  # fmt: skip
        return await fetch_value("SELECT id FROM product WHERE code = $1", code)  # type: ignore[no-any-return]


async def make_bundle(slug: str = "combo", *lines: tuple[str, int], category: str = "flotte-appareils") -> UUID:
    """A bundle for every level, of products that exist (code, quantity); its key."""
    async with transaction(system()):
        bundle: UUID = await fetch_value(
            "INSERT INTO bundle (slug, name, category, state, for_preschool, for_primary, for_secondary, for_adult)"
            " VALUES ($1, $1, $2, 'published', true, true, true, true) RETURNING id",
            slug, category,
        )  # fmt: skip
        await execute(
            "INSERT INTO bundle_line (bundle, product, quantity, position)"
            " SELECT $1, p.id, l.quantity, l.position FROM unnest($2::text[], $3::int[]) WITH ORDINALITY"
            " AS l (code, quantity, position) JOIN product p ON p.code = l.code",
            bundle, [code for code, _ in lines], [quantity for _, quantity in lines],
        )  # fmt: skip
    return bundle


async def make_approved(
    *lines: tuple[str, int],
    school: str = "990001",
    envelope: UUID | None = None,
    number: str = "",
    approver: str = "Direction",
) -> str:
    """An approved choice of products (code, quantity), frozen and reserved as a submission does it; its number.

    The envelope is made (10 000,00 $) where none is given. Buildings are left out.
    """
    envelope = envelope or await make_envelope(school, 10_000_00)
    number = number or f"P-{school}-2026-{next(_next):03}"
    async with transaction(system()):
        taxes = await rates_on(system(), today())
        rows = await fetch(
            "SELECT q.code, q.quantity, p.id AS product, r.supplier, r.before_tax_cents AS cents FROM unnest($1::text[], $2::int[])"
            " AS q (code, quantity) JOIN product p ON p.code = q.code JOIN price r ON r.product = p.id",
            [code for code, _ in lines], [quantity for _, quantity in lines],
        )  # fmt: skip
        suppliers = sorted({row["supplier"] for row in rows})
        invoices = {
            supplier: price_invoice(
                [r["cents"] * r["quantity"] for r in rows if r["supplier"] == supplier], taxes.rates, taxes.rebates
            )
            for supplier in suppliers
        }
        total = add_up(list(invoices.values()))
        selection = await fetch_value(
            "INSERT INTO selection (number, board, school, envelope, year, title, state, before_tax_cents, net_cents, charged_cents,"
            " submitted_at, decided_at) SELECT $1, board, school, id, year, 'Essai', 'approved', $3, $4, $4, now(), now()"
            " FROM envelope WHERE id = $2 RETURNING id",
            number, envelope, total.before_tax, total.net,
        )  # fmt: skip
        await envelopes.reserve(system(), [Move(envelope, total.net, f"Panier {number} soumis.", "selection", number)])
        await execute(
            "INSERT INTO approval (selection, board, school, step, decision, person, person_name, of_version)"
            " SELECT id, board, school, 'school', 'approved', new_id(), $2, 1 FROM selection WHERE id = $1",
            selection, approver,
        )  # fmt: skip
        for supplier, priced in invoices.items():
            await execute(
                "INSERT INTO selection_invoice (selection, supplier, board, school, before_tax_cents, gst_cents, qst_cents,"
                " gst_rebate_cents, qst_rebate_cents, total_cents, net_cents, charged_cents)"
                " SELECT id, $2, board, school, $3, $4, $5, $6, $7, $8, $9, $9 FROM selection WHERE id = $1",
                selection, supplier, priced.before_tax, priced.gst, priced.qst, priced.gst_rebate,
                priced.qst_rebate, priced.total, priced.net,
            )  # fmt: skip
            for row, net in zip([r for r in rows if r["supplier"] == supplier], priced.line_net, strict=True):
                line = await fetch_value(
                    "INSERT INTO selection_line (selection, board, school, product, quantity) SELECT id, board, school, $2, $3"
                    " FROM selection WHERE id = $1 RETURNING id",
                    selection, row["product"], row["quantity"],
                )  # fmt: skip
                await execute(
                    "INSERT INTO selection_item (selection, line, board, school, product, supplier, description, quantity,"
                    " unit_before_tax_cents, before_tax_cents, net_cents, charged_cents) SELECT id, $2, board, school, $3, $4, $5,"
                    " $6, $7, $6::int * $7::bigint, $8, $8 FROM selection WHERE id = $1",
                    selection, line, row["product"], supplier, row["code"], row["quantity"], row["cents"], net,
                )  # fmt: skip
    return number


async def figures(envelope: UUID) -> tuple[int, int, int, int]:
    """Free, reserved, committed and spent cents of an envelope; they always sum to what it was allocated."""
    async with transaction(system()):
        row = await fetch_one("SELECT * FROM envelope WHERE id = $1", envelope)
    assert row is not None
    used = (row["reserved_cents"], row["committed_cents"], row["spent_cents"])
    return (row["allocated_cents"] - sum(used), *used)


async def make_assets(
    school: str,
    category: str = "flotte-appareils",
    n: int = 1,
    *,
    state: str = "in_service",
    useful_until: date | None = None,
    since: datetime | None = None,
) -> list[str]:
    """Devices that a school holds, as plain rows of any state; their tags."""
    tags = [f"{school}-{next(_next)}" for _ in range(n)]
    async with transaction(system()):
        await execute(
            "INSERT INTO asset (tag, label_code, board, school, category, name, state, state_since, useful_until)"
            " SELECT t.tag, t.code, s.board, s.code, $3, 'Appareil', $4, $5, $6 FROM school s,"
            " unnest($2::text[], $7::text[]) AS t (tag, code) WHERE s.code = $1",
            school, tags, category, state, since or now(), useful_until, [new_label_code() for _ in tags],
        )  # fmt: skip
    return tags


async def lift_thresholds() -> None:
    """Amounts of the law so high that no order asks for a reason: for tests that order much and try something else."""
    async with transaction(system()):
        await execute(
            "INSERT INTO procurement_threshold (kind, from_day, before_tax_cents, source)"
            " SELECT kind, CURRENT_DATE - 2, 10 ^ 12, 'Essai' FROM (VALUES ('tender'), ('publication')) k (kind)"
        )
