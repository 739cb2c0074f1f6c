"""The best mixes for a school on an envelope, priced as the baskets that they would make; and putting one in a basket."""

import asyncio
from collections.abc import Sequence
from itertools import compress
from uuid import UUID

from msgspec.structs import replace

from allocations.measures.rules import check_year
from allocations.planner.choosing import Line, Mix, Mixes
from allocations.planner.choosing import best as best_mixes
from allocations.planner.facts import Facts, gather
from allocations.planner.model import Problem
from allocations.planner.schemas import Effect, NewPlanBasket, PlanOut, ProposalOut, ProposedLine
from allocations.planner.words import plan_words, proposal_words, why_words
from allocations.selections import operations as selections
from allocations.selections import pricing
from allocations.selections.effects import effect_words
from allocations.selections.offering import units_of, with_offers
from allocations.selections.pricing import Part
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from allocations.selections.things import parts_of_lines
from catalog.products.offers import offers_for
from kit.actor import Actor
from kit.clock import today
from kit.database import transaction
from kit.ids import new_id

SECONDS = 5
_AT_ONCE = asyncio.Semaphore(2)  # a search keeps a core busy


async def best(who: Actor, school: str, *, measure: str, year: str, seconds: int = SECONDS) -> PlanOut:
    """Up to three mixes of bundles and products for a school on its envelope, in so many seconds; nothing is written.

    Raises NotFound, Forbidden, Invalid (the year).
    """
    return (await searched(who, school, measure=measure, year=year, seconds=seconds))[0]


async def searched(
    who: Actor, school: str, *, measure: str, year: str, seconds: int = SECONDS
) -> tuple[PlanOut, Mixes]:
    """As `best`, with what the search says of itself."""
    check_year(year)
    async with transaction(who):
        facts = await gather(who, school, measure=measure, year=year)
    found = await _search(facts.problem, seconds)
    async with transaction(who):
        priced = await _price(facts, found.mixes)
    free = facts.problem.free
    worst = max((charged for charged, _units in priced), default=0)
    if (
        worst > free
    ):  # a quantity break has moved a price to another invoice: search again with that much less, keep what fits
        found = await _search(replace(facts.problem, free=max(2 * free - worst, 0)), seconds)
        async with transaction(who):
            priced = await _price(facts, found.mixes)
        fitting = [charged <= free for charged, _units in priced]
        found = Mixes(list(compress(found.mixes, fitting)), False, found.seconds)
        priced = list(compress(priced, fitting))
    proposals = [
        _proposal(facts, mix, found.mixes[0], charged, units)
        for mix, (charged, units) in zip(found.mixes, priced, strict=True)
    ]
    out = PlanOut(
        school=school,
        measure=measure,
        year=year,
        tax_basis=facts.envelope.tax_basis,
        free_cents=facts.problem.free,
        gaps=facts.gaps,
        proposals=proposals,
        proven=found.proven,
        sentence=plan_words(found.mixes, facts.gaps, proven=found.proven, seconds=seconds),
    )
    return out, found


async def put(who: Actor, school: str, wanted: NewPlanBasket) -> SelectionOut:
    """Put a mix in a basket of its own, all of it or nothing. Raises as `selections.draft` and `put_line`."""
    async with transaction(who):
        new = NewSelection(school=school, measure=wanted.measure, year=wanted.year, title=wanted.title)
        basket = await selections.draft(who, new)
        for line in wanted.lines:
            basket = await selections.put_line(who, basket.number, line, version=basket.version)
        return basket


async def _search(problem: Problem, seconds: int) -> Mixes:
    async with _AT_ONCE:
        return await asyncio.to_thread(best_mixes, problem, seconds=seconds)


async def _price(facts: Facts, mixes: Sequence[Mix]) -> list[tuple[int, dict[str, int]]]:
    """By mix: what a basket of it is charged, and the units that it brings. Call in a transaction."""
    lines: list[dict[UUID, NewLine]] = [{new_id(): _line(facts, line) for line in mix.lines} for mix in mixes]
    rows = await parts_of_lines({key: line for mix in lines for key, line in mix.items()}, today())
    found = [[row for row in rows if row["line"] in mix] for mix in lines]
    wanted = {pair for mix_rows in found for pair in units_of(mix_rows).items()}
    offers = await offers_for(facts.board, sorted(wanted), today())
    return [_charged(facts, with_offers(mix_rows, offers)) for mix_rows in found]


def _charged(facts: Facts, parts: list[Part]) -> tuple[int, dict[str, int]]:
    basket = pricing.price(parts, facts.problem.taxes, facts.envelope.tax_basis)
    return basket.charged, pricing.units(parts)


def _line(facts: Facts, line: Line) -> NewLine:
    choice = facts.choices[line.candidate]
    return NewLine(
        bundle=choice.bundle,
        product=choice.product,
        choices=list(line.taken) if choice.free else None,
        quantity=line.quantity,
    )


def _proposal(facts: Facts, mix: Mix, first: Mix, charged: int, units: dict[str, int]) -> ProposalOut:
    lines = [
        ProposedLine(
            bundle=line.bundle,
            product=line.product,
            name=facts.choices[made.candidate].name,
            choices=line.choices,
            quantity=line.quantity,
        )
        for made, line in ((made, _line(facts, made)) for made in mix.lines)
    ]
    effects = [
        Effect(
            category=gap.category,
            category_name=gap.category_name,
            before=gap.missing,
            after=(after := max(gap.missing - units.get(gap.category, 0), 0)),
            sentence=effect_words(gap.missing, after) if after < gap.missing else effect_words(0, 0),
        )
        for gap in facts.gaps
    ]
    missing = sum(gap.missing for gap in facts.gaps)
    return ProposalOut(
        reason=mix.reason,
        lines=lines,
        charged_cents=charged,
        left_cents=facts.problem.free - charged,
        lifted=mix.lifted,
        closed=mix.closed,
        pupils_served=mix.serves,
        effects=effects,
        sentence=proposal_words(lines, charged, mix.closed, missing),
        why=why_words(mix, first),
    )
