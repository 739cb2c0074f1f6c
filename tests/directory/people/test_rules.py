"""Pure decisions: where somebody acts, what is refused, how long to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from directory.people import limits, rules
from directory.people.limits import Limit, wait
from directory.people.rules import Grant, place
from kit.actor import Scope
from kit.errors import Invalid

TEAM = Grant("school_team", "990000", "990001", frozenset({"floor.read", "selection.compose"}))
SIBLING = Grant("principal", "990000", "990002", frozenset({"floor.read", "selection.approve"}))
TECHNICIAN = Grant("technician", "990000", None, frozenset({"floor.read", "asset.write"}))
BUYER = Grant("purchasing", "990000", None, frozenset({"order.write"}))
ELSEWHERE = Grant("technician", "991000", None, frozenset({"asset.write"}))
ELSEWHERE_TEAM = Grant("school_team", "991000", "991001", frozenset({"selection.compose"}))
MINISTRY = Grant("ministry", None, None, frozenset({"floor.write", "coverage.read"}))


@pytest.mark.parametrize(
    ("grants", "narrowed", "expected"),
    [
        # grants, (asked, token's board, token's school) → (scope, board, schools) or None
        ([], (None, None, None), None),
        ([], ("990000", None, None), None),
        ([TEAM], (None, None, None), (Scope.school, "990000", ("990001",))),
        ([TEAM, SIBLING], (None, None, None), (Scope.school, "990000", ("990001", "990002"))),
        ([TEAM], ("991000", None, None), None),
        ([TECHNICIAN], (None, None, None), (Scope.board, "990000", ())),
        ([TECHNICIAN, TEAM], (None, None, None), (Scope.board, "990000", ())),
        ([ELSEWHERE, TEAM], (None, None, None), (Scope.school, "990000", ("990001",))),
        ([ELSEWHERE, TEAM], ("991000", None, None), (Scope.board, "991000", ())),
        ([ELSEWHERE, TEAM], ("992000", None, None), None),
        ([MINISTRY], (None, None, None), (Scope.ministry, None, ())),
        ([MINISTRY], ("990000", None, None), (Scope.ministry, None, ())),
        ([MINISTRY, TEAM], (None, None, None), (Scope.ministry, None, ())),
        ([MINISTRY, TEAM], ("990000", None, None), (Scope.school, "990000", ("990001",))),
        ([MINISTRY, TEAM], ("991000", None, None), (Scope.ministry, None, ())),
        # tokens
        ([TECHNICIAN], (None, "990000", None), (Scope.board, "990000", ())),
        ([TECHNICIAN], ("991000", "990000", None), None),
        ([TECHNICIAN], (None, "991000", None), None),
        ([TECHNICIAN], (None, "990000", "990003"), (Scope.school, "990000", ("990003",))),
        ([TEAM, SIBLING], (None, "990000", "990001"), (Scope.school, "990000", ("990001",))),
        ([TEAM], (None, "990000", "990002"), None),
        ([ELSEWHERE], (None, "990000", "990001"), None),
        ([MINISTRY], (None, "990000", None), None),
        ([MINISTRY], (None, "990000", "990001"), None),
        ([MINISTRY, ELSEWHERE_TEAM], (None, "991000", None), (Scope.school, "991000", ("991001",))),
    ],
)
def test_the_place_follows_from_the_grants_and_what_is_asked(
    grants: list[Grant],
    narrowed: tuple[str | None, str | None, str | None],
    expected: tuple[Scope, str | None, tuple[str, ...]] | None,
) -> None:
    asked, board, school = narrowed
    found = place(grants, asked=asked, board=board, school=school)
    assert (found and (found.scope, found.board, found.schools)) == expected


def test_rights_of_several_board_roles_are_joined_and_those_of_a_school_stay_in_it() -> None:
    found = place([TECHNICIAN, BUYER, SIBLING, ELSEWHERE_TEAM])
    assert found is not None
    assert found.rights == {"floor.read", "asset.write", "order.write"}
    assert found.school_rights == {"990002": {"floor.read", "selection.approve"}}
    assert found.roles == ("technician", "purchasing", "principal")


def test_rights_in_schools_alone_never_hold_in_the_whole_scope() -> None:
    found = place([TEAM, SIBLING])
    assert found is not None
    assert found.rights == frozenset()
    assert found.school_rights["990001"] == TEAM.rights
    assert found.school_rights["990002"] == SIBLING.rights


def test_a_token_for_a_school_holds_what_its_person_holds_there_and_no_more() -> None:
    found = place([TECHNICIAN, TEAM, SIBLING, ELSEWHERE, MINISTRY], board="990000", school="990001")
    assert found is not None
    assert found.rights == frozenset()
    assert found.school_rights == {"990001": TECHNICIAN.rights | TEAM.rights}


def test_the_province_never_lends_its_rights_to_a_board() -> None:
    found = place([MINISTRY, TECHNICIAN], asked="990000")
    assert found is not None
    assert found.scope is Scope.board
    assert "floor.write" not in found.rights


AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIVE = Limit(5, timedelta(minutes=15))


@pytest.mark.parametrize(
    ("minutes_ago", "expected"),
    [
        ([], 0),
        ([1, 2, 3, 4], 0),
        ([1, 2, 3, 4, 5], 10),
        ([0, 0, 0, 0, 0], 15),
        ([1, 2, 3, 4, 5, 6, 7], 10),
        ([1, 2, 3, 4, 15], 0),
        ([1, 2, 3, 4, 20], 0),
    ],
)
def test_the_wait_lasts_until_the_oldest_failure_that_counts_is_forgotten(
    minutes_ago: list[int], expected: int
) -> None:
    failures = [AT - timedelta(minutes=minutes) for minutes in minutes_ago]
    assert wait(failures, FIVE, at=AT) == timedelta(minutes=expected)


def test_the_refusal_says_how_long_in_french_with_its_plural() -> None:
    assert "Attendez 1 minute," in limits.TooManySignIns(timedelta(seconds=20)).detail
    refused = limits.TooManySignIns(timedelta(seconds=601))
    assert "Attendez 11 minutes," in refused.detail
    assert refused.seconds == 601


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ana.Roy@Exemple.CA", "ana.roy@exemple.ca"),
        ("  ana@exemple.ca ", "ana@exemple.ca"),
        ("andre\u0301@exemple.ca", "andr\u00e9@exemple.ca"),
        ("ANDRÉ@exemple.ca", "andré@exemple.ca"),
    ],
)
def test_an_address_is_kept_in_lower_case_with_its_accents(typed: str, kept: str) -> None:
    assert rules.check_email(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "ana", "ana@", "@exemple.ca", "ana@exemple", "a na@exemple.ca", "a@b.c\nd", "<a@b.ca>", "a@b@c.ca"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_email(typed)
    assert set(refused.value.errors) == {"email"}


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "abababababababab", "ana.roy-2026-2027", "x" * 201])
def test_a_password_that_is_guessed_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        rules.check_password(password, email="ana.roy@exemple.ca")


def test_a_password_of_any_script_is_kept_in_one_form() -> None:
    assert rules.check_password("cafe\u0301 du matin", email="a@b.ca") == rules.check_password(
        "caf\u00e9 du matin", email="a@b.ca"
    )


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "Ana\u202eyoR"])
def test_a_name_is_one_printable_line(name: str) -> None:
    with pytest.raises(Invalid):
        rules.check_name(name)


def test_scopes_are_read_and_write_alone() -> None:
    assert rules.check_scopes(["write", "read", "read"]) == ["read", "write"]
    for scopes in ([], ["admin"], ["read", "*"]):
        with pytest.raises(Invalid):
            rules.check_scopes(scopes)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_ends_within_the_year(days: int) -> None:
    with pytest.raises(Invalid):
        rules.check_days(days)
