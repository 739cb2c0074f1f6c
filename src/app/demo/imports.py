"""The story of the ministry's lists: one applied and taken back, one overtaken, one that waits for a look."""

from collections.abc import Mapping
from datetime import date

from app.demo import network
from app.demo.people import acting
from directory.imports import operations
from directory.imports.rules import StaleBatch
from directory.imports.schemas import ImportAnswer
from kit.actor import Actor


async def tell_lists(today: date) -> None:
    """Imports in every state that a list can come to."""
    ministry = await acting("ministere")
    overtaken = await _staged(ministry, today, {"990016": "École du Sentier-Vert"})
    mistaken = await _staged(ministry, today, {"990015": "École du Lac-Trouvé"})
    await operations.accept(ministry, _number(mistaken))
    await operations.undo(ministry, _number(mistaken))
    try:
        await operations.accept(ministry, _number(overtaken))
    except StaleBatch:
        pass
    else:
        raise RuntimeError("a list that the network overtook was applied")
    await _staged(ministry, today, {"990016": "École du Sentier-Vert", "990005": "École des Sources"}, without="992009")


async def _staged(ministry: Actor, today: date, names: Mapping[str, str], *, without: str = "") -> ImportAnswer:
    """The list of schools of today, with these new names, and one school less."""
    answer = await operations.import_list(ministry, "schools", [network.renamed(today, names, without=without)])
    if answer.refused or answer.state != "staged":
        raise RuntimeError(f"the invented list was not staged: {answer}")
    return answer


def _number(answer: ImportAnswer) -> int:
    assert answer.batch is not None
    return answer.batch
