"""Finding assets: by code, by fragment, by school; within what one may see."""

from datetime import date, timedelta

import pytest

from inventory.assets import operations, queries
from inventory.assets.rules import State
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch_value
from kit.errors import Forbidden, Invalid, NotFound
from tests.factories import make_actor, make_school, new_unit

pytestmark = pytest.mark.usefixtures("db")


async def technician(board: str = "990000") -> Actor:
    return await make_actor("technician", board=board)


@pytest.fixture
async def who(db: None) -> Actor:
    await make_school("990001", name="École de l'Île-aux-Cœurs")
    await make_school("990002", name="École Bellevue")
    who = await technician()
    await operations.receive_units(
        who,
        [
            new_unit(name="Tablette élève", maker="Fabricant", model="T-100", serial="DMPX1", room="204"),
            new_unit(name="Robot à 100 % programmable", maker="Robotique_Nord", model="R2", serial="RB_7"),
            new_unit(school="990002", name="Imprimante 3D", maker="Fabricant", model="3D\\plus", serial="DMPX12"),
        ],
    )
    return who


async def found(who: Actor, text: str, **filters: object) -> list[str]:
    page = await queries.search(who, text=text, **filters)  # type: ignore[arg-type]
    return [asset.tag.removeprefix("990-00000") for asset in page.items]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", ["1", "2", "3"]),
        ("990-000002", ["2"]),
        ("dmpx1", ["1"]),  # an exact serial, although it is a fragment of another one too
        ("dmpx", ["1", "3"]),
        ("ELEVE", ["1"]),
        ("élève tablette", ["1"]),
        ("tablette bellevue", []),
        ("ile aux coeurs", ["1", "2"]),
        ("l'île", ["1", "2"]),
        ("990002", ["3"]),
        ("fabricant 990002", ["3"]),
        ("100 %", ["2"]),
        ("%", ["2"]),
        ("_", ["2"]),
        ("\\", ["3"]),
        ("-000003", ["3"]),
        ("introuvable", []),
        ("tab\0lette", ["1"]),
    ],
)
async def test_search_finds_codes_first_then_fragments_without_accents(who: Actor, text: str, tags: list[str]) -> None:
    assert await found(who, text) == tags


async def test_words_may_describe_the_asset_or_its_school(who: Actor) -> None:
    assert await found(who, "bellevue imprimante") == ["3"]
    assert await found(who, "bellevue tablette") == []
    assert await found(who, "990002") == ["3"]
    assert await found(who, "école") == ["1", "2", "3"]


async def test_a_word_of_two_characters_starts_a_tag_or_a_serial_where_all_the_province_is_searched(who: Actor) -> None:
    assert await found(who, "00") == ["1", "2", "3"]  # among a board's, a fragment like any other
    assert await found(system(), "00") == []
    assert await found(system(), "rb") == ["2"]
    assert await found(system(), "99") == ["1", "2", "3"]
    assert await found(system(), "_%") == []
    assert await found(system(), "00 imprimante") == ["3"]
    assert await found(system(), "00", school="990002") == ["3"]


async def test_a_label_code_finds_its_asset_in_any_case(who: Actor) -> None:
    code: str = await fetch_value("SELECT label_code FROM asset WHERE tag = '990-000003'")
    assert await found(who, code.lower()) == ["3"]


async def test_filters_narrow_and_pages_follow_each_other(who: Actor) -> None:
    await operations.put_into_service(who, ["990-000002"])
    assert await found(who, "", school="990001") == ["1", "2"]
    assert await found(who, "", state=State.in_service) == ["2"]
    assert await found(who, "", category="robotique") == []
    assert await found(who, "fabricant", school="990002") == ["3"]

    first = await queries.search(who, limit=2)
    assert [asset.tag for asset in first.items] == ["990-000001", "990-000002"]
    second = await queries.search(who, limit=2, after=first.next)
    assert [asset.tag for asset in second.items] == ["990-000003"]
    assert second.next is None


async def test_a_place_that_we_never_gave_is_refused(who: Actor) -> None:
    with pytest.raises(Invalid):
        await queries.search(who, after="nonsense")
    with pytest.raises(Invalid):
        await queries.search(who, limit=501)


async def test_a_neighbour_sees_and_counts_nothing(who: Actor) -> None:
    await make_school("991001", board="991000")
    neighbour = await technician("991000")
    assert await found(neighbour, "") == []
    assert await found(neighbour, "990-000001") == []
    assert await queries.counted(neighbour, "990001") == {}
    with pytest.raises(NotFound):
        await queries.one(neighbour, "990-000001")


async def test_a_school_sees_what_it_holds_and_nothing_of_its_sibling(who: Actor) -> None:
    team = await make_actor("school_team", school="990002")
    assert await found(team, "") == ["3"]
    assert await found(team, "", school="990001") == []
    with pytest.raises(NotFound):
        await queries.one(team, "990-000001")


async def test_the_ministry_reads_no_asset(who: Actor) -> None:
    with pytest.raises(Forbidden):
        await queries.search(await make_actor("ministry"))


async def test_an_asset_stays_with_its_board_when_its_school_has_left(who: Actor) -> None:
    await make_school("991001", board="991000")
    await execute("UPDATE school SET board = '991000' WHERE code = '990002'")
    assert await found(who, "imprimante") == ["3"]


async def test_the_file_says_why_it_does_not_count_and_which_order_bought_it(who: Actor) -> None:
    ended = today() - timedelta(days=1)
    (asset,) = await operations.receive_units(who, [new_unit(origin="BC-990-2026-00042", useful_until=ended)])
    await operations.put_into_service(who, [asset.tag])
    file = await queries.one(who, asset.tag)
    assert file.order == "BC-990-2026-00042"
    assert file.floor.startswith("Ne compte pas pour le plancher\u00a0: vie utile terminée le ")
    assert not file.asset.counts
    assert "asset.put_into_service" not in file.moves and "asset.lost" in file.moves


async def test_anyone_may_know_model_tag_and_school_of_a_label(who: Actor) -> None:
    code: str = await fetch_value("SELECT label_code FROM asset WHERE tag = '990-000001'")
    label = await queries.by_label_code(f" {code.lower()} ")
    assert (label.tag, label.model, label.school_name) == ("990-000001", "Fabricant T-100", "École de l'Île-aux-Cœurs")
    with pytest.raises(NotFound) as refused:
        await queries.by_label_code("ZZZZZZZZ")
    assert refused.value.detail == "Étiquette inconnue. Vérifiez les 8 caractères."


async def test_what_counts_may_be_asked_for_another_day(who: Actor) -> None:
    (asset,) = await operations.receive_units(who, [new_unit(useful_until=date(2030, 6, 30))])
    await operations.put_into_service(who, [asset.tag, "990-000001"])
    assert await queries.counted(who, "990001", date(2030, 6, 30)) == {"flotte-appareils": 2}
    assert await queries.counted(who, "990001", date(2030, 7, 1)) == {"flotte-appareils": 1}
