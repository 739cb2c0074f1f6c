"""What a page offers to do with an asset: one form at a time, chosen by `?do=`, each leading to one operation."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import msgspec

from inventory.assets import operations
from inventory.assets.schemas import AssetChange, AssetFile, AssetOut, MaybeWhy, Place, Room, Why
from kit.actor import Actor
from kit.forms import read_form
from kit.i18n import _, lazy

Typed = Mapping[str, str]
Run = Callable[[Actor, str, Typed, int | None], Awaitable[AssetOut]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`move`: the move of the state machine that it makes (None: any asset that is not retired). `done`: what is said then."""

    code: str
    label: str
    done: str
    run: Run
    move: str | None = None
    kind: str = "primary"


class Service(msgspec.Struct, kw_only=True):
    """Where a device is put into service; empty: where it was said to be."""

    room: Room | None = None


class Gone(Why, kw_only=True):
    """Lost, or with `stolen` taken."""

    stolen: bool = False


async def _into_service(who: Actor, tag: str, typed: Typed, version: int | None) -> AssetOut:
    return (await operations.put_into_service(who, [tag], room=read_form(typed, Service).room))[0]


async def _out(who: Actor, tag: str, typed: Typed, version: int | None) -> AssetOut:
    return await operations.take_out_of_service(who, tag, why=read_form(typed, Why).why, version=version)


async def _repair(who: Actor, tag: str, typed: Typed, version: int | None) -> AssetOut:
    return await operations.send_to_repair(who, tag, why=read_form(typed, Why).why, version=version)


async def _back(who: Actor, tag: str, typed: Typed, version: int | None) -> AssetOut:
    return await operations.return_to_service(who, tag, why=read_form(typed, MaybeWhy).why, version=version)


async def _gone(who: Actor, tag: str, typed: Typed, version: int | None) -> AssetOut:
    read = read_form(typed, Gone)
    return await operations.report_lost(who, tag, why=read.why, stolen=read.stolen, version=version)


async def _found(who: Actor, tag: str, typed: Typed, version: int | None) -> AssetOut:
    return await operations.report_found(who, tag, why=read_form(typed, MaybeWhy).why, version=version)


async def _retire(who: Actor, tag: str, typed: Typed, version: int | None) -> AssetOut:
    return await operations.retire(who, tag, why=read_form(typed, Why).why, version=version)


async def _move(who: Actor, tag: str, typed: Typed, version: int | None) -> AssetOut:
    place = read_form(typed, Place)
    return await operations.move(who, tag, building=place.building, room=place.room, version=version)


async def _correct(who: Actor, tag: str, typed: Typed, version: int | None) -> AssetOut:
    return await operations.change(who, tag, read_form(typed, AssetChange), version=version)


ACTIONS: tuple[Action, ...] = (
    Action(
        code="into-service",
        label=lazy("Mettre en service"),
        done=lazy("{tag} est en service."),
        run=_into_service,
        move="asset.put_into_service",
    ),
    Action(
        code="return",
        label=lazy("Remettre en service"),
        done=lazy("{tag} est de nouveau en service."),
        run=_back,
        move="asset.returned_to_service",
    ),
    Action(
        code="found",
        label=lazy("Déclarer retrouvé"),
        done=lazy("{tag} est retrouvé. Il reste hors service jusqu'à ce que quelqu'un l'ait vérifié."),
        run=_found,
        move="asset.found",
    ),
    Action(code="place", label=lazy("Déplacer"), done=lazy("La place de {tag} est notée."), run=_move),
    Action(code="record", label=lazy("Corriger la fiche"), done=lazy("La fiche de {tag} est corrigée."), run=_correct),
    Action(
        code="out-of-service",
        label=lazy("Mettre hors service"),
        done=lazy("{tag} est hors service : il ne compte plus pour le plancher."),
        run=_out,
        move="asset.taken_out_of_service",
    ),
    Action(
        code="repair",
        label=lazy("Envoyer en réparation"),
        done=lazy("{tag} est en réparation."),
        run=_repair,
        move="asset.sent_to_repair",
    ),
    Action(
        code="lost",
        label=lazy("Déclarer perdu ou volé"),
        done=lazy("La disparition de {tag} est notée."),
        run=_gone,
        move="asset.lost",
        kind="danger",
    ),
    Action(
        code="retirement",
        label=lazy("Retirer"),
        done=lazy("{tag} est retiré. Sa fiche reste consultable."),
        run=_retire,
        move="asset.retired",
        kind="danger",
    ),
)
BY_CODE = {action.code: action for action in ACTIONS}


def offered(who: Actor, file: AssetFile) -> list[Action]:
    """What this person may do with this asset in its state."""
    if not who.may("asset.write", school=file.asset.school) or not file.moves:
        return []
    return [action for action in ACTIONS if action.move is None or action.move in file.moves]


def done(action: Action, tag: str) -> str:
    """What is said when it is done."""
    return _(action.done).format(tag=tag)
