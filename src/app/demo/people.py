"""The invented people: a few at each desk. Addresses end in exemple.ca, and all share one password that is no secret."""

from dataclasses import dataclass

from directory.invitations import operations as invitations
from directory.people.operations import add_person
from directory.people.queries import actor_of_person
from directory.people.schemas import GrantIn
from kit.actor import Actor, system
from kit.i18n import lazy

PASSWORD = "demonstration-2026"  # noqa: S105  (printed at each start)

# The schools of the first team and of its principal: where the story happens.
FIRST_SCHOOLS = ("990001", "990002", "990003", "990008", "990009")
OTHER_SCHOOLS = ("990004", "990005", "990006", "990007", "990010", "990011", "990014", "990015", "990016")


@dataclass(frozen=True, slots=True)
class Person:
    address: str
    name: str
    role: str
    board: str | None = None
    schools: tuple[str, ...] = ()
    language: str = "fr"

    @property
    def email(self) -> str:
        return f"{self.address}@exemple.ca"


# One of each desk is shown at the start.
DESKS = {
    lazy("Équipe-école"): Person("equipe", "Camille Exemple", "school_team", schools=FIRST_SCHOOLS),
    lazy("Direction d'école"): Person("direction", "Dominique Exemple", "principal", schools=FIRST_SCHOOLS),
    lazy("Technique"): Person("technique", "Alix Exemple", "technician", "990000"),
    lazy("Approvisionnement"): Person("appro", "Claude Exemple", "purchasing", "990000"),
    lazy("Ministère"): Person("ministere", "Sacha Exemple", "ministry"),
}
OTHERS = (
    Person("equipe2", "Maxime Exemple", "school_team", schools=OTHER_SCHOOLS),
    Person("direction2", "Andréa Exemple", "principal", schools=OTHER_SCHOOLS),
    Person("administration", "Lou Exemple", "board_admin", "990000"),
    Person("finances", "Sacha-Rose Exemple", "purchasing", "990000"),
    Person("verification", "Noa Exemple", "auditor", "990000"),
    Person("brumes.equipe", "Charlie Exemple", "school_team", schools=("991001", "991002", "991003", "991010")),
    Person("brumes.direction", "Ariel Exemple", "principal", schools=("991001", "991002", "991003", "991010")),
    Person("brumes.technique", "Morgan Exemple", "technician", "991000"),
    Person("brumes.appro", "Eden Exemple", "purchasing", "991000"),
    Person("lakes.team", "Robin Sample", "school_team", schools=("992001", "992002", "992006"), language="en"),
    Person("lakes.principal", "Jamie Sample", "principal", schools=("992001", "992002", "992006"), language="en"),
    Person("lakes.technician", "Taylor Sample", "technician", "992000", language="en"),
    Person("lakes.purchasing", "Jordan Sample", "purchasing", "992000", language="en"),
)


async def add(person: Person) -> None:
    """Make the account, as `inventory user add` does."""
    grants = [GrantIn(role=person.role, school=school) for school in person.schools]
    grants = grants or [GrantIn(role=person.role, board=person.board)]
    await add_person(
        system(), email=person.email, name=person.name, language=person.language, grants=grants, password=PASSWORD
    )


async def tell_invitations() -> None:
    """One that waits for its answer, and one taken back."""
    admin = await acting("administration")
    for address, school in ("invitee", "990006"), ("partie", "990007"):
        role = [GrantIn(role="school_team", board="990000", school=school)]
        invited = await invitations.invite(admin, email=f"{address}@exemple.ca", grants=role)
        if address == "partie":
            await invitations.withdraw(admin, invited.id)


async def acting(address: str) -> Actor:
    """That person, as they act once signed in."""
    return await actor_of_person(f"{address}@exemple.ca")
