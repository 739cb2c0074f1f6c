"""Writes of assets. Each change of state goes through `carry_out` or `put_into_service`, and leaves its event."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from inventory.assets import entering, queries, rules
from inventory.assets.rules import Move, SerialsRefused, State
from inventory.assets.schemas import AssetChange, AssetOut, NewAsset, NewUnit
from inventory.floor.operations import less_expected
from kit.actor import Actor
from kit.clock import now, today
from kit.database import execute, transaction
from kit.errors import Invalid, Refused, Stale
from kit.events import Change, record, record_all
from kit.i18n import _


async def receive_units(who: Actor, units: Sequence[NewUnit]) -> list[AssetOut]:
    """As `receive_many`, and what became of each unit."""
    async with transaction(who):
        return await queries.by_tags(who, await receive_many(who, units))


async def receive_many(who: Actor, units: Sequence[NewUnit]) -> list[str]:
    """Make an asset of each unit, in the state `received`, with the board's next tags in the order of the units; the tags.

    Called inside the transaction of what received them. Raises SerialsRefused (all of them, by position); then nothing is made.
    """
    async with transaction(who):
        for school in {unit.school for unit in units}:
            who.must("receipt.write", school=school)
        return await entering.enter(who, units, what="asset.received")


async def add_asset(who: Actor, new: NewAsset) -> AssetOut:
    """Enter one asset by hand, owned by its school's board; with `in_service`, put it into service at once."""
    async with transaction(who):
        unit = await entering.unit_of(who, new)
        try:
            tags = await entering.enter(who, [unit], what="asset.added")
        except SerialsRefused as refused:
            raise Invalid({"serial": refused.detail}) from refused
        return (await put_into_service(who, tags) if new.in_service else await queries.by_tags(who, tags))[0]


async def put_into_service(who: Actor, tags: Sequence[str], *, room: str | None = None) -> list[AssetOut]:
    """Put received assets into service together (or none of them), in `room` if it is given; they are awaited no more."""
    tags = list(dict.fromkeys(tags))
    async with transaction(who):
        rows = await queries.locked(who, tags)
        for row in rows:
            rules.check_move(rules.PUT_INTO_SERVICE, State(row["state"]), row["tag"])
        await execute(
            "UPDATE asset SET state = 'in_service', state_since = $2, in_service_on = $3, room = coalesce($4, room),"
            " version = version + 1 WHERE id = ANY($1::uuid[])",
            [row["id"] for row in rows], now(), today(), room,
        )  # fmt: skip
        await record_all(
            who,
            [
                Change(
                    what=rules.PUT_INTO_SERVICE.what, kind="asset", subject=row["tag"], board=row["board"], school=row["school"],
                    before={"state": row["state"], "room": row["room"]},
                    after={"state": "in_service", "room": row["room"] if room is None else room},
                )
                for row in rows
            ],
        )  # fmt: skip
        await _no_longer_awaited(rows)
        return await queries.by_tags(who, tags)


async def take_out_of_service(who: Actor, tag: str, *, why: str, version: int | None = None) -> AssetOut:
    return await _make(who, tag, rules.TAKE_OUT_OF_SERVICE, why=why, version=version)


async def return_to_service(who: Actor, tag: str, *, why: str = "", version: int | None = None) -> AssetOut:
    """Back from being out of service, or from repair."""
    return await _make(who, tag, rules.RETURN_TO_SERVICE, why=why, version=version)


async def send_to_repair(who: Actor, tag: str, *, why: str, version: int | None = None) -> AssetOut:
    return await _make(who, tag, rules.SEND_TO_REPAIR, why=why, version=version)


async def report_lost(who: Actor, tag: str, *, why: str, stolen: bool = False, version: int | None = None) -> AssetOut:
    return await _make(who, tag, rules.REPORT_STOLEN if stolen else rules.REPORT_LOST, why=why, version=version)


async def report_found(who: Actor, tag: str, *, why: str = "", version: int | None = None) -> AssetOut:
    """What was lost or stolen is back: out of service until somebody has looked at it."""
    return await _make(who, tag, rules.FIND, why=why, version=version)


async def retire(who: Actor, tag: str, *, why: str, version: int | None = None) -> AssetOut:
    """Write an asset off, for good. Its record and its serial stay; the serial may be used again."""
    return await _make(who, tag, rules.RETIRE, why=why, version=version)


async def move(who: Actor, tag: str, *, building: str | None, room: str, version: int | None = None) -> AssetOut:
    """Say where an asset is: a building of its school and a room. What it counts for does not change."""
    async with transaction(who):
        row = await _editable(who, tag, version)
        if building is not None and building != row["building"]:
            await queries.place_of(row["school"], building)
        return await _edit(who, row, "asset.moved", {"building": building, "room": room.strip()})


async def change(who: Actor, tag: str, new: AssetChange, *, version: int | None = None) -> AssetOut:
    """Correct what describes an asset. What `new` leaves out stays as it is."""
    wanted = {name: value for name, value in msgspec.structs.asdict(new).items() if value is not msgspec.UNSET}
    for name in wanted.keys() & {"name", "maker", "model", "note"}:
        wanted[name] = wanted[name].strip()
    if wanted.get("name") == "":
        raise Invalid({"name": _("Donnez un nom au bien.")})
    if "serial" in wanted:
        try:
            wanted["serial"] = rules.serial_number(wanted["serial"])
        except Refused as refused:
            raise Invalid({"serial": refused.detail}) from refused
    async with transaction(who):
        row = await _editable(who, tag, version)
        serial, maker = wanted.get("serial", row["serial"]), wanted.get("maker", row["maker"])
        if serial is not None and (serial, maker) != (row["serial"], row["maker"]):
            taken = await entering.serials_refused(who, [maker], [serial], own=tag)
            if taken:
                raise Invalid({"serial": taken[1]})
        return await _edit(who, row, "asset.changed", wanted)


async def carry_out(who: Actor, row: Mapping[str, Any], step: Move, *, why: str = "") -> None:
    """Make a move on a locked row of `asset`, with its event. The caller has asked for the right and gives the reason."""
    state = State(row["state"])
    rules.check_move(step, state, row["tag"])
    await execute(
        "UPDATE asset SET state = $2, state_since = $3, version = version + 1 WHERE id = $1",
        row["id"], step.to.value, now(),
    )  # fmt: skip
    await record(
        who, step.what, kind="asset", subject=row["tag"], board=row["board"], school=row["school"],
        before={"state": state.value}, after={"state": step.to.value}, why=why,
    )  # fmt: skip
    if state is State.received:
        await _no_longer_awaited([row])


async def _make(who: Actor, tag: str, step: Move, *, why: str, version: int | None) -> AssetOut:
    reason = rules.check_reason(why) if step.needs_reason else why.strip()
    async with transaction(who):
        (row,) = await queries.locked(who, [tag])
        _check_version(row, version)
        await carry_out(who, row, step, why=reason)
        return (await queries.by_tags(who, [tag]))[0]


async def _editable(who: Actor, tag: str, version: int | None) -> Any:
    (row,) = await queries.locked(who, [tag])
    _check_version(row, version)
    if (state := State(row["state"])) in rules.OVER:
        raise rules.Retired(tag=tag, state=state)
    return row


async def _edit(who: Actor, row: Mapping[str, Any], what: str, wanted: Mapping[str, Any]) -> AssetOut:
    """Write the columns that differ (their names are ours, never the caller's) and the event; nothing where none does."""
    new = {name: value for name, value in wanted.items() if value != row[name]}
    if new:
        columns = ", ".join(f'"{name}" = ${place}' for place, name in enumerate(new, 2))
        await execute(f"UPDATE asset SET {columns}, version = version + 1 WHERE id = $1", row["id"], *new.values())
        await record(
            who, what, kind="asset", subject=row["tag"], board=row["board"], school=row["school"],
            before={name: row[name] for name in new}, after=new,
        )  # fmt: skip
    return (await queries.by_tags(who, [row["tag"]]))[0]


def _check_version(row: Mapping[str, Any], version: int | None) -> None:
    if version is not None and version != row["version"]:
        raise Stale()


async def _no_longer_awaited(rows: Sequence[Mapping[str, Any]]) -> None:
    """Units that leave the state `received` end their part of an expected delivery, whatever became of them."""
    counts: dict[str, int] = {}
    for row in rows:
        if source := row["expected_source"]:
            counts[source] = counts.get(source, 0) + 1
    await less_expected(dict(sorted(counts.items())))  # sorted: two callers lock the sources alike
