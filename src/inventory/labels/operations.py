"""Printing labels: a PDF, and an event on each device."""

import asyncio
from collections.abc import Sequence

from inventory.labels import queries, rules
from inventory.labels.documents import label_sheet
from inventory.labels.schemas import MOST_LABELS
from kit.actor import Actor
from kit.database import transaction
from kit.errors import Invalid
from kit.events import Change, record_all
from kit.i18n import _, n_, number
from kit.settings import settings


async def sheet(
    who: Actor,
    tags: Sequence[str],
    *,
    start_at: int = 1,
    stock: str = rules.DEFAULT_STOCK,
    offset_mm: tuple[float, float] = (0.0, 0.0),
) -> bytes:
    """The label sheet (PDF) of these devices, in this order; one event on each.

    Raises Forbidden, NotFound (the first tag that is absent or not theirs), Invalid (no tag, too many, paper, start).
    """
    who.must("label.print")
    paper = rules.stock(stock)
    rules.check_start(paper, start_at)
    if not tags:
        raise Invalid({"tags": _("Choisissez au moins un bien.")})
    if len(tags) > MOST_LABELS:
        sentence = n_("Au plus {most} étiquette à la fois.", "Au plus {most} étiquettes à la fois.", MOST_LABELS)
        raise Invalid({"tags": sentence.format(most=number(MOST_LABELS))})
    async with transaction(who):
        found = await queries.labels_of(who, tags)
        await record_all(
            who,
            [
                Change("asset.label_printed", "asset", label.tag, board, school, after={"stock": stock})
                for label, board, school in found
            ],
        )
    return await asyncio.to_thread(  # milliseconds a label: others are served meanwhile
        label_sheet,
        [label for label, _board, _school in found],
        stock=paper,
        start_at=start_at,
        address=settings().address,
        offset_mm=offset_mm,
    )
