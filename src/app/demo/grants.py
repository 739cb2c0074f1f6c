"""Money by project and by file: a call with a project in each state, adjustments that are announced and others not yet."""

import io
from datetime import date, timedelta

from allocations.adjustments import releasing
from allocations.adjustments.operations import upload
from allocations.measures.operations import write_measure, write_year
from allocations.measures.schemas import MeasureIn, MeasureYearIn
from allocations.projects import operations as projects
from allocations.projects.schemas import CallIn, NewProject
from app.demo.loop import MEASURE
from app.demo.people import acting
from kit.clock import school_year_bounds

PROJECTS = "EX-PROJETS"

# Title, what is asked → what becomes of it.
_STORY = (
    ("Atelier mobile de robotique", 8_000_00, "draft"),
    ("Studio de balado", 6_500_00, "submitted"),
    ("Serre connectée", 12_000_00, "approved"),
    ("Simulateur de vol", 45_000_00, "refused"),
    ("Club de programmation du midi", 3_200_00, "reported"),
)


async def tell_grants(year: str, day: date) -> None:
    """A measure given on approval, its call of this year and what answers it; two files of adjustments of one board."""
    ministry = await acting("ministere")
    measure = MeasureIn(
        name="Projets novateurs (exemple)",
        name_en="Innovative projects (example)",
        kind="operating",
        mode="a_posteriori",
    )
    await write_measure(ministry, PROJECTS, measure)
    ends = school_year_bounds(year)[1]
    await write_year(
        ministry, PROJECTS, year, MeasureYearIn(total_cents=250_000_00, last_spend_on=ends, rest="recovered")
    )
    call = CallIn(opens_on=day - timedelta(days=30), closes_on=day + timedelta(days=30), note="Un projet par école.")
    await projects.write_call(ministry, PROJECTS, year, call)
    for title, asked, state in _STORY:
        await _proposed(year, title, asked, state)
    await _adjusted(year)


async def _proposed(year: str, title: str, asked: int, state: str) -> None:
    principal, ministry = await acting("brumes.direction"), await acting("ministere")
    new = NewProject(measure=PROJECTS, year=year, school="991010", title=title, asked_cents=asked)
    number = (await projects.draft(principal, new)).number
    if state == "draft":
        return
    await projects.submit(principal, number)
    if state == "refused":
        await projects.refuse(ministry, number, reason="Le projet dépasse ce que la mesure peut donner à une école.")
    elif state in ("approved", "reported"):
        await projects.approve(ministry, number, cents=asked * 3 // 4, reason="Sans les frais de déplacement.")
    if state == "reported":
        await projects.report(principal, number, "Trente-deux élèves, deux midis par semaine, jusqu'en mars.")


async def _adjusted(year: str) -> None:
    """A gift to three schools, announced; then a file with a code that nobody has and a cut, which waits."""
    officer = await acting("brumes.appro")
    first = await upload(
        officer, MEASURE, year, io.BytesIO(b"Code;Changement\n991011;250,00\n991012;250,00\n"),
        "don.csv", reason="Don de la fondation, deux écoles",
    )  # fmt: skip
    await releasing.release(officer, first.number)
    await upload(
        officer, MEASURE, year, io.BytesIO(b"Code;Changement;Montant\n991011;-50,00;\n991012;;\n991999;100,00;\n"),
        "rajustement.csv", reason="Rajustement de novembre",
    )  # fmt: skip
