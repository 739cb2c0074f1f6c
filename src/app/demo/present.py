"""What schools have before the story begins: entered by each board's technician, a school at a time."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from random import Random

from app.demo.network import SEED, School
from inventory.assets import entering
from inventory.assets.operations import put_into_service
from inventory.assets.schemas import NewAsset
from kit.actor import Actor
from kit.database import transaction

ROBOTS, LAB, FLEET = "robotique", "laboratoire-creatif", "flotte-appareils"
_PRODUCTS = {ROBOTS: ("bee-bot", "dash", "ozobot-evo"), LAB: ("machine-a-coudre", "imprimante-3d-compacte"),
             FLEET: ("tablette-ipad", "chromebook")}  # fmt: skip
_ROOMS = ("Bibliothèque", "Local 101", "Local 104", "Local 208", "Laboratoire", "")

# What each school lacks of what the example floor asks; a school that is not here lacks nothing.
LACKS: Mapping[str, Mapping[str, int]] = {
    "990001": {FLEET: 6}, "990002": {ROBOTS: 4}, "990003": {FLEET: 6}, "990004": {FLEET: 2}, "990005": {LAB: 1},
    "990006": {FLEET: 6}, "990007": {ROBOTS: 6}, "990008": {FLEET: 10}, "990009": {ROBOTS: 6}, "990010": {FLEET: 20, ROBOTS: 8},
    "990014": {FLEET: 5, LAB: 1},
    "991001": {FLEET: 4}, "991002": {ROBOTS: 2}, "991003": {FLEET: 6, ROBOTS: 5}, "991006": {LAB: 1}, "991010": {FLEET: 18},
    "991013": {FLEET: 6, ROBOTS: 3, LAB: 1},
    "992001": {ROBOTS: 6}, "992002": {FLEET: 6}, "992005": {FLEET: 7, ROBOTS: 3, LAB: 1}, "992006": {FLEET: 15}, "992009": {LAB: 1},
}  # fmt: skip

# Past their useful life: there, and not counted.
_WORN_OUT = {"990010": 3}


def wanted(school: School) -> Mapping[str, int]:
    """What the example floor asks for: a robot for 12 pupils, a device for 5, a creative lab device in each building."""
    if school.levels == "FORM_PRO":
        return {}
    by_pupil = {ROBOTS: -(-school.pupils // 12), FLEET: -(-school.pupils // 5)} if school.pupils else {FLEET: 2}
    return by_pupil | {LAB: len(school.buildings)}


def devices(school: School, today: date) -> Iterator[NewAsset]:
    """The devices of a school, in service."""
    draw = Random(f"{SEED} {school.code}")  # noqa: S311  (no secret)
    lacks = LACKS.get(school.code, {})
    for category, quantity in wanted(school).items():
        for n in range(quantity - lacks.get(category, 0)):
            yield _device(school, category, n, today - timedelta(days=draw.randint(60, 900)), draw)
    for n in range(_WORN_OUT.get(school.code, 0)):
        yield _device(school, FLEET, 900 + n, today - timedelta(days=365 * 7), draw)


def _device(school: School, category: str, n: int, acquired_on: date, draw: Random) -> NewAsset:
    return NewAsset(
        school=school.code,
        product=draw.choice(_PRODUCTS[category]),
        serial=f"EX{school.code}{category[0].upper()}{n:03}",
        building=school.buildings[n % len(school.buildings)] if category == LAB else school.buildings[0],
        room=draw.choice(_ROOMS),
        acquired_on=acquired_on,
    )


async def enter(technician: Actor, school: School, today: date) -> int:
    """Enter what a school has; how many."""
    async with transaction(technician):
        units = [await entering.unit_of(technician, device) for device in devices(school, today)]
        made = await entering.enter(technician, units, what="asset.added")
        if made:
            await put_into_service(technician, made)
    return len(made)
