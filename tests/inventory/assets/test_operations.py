"""Assets come in, work, break, get lost: one transaction each, with rights, versions and events."""

from datetime import date, timedelta

import pytest

from inventory.assets import operations, queries
from inventory.assets.rules import MoveRefused, Retired, SerialsRefused, State
from inventory.assets.schemas import AssetChange, AssetOut, NewAsset, NewUnit
from kit.actor import Actor
from kit.clock import today
from kit.database import execute, fetch, fetch_value
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import make_actor, make_building, make_school, new_unit

pytestmark = pytest.mark.usefixtures("db")


async def technician(board: str = "990000") -> Actor:
    await make_school(f"{board[:3]}001", board=board)
    return await make_actor("technician", board=board)


async def received(who: Actor, *units: NewUnit) -> list[AssetOut]:
    return await operations.receive_units(who, units or [new_unit()])


async def events_of(tag: str) -> list[str]:
    rows = await fetch("SELECT what FROM event WHERE subject_kind = 'asset' AND subject = $1 ORDER BY id", tag)
    return [row["what"] for row in rows]


async def count_assets() -> int:
    found: int = await fetch_value("SELECT count(*) FROM asset")
    return found


async def test_received_units_become_assets_with_the_next_tags_in_their_order() -> None:
    who = await technician()
    first = await received(who, new_unit(serial="A-1"), new_unit(serial=None, net_cents=420_07), new_unit(serial="A-3"))
    second = await received(who, new_unit(serial="A-4"))

    assert [asset.tag for asset in first] == ["990-000001", "990-000002", "990-000003"]
    assert [asset.serial for asset in first] == ["A-1", None, "A-3"]
    assert first[1].net_cents == 420_07
    assert second[0].tag == "990-000004"
    assert {asset.state for asset in first} == {State.received}
    assert not any(asset.counts for asset in first)
    assert len({asset.label_code for asset in [*first, *second]}) == 4
    assert await events_of("990-000002") == ["asset.received"]


async def test_receiving_nothing_makes_nothing() -> None:
    assert await operations.receive_units(await technician(), []) == []


async def test_a_refused_list_leaves_no_hole_in_the_tags() -> None:
    who = await technician()
    await received(who, new_unit(serial="A-1"))
    with pytest.raises(SerialsRefused):
        await received(who, new_unit(serial="A-2"), new_unit(serial="a-1"))
    assert (await received(who, new_unit(serial="A-5")))[0].tag == "990-000002"


@pytest.mark.parametrize("again", ["dmpx-1", " DMPX-1 ", "DMPX 1"])
async def test_a_serial_known_in_scope_is_refused_with_the_asset_that_bears_it(again: str) -> None:
    who = await technician()
    (known,) = await received(who, new_unit(serial="DMPX-1"))
    with pytest.raises(SerialsRefused) as refused:
        await received(who, new_unit(serial="NEUF-1"), new_unit(serial=again))
    assert refused.value.positions.keys() == {2}
    assert f"Déjà inscrit\u00a0: bien {known.tag}." in refused.value.detail
    assert await count_assets() == 1


async def test_a_serial_of_another_board_is_refused_without_saying_where() -> None:
    await received(await technician("991000"), new_unit(board="991000", school="991001", serial="DMPX-1"))
    with pytest.raises(SerialsRefused) as refused:
        await received(await technician(), new_unit(serial="DMPX-1"))
    assert refused.value.detail == (
        "N° de série DMPX-1. Déjà inscrit ailleurs\u00a0: mettez-le de côté et ouvrez un billet."
    )
    assert "991" not in refused.value.detail


async def test_every_duplicate_of_a_list_is_named_by_its_position() -> None:
    who = await technician()
    with pytest.raises(SerialsRefused) as refused:
        await received(
            who,
            new_unit(serial="S1"),
            new_unit(serial="S2"),
            new_unit(serial="s1"),
            new_unit(serial="S 2"),
            new_unit(serial="S1"),
        )
    assert refused.value.positions.keys() == {3, 5}
    assert "lignes 1 et 3" in refused.value.positions[3]
    assert refused.value.errors.keys() == {"units.2.serial", "units.4.serial"}
    assert await count_assets() == 0


async def test_one_serial_of_two_makers_is_two_devices() -> None:
    who = await technician()
    assert len(await received(who, new_unit(serial="1001", maker="Un"), new_unit(serial="1001", maker="Deux"))) == 2


async def test_a_retired_asset_lets_its_serial_be_used_again() -> None:
    who = await technician()
    (old,) = await received(who, new_unit(serial="S1"))
    await operations.retire(who, old.tag, why="Brisé à l'arrivée")
    (new,) = await received(who, new_unit(serial="S1"))
    assert new.tag != old.tag


async def test_junk_serials_of_a_list_are_all_refused_by_position() -> None:
    who = await technician()
    with pytest.raises(SerialsRefused) as refused:
        await received(who, new_unit(serial="N/A"), new_unit(serial="S1"), new_unit(serial="Default string"))
    assert refused.value.positions.keys() == {1, 3}
    assert await count_assets() == 0


async def test_a_technician_cannot_receive_for_another_board() -> None:
    await make_school("991001", board="991000")
    with pytest.raises(NotFound):
        await received(await technician(), new_unit(board="991000", school="991001"))
    assert await count_assets() == 0


async def test_a_school_team_receives_nothing() -> None:
    await technician()
    team = await make_actor("school_team", school="990001")
    with pytest.raises(Forbidden):
        await received(team)
    assert await count_assets() == 0


# Into service


async def test_putting_into_service_counts_and_ends_what_was_awaited() -> None:
    who = await technician()
    await execute(
        "INSERT INTO expected_delivery (board, school, category, quantity, source, label)"
        " VALUES ('990000', '990001', 'flotte-appareils', 6, 'order-line-1', 'BC-990-2026-00001')"
    )
    assets = await received(who, *(new_unit(expected_source="order-line-1") for _ in range(4)))
    tags = [asset.tag for asset in assets]

    done = await operations.put_into_service(who, [*tags, tags[0]], room="204")

    assert [asset.tag for asset in done] == tags
    assert all(asset.counts and asset.room == "204" and asset.in_service_on == today() for asset in done)
    assert await fetch_value("SELECT quantity FROM expected_delivery WHERE source = 'order-line-1'") == 2
    assert await events_of(tags[3]) == ["asset.received", "asset.put_into_service"]


async def test_a_unit_lost_before_service_is_awaited_no_more() -> None:
    who = await technician()
    await execute(
        "INSERT INTO expected_delivery (board, school, category, quantity, source, label)"
        " VALUES ('990000', '990001', 'flotte-appareils', 1, 'order-line-2', 'BC-990-2026-00002')"
    )
    (asset,) = await received(who, new_unit(expected_source="order-line-2"))
    await operations.report_lost(who, asset.tag, why="Boîte vide")
    assert await fetch_value("SELECT quantity FROM expected_delivery WHERE source = 'order-line-2'") == 0


async def test_a_second_time_into_service_is_refused_and_changes_no_other() -> None:
    who = await technician()
    first, second = await received(who, new_unit(), new_unit())
    await operations.put_into_service(who, [first.tag])
    with pytest.raises(MoveRefused) as refused:
        await operations.put_into_service(who, [second.tag, first.tag])
    assert refused.value.detail == f"Le bien {first.tag} est en service\u00a0: on ne peut pas le mettre en service."
    assert (await queries.by_tags(who, [second.tag]))[0].state is State.received


async def test_one_foreign_tag_refuses_them_all_as_absent() -> None:
    (foreign,) = await received(await technician("991000"), new_unit(board="991000", school="991001"))
    who = await technician()
    (own,) = await received(who)
    with pytest.raises(NotFound):
        await operations.put_into_service(who, [own.tag, foreign.tag])
    assert (await queries.by_tags(who, [own.tag]))[0].state is State.received


async def in_service(who: Actor, **fields: object) -> AssetOut:
    (asset,) = await received(who, new_unit(**fields))
    return (await operations.put_into_service(who, [asset.tag]))[0]


async def test_out_of_service_and_back_is_told_by_the_timeline() -> None:
    who = await technician()
    asset = await in_service(who)
    out = await operations.take_out_of_service(who, asset.tag, why=" Écran fêlé ", version=asset.version)
    assert out.state is State.out_of_service and not out.counts
    back = await operations.return_to_service(who, asset.tag, version=out.version)
    assert back.counts

    file = await queries.one(who, asset.tag)
    assert [event.what for event in file.timeline] == [
        "asset.returned_to_service",
        "asset.taken_out_of_service",
        "asset.put_into_service",
        "asset.received",
    ]
    assert file.timeline[1].why == "Écran fêlé"
    assert file.floor == "Compte pour le plancher de l'école."


async def test_a_stale_version_changes_nothing() -> None:
    who = await technician()
    asset = await in_service(who)
    await operations.move(who, asset.tag, building=None, room="101", version=asset.version)
    with pytest.raises(Stale):
        await operations.take_out_of_service(who, asset.tag, why="Brisé", version=asset.version)
    assert (await queries.by_tags(who, [asset.tag]))[0].counts


@pytest.mark.parametrize("step", [operations.take_out_of_service, operations.report_lost, operations.retire])
async def test_a_reason_is_asked(step: object) -> None:
    who = await technician()
    asset = await in_service(who)
    with pytest.raises(Invalid) as refused:
        await step(who, asset.tag, why="  ")  # type: ignore[operator]
    assert refused.value.errors.keys() == {"why"}


async def test_what_was_found_again_waits_out_of_service() -> None:
    who = await technician()
    asset = await in_service(who)
    await operations.report_lost(who, asset.tag, why="Introuvable")
    await operations.report_lost(who, asset.tag, why="Vitre brisée, dossier 12", stolen=True)
    assert (await operations.report_found(who, asset.tag)).state is State.out_of_service


async def test_a_retired_asset_changes_no_more() -> None:
    who = await technician()
    asset = await in_service(who)
    await operations.retire(who, asset.tag, why="Fin de vie")
    with pytest.raises(MoveRefused):
        await operations.report_lost(who, asset.tag, why="Perdu")
    with pytest.raises(Retired):
        await operations.change(who, asset.tag, AssetChange(note="x"))
    with pytest.raises(Retired):
        await operations.move(who, asset.tag, building=None, room="1")


async def test_a_school_team_reads_but_changes_nothing() -> None:
    asset = await in_service(await technician())
    team = await make_actor("school_team", school="990001")
    assert (await queries.one(team, asset.tag)).asset.tag == asset.tag
    with pytest.raises(Forbidden):
        await operations.take_out_of_service(team, asset.tag, why="Brisé")
    with pytest.raises(Forbidden):
        await operations.change(team, asset.tag, AssetChange(name="Autre"))
    assert (await queries.by_tags(team, [asset.tag]))[0].version == asset.version


# Correction, place


async def test_a_correction_writes_only_what_it_names() -> None:
    who = await technician()
    asset = await in_service(who, serial="S1", name="Tablette")
    changed = await operations.change(
        who, asset.tag, AssetChange(serial=" s 2 ", warranty_until=date(2029, 6, 30)), version=asset.version
    )
    assert (changed.serial, changed.name, changed.warranty_until) == ("s 2", "Tablette", date(2029, 6, 30))
    event = (await queries.one(who, asset.tag)).timeline[0]
    assert event.before == {"serial": "S1", "warranty_until": None}
    assert event.after == {"serial": "s 2", "warranty_until": "2029-06-30"}


async def test_a_correction_that_changes_nothing_leaves_no_trace() -> None:
    who = await technician()
    asset = await in_service(who, serial="S1")
    same = await operations.change(who, asset.tag, AssetChange(serial="S1", maker=asset.maker))
    assert same.version == asset.version
    assert "asset.changed" not in await events_of(asset.tag)


async def test_a_serial_cannot_be_corrected_to_that_of_another_asset() -> None:
    who = await technician()
    first = await in_service(who, serial="S1")
    second = await in_service(who, serial="S2")
    with pytest.raises(Invalid) as refused:
        await operations.change(who, second.tag, AssetChange(serial="s1"))
    assert first.tag in refused.value.errors["serial"]
    # Its own serial, written otherwise, is no duplicate.
    assert (await operations.change(who, first.tag, AssetChange(serial="s1"))).serial == "s1"


async def test_an_asset_moves_to_a_building_of_its_school_only() -> None:
    who = await technician()
    asset = await in_service(who)
    near, far = (
        await make_building("990801", school="990001"),
        await make_building("990802", school=await make_school("990002")),
    )
    moved = await operations.move(who, asset.tag, building=near, room="12")
    assert (moved.building, moved.room) == (near, "12")
    with pytest.raises(Invalid) as refused:
        await operations.move(who, asset.tag, building=far, room="12")
    assert refused.value.errors.keys() == {"building"}


# By hand


async def test_an_asset_entered_by_hand_takes_what_the_catalogue_knows() -> None:
    who = await technician()
    await execute(
        "INSERT INTO product (code, category, maker, model, name, useful_life_months, warranty_months, tracked)"
        " VALUES ('tab-x', 'flotte-appareils', 'Fabricant', 'X1', 'Tablette X1', 60, 12, true)"
    )
    new = NewAsset(school="990001", product="tab-x", serial="H1", acquired_on=date(2024, 8, 31), in_service=True)
    asset = await operations.add_asset(who, new)
    assert (asset.name, asset.maker, asset.model, asset.category) == (
        "Tablette X1",
        "Fabricant",
        "X1",
        "flotte-appareils",
    )
    assert (asset.useful_until, asset.warranty_until) == (date(2029, 8, 31), date(2025, 8, 31))
    assert asset.state is State.in_service
    assert (asset.board, asset.before_tax_cents) == ("990000", None)
    assert await events_of(asset.tag) == ["asset.added", "asset.put_into_service"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "name"),
        ({"name": "Robot"}, "category"),
        ({"name": "Robot", "category": "inconnue"}, "category"),
        ({"product": "inconnu"}, "product"),
        ({"name": "Robot", "category": "robotique", "serial": "0000"}, "serial"),
        ({"name": "Robot", "category": "robotique", "acquired_on": today() + timedelta(days=2)}, "acquired_on"),
        ({"name": "Robot", "category": "robotique", "building": "990899"}, "building"),
    ],
)
async def test_what_is_wrong_in_an_asset_typed_by_hand_is_said_by_field(fields: dict[str, object], field: str) -> None:
    who = await technician()
    with pytest.raises(Invalid) as refused:
        await operations.add_asset(who, NewAsset(school="990001", **fields))  # type: ignore[arg-type]
    assert refused.value.errors.keys() == {field}
    assert await count_assets() == 0


async def test_an_asset_is_not_entered_in_another_board() -> None:
    await make_school("991001", board="991000")
    with pytest.raises(NotFound):
        await operations.add_asset(await technician(), NewAsset(school="991001", name="Robot", category="robotique"))
