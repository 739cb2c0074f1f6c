"""Every route of the application, asked by nobody, by strangers, by the sibling school, and by who may.

The routes come from the route table: a new one is walked at once, and fails until `examples.py` knows its parameters.
"""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest

from tests.app.bodies import structs_of
from tests.app.examples import FILTERS, Asked, request_of
from tests.app.exceptions import (
    ALIKE,
    ASKS_BY_POST,
    ASKS_INSIDE,
    BARE,
    KNOWN,
    LABELS,
    MIXED,
    NAMELESS,
    OWN,
    PUBLIC,
    READS_THAT_WRITE,
    REFUSED,
    RIGHTFUL,
    SENT_BACK,
    SHARED,
    WRITTEN_BY_NOBODY,
)
from tests.app.routes import API, Route, routes, those
from tests.app.walking import changed, checksums, others, rightful, send, undone, without_row_level_security
from tests.app.world import CANARY, SECRET, World, make_world


@pytest.fixture(scope="module")
async def world(pool: None) -> AsyncIterator[World]:
    async with undone():
        made = await make_world()
        made.sums = await checksums()
        yield made


@pytest.fixture(autouse=True)
async def _taken_back(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Each test leaves the world as it found it."""
    if "world" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("world")
    async with undone():
        yield


# --- the census: what each route says of itself -----------------------------------------------------------------------


def test_each_route_asks_for_a_right_or_to_be_signed_in_or_says_why_it_is_public() -> None:
    open_ = [str(r) for r in routes() if not (r.rights or r.asks_to_be_signed_in or r.public)]
    assert open_ == [], "give these a guard (kit.http: may, signed_in) or opt={'public': reason}"


def test_public_routes_are_those_of_the_list() -> None:
    assert {route.name: route.public for route in routes() if route.public} == PUBLIC


def test_routes_that_ask_no_right_are_about_the_caller_or_shared() -> None:
    asking_none = {route.name for route in routes() if route.asks_to_be_signed_in and not route.rights}
    assert asking_none - OWN.keys() - SHARED.keys() - ASKS_INSIDE.keys() == set()


def test_lists_of_exceptions_name_routes_that_exist() -> None:
    names = {route.name for route in routes()}
    listed: list[Iterable[str]] = [
        PUBLIC,
        SHARED,
        OWN,
        RIGHTFUL,
        ASKS_INSIDE,
        REFUSED,
        BARE,
        READS_THAT_WRITE,
        SENT_BACK,
        ALIKE,
        ASKS_BY_POST,
        MIXED,
        NAMELESS,
        {k for k, _ in KNOWN},
    ]
    assert {name for each in listed for name in each} <= names


def test_each_api_route_has_an_operation_id_of_its_own_and_a_summary() -> None:
    found = [route for route in routes() if route.is_api]
    assert [str(r) for r in found if not isinstance(r.handler.operation_id, str)] == []
    assert len({route.name for route in found}) == len(found)
    assert [str(r) for r in found if not (r.handler.fn.__doc__ or r.handler.summary or r.handler.description)] == []


@pytest.mark.parametrize("route", those(lambda route: route.is_api and route.body is not None))
def test_a_body_refuses_unknown_fields_at_every_depth(route: Route) -> None:
    assert [each.cls.__name__ for each in structs_of(route.body) if not each.forbid_unknown_fields] == []


# --- the walk ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", those(lambda route: not route.public))
async def test_nobody_gets_in(route: Route, world: World) -> None:
    asked = await request_of(route, world)
    person = rightful(route, world)
    tokens = [None, "not-a-token", *person.ended] if route.is_api else [None]
    for token in tokens:
        answer = await send(route, asked, None, token=token)
        if route.is_api:
            assert answer.status_code == 401, answer.text
        else:
            assert answer.status_code == 303, answer.text
            assert answer.headers["location"].startswith("/sign-in")
    assert await changed(world) == set()


@pytest.mark.parametrize("route", those(lambda route: route.public))
async def test_a_public_route_tells_nothing_of_anybody(route: Route, world: World) -> None:
    answer = await send(route, await request_of(route, world), None)
    assert answer.status_code < 500
    told = answer.text.replace(world.person, "")  # the sign-in form repeats the address typed
    if route.name in LABELS:
        told = told.replace(f"École {SECRET}", "")
    assert CANARY not in told
    assert await changed(world) <= {"sign_in_attempt"} | WRITTEN_BY_NOBODY.get(route.name, set())


@pytest.fixture(params=[True, False], ids=["twice", "by the query alone"])
def filtered(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row-level security says no a second time; the queries must say it the first."""
    if not request.param:
        without_row_level_security(monkeypatch)


@pytest.mark.usefixtures("filtered")
@pytest.mark.parametrize("route", those(lambda route: not route.public))
async def test_others_read_nothing_and_change_nothing(route: Route, world: World) -> None:
    asked = await request_of(route, world)
    for who, person in others(route, world):
        async with undone():
            answer = await send(route, asked, person)
            said = f"{who}: {answer.status_code} {answer.text[:1000]}"
            assert CANARY not in answer.text.replace(world.person, ""), said
            assert await changed(world) <= OWN.get(route.name, set()), said
            if route.is_in(OWN, SHARED) or any((name, who) in KNOWN for name in route.names):
                assert answer.status_code < 500, said
            elif route.reads and not route.parameters:
                assert answer.status_code in ((200, 403) if route.is_api else (200, 303, 403)), said
                if answer.status_code != 403:
                    shown = answer.text + answer.headers.get("location", "")
                    assert [mark for mark in world.marks if mark in shown] == [], said
            elif route.name in SENT_BACK:
                assert answer.status_code == 303, said
            elif answer.status_code not in ((403, 404) if route.is_api else (403, 404, 422)):
                assert route.is_in(ALIKE), said
                status, name, absent = next(ALIKE[known] for known in route.names if known in ALIKE)
                nothing = await send(route, _naming(asked, name, absent), person)
                assert answer.status_code == nothing.status_code == status, said
                if route.is_api:  # a page holds keys of its own each time
                    assert answer.json()["detail"] == nothing.json()["detail"].replace(absent, name), said


def _naming(asked: Asked, name: str, other: str) -> Asked:
    sent = json.dumps([asked.json, asked.form])
    assert name in sent
    body, form = json.loads(sent.replace(name, other))
    return replace(asked, json=body, form=form)


@pytest.mark.usefixtures("filtered")
@pytest.mark.parametrize("path", ["/orders/{orders}", "/orders/{orders}/receipts", "/receipts/{receipts}"])
async def test_what_two_schools_share_shows_each_its_own_lines(path: str, world: World) -> None:
    route = next(route for route in routes() if route.name == "getOrder")
    asked = Asked("GET", f"{API}{path.format(**world.joint)}")
    answer = await send(route, asked, world.others["the sibling school"])
    assert answer.status_code == 200
    assert "990002" in answer.text
    assert [mark for mark in world.marks if mark in answer.text] == []


@pytest.mark.usefixtures("filtered")
@pytest.mark.parametrize("route", those(lambda route: route.reads and FILTERS.keys() & route.query.keys()))
async def test_no_filter_and_no_search_finds_another_s_rows(route: Route, world: World) -> None:
    for who, person in others(route, world):
        for name in FILTERS.keys() & route.query.keys():
            asked = await request_of(route, world)
            asked.query[name] = FILTERS[name](world)
            answer = await send(route, asked, person)
            assert answer.status_code < 500, f"{who}, {name}: {answer.text}"
            assert CANARY not in answer.text, f"{who}, {name}: {answer.text}"


@pytest.mark.parametrize("route", those(lambda route: not route.public))
async def test_the_rightful_person_is_answered(route: Route, world: World) -> None:
    asked = await request_of(route, world)
    answer = await send(route, asked, rightful(route, world))
    if route.name in REFUSED:
        assert answer.status_code == REFUSED[route.name][0], answer.text
    else:
        assert answer.status_code < 400, answer.text
        assert not answer.headers.get("location", "").startswith("/sign-in") or route.name == "POST /sign-out"
    if route.reads:
        assert (await changed(world) == set()) or route.name in READS_THAT_WRITE
        # Else the walk of the others would prove nothing: there is something to see.
        if route.parameters and not route.is_in(SHARED, BARE, OWN):
            assert CANARY in answer.text, answer.text
    elif route.name in ASKS_BY_POST:
        assert await changed(world) == set()
    elif route.name not in REFUSED and route.name != "POST /me/board":
        assert await changed(world), "this request was meant to change something: mend its example"


@pytest.mark.parametrize("route", those(lambda route: route.is_api and not route.reads))
async def test_a_token_that_may_only_read_changes_nothing(route: Route, world: World) -> None:
    answer = await send(route, await request_of(route, world), None, token=rightful(route, world).reader)
    assert answer.status_code == 403, answer.text
    assert await changed(world) == set()


@pytest.mark.parametrize("route", those(lambda route: not (route.reads or route.is_api)))
async def test_a_form_of_another_site_changes_nothing(route: Route, world: World) -> None:
    # Without its files: the middleware that looks for the form's token leaves what it spooled to the garbage collector.
    asked = replace(await request_of(route, world), files=None)
    answer = await send(route, asked, rightful(route, world), forged=True)
    assert answer.status_code == 403, answer.text
    assert await changed(world) == set()


@pytest.mark.parametrize("route", those(lambda route: not (route.reads or route.public or route.name in OWN)))
async def test_an_auditor_changes_nothing(route: Route, world: World) -> None:
    answer = await send(route, await request_of(route, world), world.rightful["auditor"])
    assert answer.status_code in ((303,) if route.name in SENT_BACK else (403, 404)), answer.text
    assert await changed(world) == set()


@pytest.mark.parametrize("route", those(lambda route: route.is_api and route.body is not None))
async def test_a_field_that_does_not_exist_is_refused(route: Route, world: World) -> None:
    asked = await request_of(route, world)
    if asked.files is not None:
        asked = replace(asked, form={"state": "applied"})
    else:
        asked = replace(asked, json={**asked.json, "no_such_field": "x"})
    answer = await send(route, asked, rightful(route, world))
    assert answer.status_code == 400, answer.text
    assert await changed(world) == set()


def _names_things(route: Route) -> bool:
    """Whether a body holds a list."""
    return any("ListType" in repr(each.type) for struct in structs_of(route.body) for each in struct.fields)


@pytest.mark.usefixtures("filtered")
@pytest.mark.parametrize("route", those(lambda route: route.is_api and route.body is not None and _names_things(route)))
async def test_one_foreign_name_in_a_list_refuses_them_all(route: Route, world: World) -> None:
    if route.name in NAMELESS:
        return
    assert route.name in MIXED, (
        f"give a list of own and foreign things for {route} in MIXED, or say why not in NAMELESS"
    )
    asked = replace(await request_of(route, world), json=MIXED[route.name](world))
    for who, person in others(route, world):
        answer = await send(route, asked, person)
        assert answer.status_code in (403, 404, 409, 422), f"{who}: {answer.text}"
        assert CANARY not in answer.text
        assert await changed(world) == set(), who
