"""A bundle's editions: drafted, published, followed by others, retired; options, alternatives, bundles within bundles."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.bundles import operations, photos, queries
from catalog.bundles.choices import FreeLine, free_lines, resolve
from catalog.bundles.rules import plain_lines, waves
from catalog.bundles.schemas import BundleContent, NewBundleLine, NewBundleTraining, RetireBundle
from kit.actor import Actor, Scope, system
from kit.clock import today
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Stale
from kit.events import EventOut, timeline
from tests.factories import make_actor, make_board, make_product

BOTH = [NewBundleLine(product="tablette", quantity=2), NewBundleLine(product="etui", quantity=2)]


def content(lines: list[NewBundleLine], **fields: Any) -> BundleContent:
    return BundleContent(name="Combo", category="flotte-appareils", levels=["primary"], lines=lines, **fields)


async def _products() -> None:
    await make_product("tablette", 393_00)
    await make_product("portable", 600_00)
    await make_product("etui", 20_00, tracked=False)


async def _published(slug: str, lines: list[NewBundleLine]) -> None:
    drafted = await operations.draft(system(), slug, content(lines), version=None)
    await operations.publish(system(), slug, version=drafted.version)


@pytest.mark.usefixtures("db")
async def test_a_draft_is_offered_to_nobody_until_it_is_published_and_then_never_changes() -> None:
    await _products()
    await make_board()
    reader = await make_actor("purchasing", board="990000")
    drafted = await operations.draft(system(), "combo", content(BOTH, pupils_each=24), version=None)
    assert (drafted.state, drafted.edition, drafted.pupils_each) == ("draft", 1, 24)
    assert await queries.list_bundles(reader) == []
    with pytest.raises(NotFound):
        await queries.one(reader, "combo")
    with pytest.raises(NotFound):
        await queries.one(reader, "combo", edition=1)

    first = await operations.publish(system(), "combo", version=drafted.version)
    assert (first.state, first.published_on) == ("published", today())
    assert [bundle.slug for bundle in await queries.list_bundles(reader)] == ["combo"]

    again = await operations.draft(system(), "combo", content(BOTH[:1]), version=None)
    assert (await queries.one(reader, "combo")).lines == first.lines
    second = await operations.publish(system(), "combo", version=again.version)
    assert (second.edition, second.units) == (2, {"flotte-appareils": 2})
    old = await queries.one(reader, "combo", edition=1)
    assert (old.state, old.lines, old.available) == ("retired", first.lines, False)
    assert [bundle.edition for bundle in await queries.editions(reader, "combo")] == [2, 1]
    assert [event.what for event in await _events("combo")][:2] == ["bundle.published", "bundle.drafted"]


async def _events(slug: str) -> list[EventOut]:
    async with transaction(system()):
        return await timeline("bundle", slug)


@pytest.mark.usefixtures("db")
async def test_a_draft_is_written_anew_only_by_who_read_it_and_may_be_thrown_away() -> None:
    await _products()
    drafted = await operations.draft(system(), "combo", content(BOTH), version=None)
    with pytest.raises(Invalid):
        await operations.draft(system(), "combo", content(BOTH[:1]), version=None)
    with pytest.raises(Stale):
        await operations.draft(system(), "combo", content(BOTH[:1]), version=drafted.version + 1)
    rewritten = await operations.draft(system(), "combo", content(BOTH[:1]), version=drafted.version)
    assert [part.key for part in rewritten.parts] == ["tablette"] and rewritten.version == drafted.version + 1
    same = await operations.draft(system(), "combo", content(BOTH[:1]), version=rewritten.version)
    assert same.version == rewritten.version

    await operations.discard(system(), "combo", version=same.version)
    with pytest.raises(NotFound):
        await operations.publish(system(), "combo", version=1)


@pytest.mark.usefixtures("db")
async def test_a_retired_bundle_stays_readable_and_is_not_retired_twice() -> None:
    await _products()
    await _published("combo", BOTH)
    version = (await queries.one(system(), "combo")).version
    with pytest.raises(Stale):
        await operations.retire(system(), "combo", RetireBundle(closed_on=today()), version=version + 1)
    retired = await operations.retire(
        system(), "combo", RetireBundle(closed_on=today(), reason="Fini"), version=version
    )
    assert (retired.state, retired.closed_on, retired.available) == ("retired", today(), False)
    assert await queries.list_bundles(system()) == []
    with pytest.raises(operations.NotOffered):
        await operations.retire(system(), "combo", RetireBundle(closed_on=today()), version=retired.version)

    await _published("plus-tard", BOTH)
    later = today() + timedelta(days=30)
    version = (await queries.one(system(), "plus-tard")).version
    found = await operations.retire(system(), "plus-tard", RetireBundle(closed_on=later), version=version)
    assert found.state == "published" and found.available
    assert (await queries.one(system(), "plus-tard", on_day=later)).state == "retired"


@pytest.mark.usefixtures("db")
async def test_the_default_choices_make_the_price_and_a_nested_bundle_is_taken_apart() -> None:
    await _products()
    await _published(
        "trousse",
        [NewBundleLine(product="etui", quantity=3), NewBundleLine(product="portable", quantity=1, optional=True)],
    )
    lines = [
        NewBundleLine(product="tablette", quantity=2, choice="appareil"),
        NewBundleLine(product="portable", quantity=1, choice="appareil"),
        NewBundleLine(bundle="trousse", quantity=2),
        NewBundleLine(product="etui", quantity=1, optional=True, taken=True),
    ]
    await _published("combo", lines)
    bundle = await queries.one(system(), "combo")
    assert [(line.path, line.quantity) for line in bundle.lines] == [("tablette", 2), ("trousse/etui", 6), ("etui", 1)]
    assert bundle.before_tax_cents == 2 * 393_00 + 7 * 20_00 and bundle.units == {"flotte-appareils": 2}
    assert [(part.key, part.choice, part.optional, part.taken) for part in bundle.parts] == [
        ("tablette", "appareil", False, True),
        ("portable", "appareil", False, False),
        ("trousse", "", False, True),
        ("etui", "", True, True),
    ]
    async with transaction(system()):
        free = await free_lines(bundle.id)
    assert [line.path for line in free] == ["tablette", "portable", "trousse/portable", "etui"]
    assert resolve(free, None) is None and resolve(free, ["etui"]) is None
    assert resolve(free, []) == ["tablette"]
    assert resolve(free, ["portable", "trousse/portable"]) == ["portable", "trousse/portable"]
    with pytest.raises(Invalid, match="prenez une seule"):
        resolve(free, ["tablette", "portable"])
    with pytest.raises(Invalid, match="ni une option"):
        resolve(free, ["autre"])


@pytest.mark.usefixtures("db")
async def test_a_nested_bundle_stays_the_edition_that_was_published_with_it() -> None:
    await _products()
    await _published("trousse", BOTH[1:])
    await _published("combo", [NewBundleLine(bundle="trousse", quantity=1)])
    await _published("trousse", BOTH[:1])
    assert [line.product for line in (await queries.one(system(), "combo")).lines] == ["etui"]
    await _published("combo", [NewBundleLine(bundle="trousse", quantity=1)])
    assert [line.product for line in (await queries.one(system(), "combo")).lines] == ["tablette"]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([NewBundleLine(product="rien", quantity=1)], "Produit inconnu"),
        ([NewBundleLine(bundle="rien", quantity=1)], "Combo inconnu"),
        ([NewBundleLine(quantity=1)], "un produit ou un combo"),
        ([NewBundleLine(product="etui", quantity=1), NewBundleLine(product="etui", quantity=2)], "une seule fois"),
        ([NewBundleLine(product="etui", quantity=1, choice="a")], "au moins deux"),
        ([NewBundleLine(product="etui", quantity=1, choice="a", optional=True)], "pas les deux"),
        ([NewBundleLine(bundle="dehors", quantity=1)], "se contiendrait"),
    ],
)
async def test_what_a_bundle_may_not_hold_is_said_and_changes_nothing(
    lines: list[NewBundleLine], sentence: str
) -> None:
    await _products()
    await _published("dedans", BOTH)
    await _published("dehors", [NewBundleLine(bundle="dedans", quantity=1)])
    with pytest.raises(Invalid, match=sentence):
        await operations.draft(system(), "dedans", content(lines), version=None)
    assert len(await queries.editions(system(), "dedans")) == 1


@pytest.mark.usefixtures("db")
async def test_trainings_have_a_quantity() -> None:
    await _products()
    async with transaction(system()):
        await execute(
            "INSERT INTO training (code, category, kind, name) VALUES ('visite', 'robotique', 'accompaniment', 'Visite')"
        )
    found = await operations.draft(
        system(), "combo", content(BOTH, trainings=[NewBundleTraining(training="visite", quantity=3)]), version=None
    )
    assert [(training.code, training.quantity) for training in found.trainings] == [("visite", 3)]


@pytest.mark.usefixtures("db")
async def test_only_those_who_write_the_catalogue_change_a_bundle() -> None:
    await _products()
    await make_board()
    board = await make_actor("purchasing", board="990000")
    for attempt in (
        operations.draft(board, "combo", content(BOTH), version=None),
        operations.publish(board, "combo", version=1),
        operations.discard(board, "combo", version=1),
        operations.retire(board, "combo", RetireBundle(closed_on=date(2027, 1, 1)), version=1),
    ):
        with pytest.raises(Forbidden):
            await attempt
    ministry = Actor(scope=Scope.ministry, name="Analyste", rights=frozenset({"catalogue.read", "catalogue.write"}))
    assert (await operations.draft(ministry, "combo", content(BOTH), version=None)).state == "draft"
    async with transaction(system()):
        assert await fetch_value("SELECT actor_name FROM event WHERE what = 'bundle.drafted'") == "Analyste"


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdefg"), max_size=3)))
def test_waves_write_what_is_inside_first_and_name_only_what_holds_itself(nested: dict[str, set[str]]) -> None:
    groups, inside_itself = waves(nested)
    seen: set[str] = set()
    for group in groups:
        for slug in group:
            assert nested[slug] & nested.keys() <= seen
        seen |= set(group)
    assert seen | set(inside_itself) == set(nested) and not seen & set(inside_itself)
    assert all(nested[slug] & set(inside_itself) for slug in inside_itself)


def test_what_goes_without_saying_is_left_out_of_a_line() -> None:
    lines = [
        {"product": "a", "quantity": 1, "optional": False, "choice": "", "taken": True},
        {"product": "b", "quantity": 1, "choice": "x"},
        {"product": "c", "quantity": 1, "choice": "x", "taken": False},
    ]
    assert plain_lines(lines) == [
        {"product": "a", "quantity": 1},
        {"product": "b", "quantity": 1, "choice": "x", "taken": True},
        {"product": "c", "quantity": 1, "choice": "x"},
    ]


def test_alternatives_inside_a_nested_bundle_are_their_own() -> None:
    lines = [
        FreeLine(f"{way}{name}", way.rstrip("/"), False, "x", name == "a") for way in ("", "n/") for name in ("a", "b")
    ]
    assert resolve(lines, ["b", "n/b"]) == ["b", "n/b"]
    assert resolve(lines, ["n/b"]) == ["a", "n/b"]


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.mark.usefixtures("db")
async def test_a_bundle_has_one_picture_said_in_words_for_whoever_cannot_see_it() -> None:
    await _products()
    await make_board()
    board = await make_actor("purchasing", board="990000")
    await _published("combo", BOTH)
    with pytest.raises(Forbidden):
        await photos.put(board, "combo", name="a.png", content=PIXEL, words="Un point", words_en="")
    with pytest.raises(NotFound):
        await photos.put(system(), "rien", name="a.png", content=PIXEL, words="Un point", words_en="")
    with pytest.raises(Invalid, match="quelques mots"):
        await photos.put(system(), "combo", name="a.png", content=PIXEL, words=" ", words_en="")
    with pytest.raises(Invalid, match="pas une image"):
        await photos.put(system(), "combo", name="a.txt", content=b"texte", words="Un point", words_en="")
    with pytest.raises(NotFound):
        await photos.content_of(board, "combo")

    await photos.put(system(), "combo", name="a.png", content=PIXEL, words="Un point", words_en="A dot")
    await photos.put(system(), "combo", name="b.png", content=PIXEL + b"x", words="Deux points", words_en="")
    found = (await queries.one(board, "combo")).photo
    assert found is not None and (found.words, found.size, found.media_type) == (
        "Deux points",
        len(PIXEL) + 1,
        "image/png",
    )
    assert (await photos.content_of(board, "combo")).content == PIXEL + b"x"
