"""A basket goes up the steps of its board's delegation; who may try to go round them."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from allocations.approvals import operations as delegations
from allocations.approvals import queries as approvals
from allocations.approvals.rules import DecidedAlready, DeputyOfAuthor, NotYourStep
from allocations.approvals.schemas import Ending, NewDelegation, NewStep
from allocations.envelopes import queries as envelopes
from allocations.envelopes.rules import Figures
from allocations.selections import decisions, operations, queries, queues
from allocations.selections.rules import ChangedMeanwhile, OwnSelection
from allocations.selections.schemas import LineChange, SelectionOut
from directory.people.actors import actor_of_person
from directory.replacements import operations as replacements
from directory.replacements.schemas import NewReplacement
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch, transaction
from kit.errors import Forbidden, Invalid, NotFound
from tests.allocations.selections.conftest import Desk, make_desk
from tests.factories import give_role, make_actor, make_person

LIMIT = 500_00


@pytest.fixture
async def desk(db: None) -> Desk:
    return await make_desk()


async def two_steps(limit: int = LIMIT, **fields: object) -> UUID:
    """The board's principals decide up to `limit`, its purchasing without limit; the administration says so."""
    admin = await make_actor("board_admin", board="990000")
    steps = [NewStep(role="principal", limit_cents=limit), NewStep(role="purchasing")]
    made = await delegations.delegate(admin, NewDelegation(from_day=today(), steps=steps, **fields))  # type: ignore[arg-type]
    return made.id


async def messages(kind: str) -> list[tuple[str, str]]:
    async with transaction(system()):
        rows = await fetch("SELECT recipient, body FROM outbox WHERE kind = $1 ORDER BY recipient", kind)
    return [(row["recipient"], row["body"]) for row in rows]


async def reserved(desk: Desk) -> int:
    return (await envelopes.one(system(), desk.envelope)).figures.reserved


async def approve(who: Actor, basket: SelectionOut) -> SelectionOut:
    return await decisions.approve(who, basket.number, version=basket.version)


async def test_within_the_limit_the_first_step_decides(desk: Desk) -> None:
    await two_steps(limit=840_13)
    basket = await desk.submitted()
    assert (basket.step, basket.step_role) == (1, "principal")

    done = await approve(desk.principal, basket)

    assert done.state == "approved"
    assert done.said == "Panier approuvé. Il passe à l'organisme."


async def test_over_the_limit_the_agreement_is_noted_and_the_next_step_decides(desk: Desk) -> None:
    await two_steps()
    basket = await desk.submitted()
    assert [row.number for row in (await queues.queue(desk.principal)).items] == [basket.number]
    assert (await queues.queue(desk.officer)).items == []

    agreed = await approve(desk.principal, basket)

    assert (agreed.state, agreed.step_role, agreed.version) == ("submitted", "purchasing", basket.version + 1)
    assert agreed.said.replace("\u00a0", " ") == (
        "Votre limite pour ce genre d'achat est de 500,00 $. Votre accord est noté; la décision revient à"
        " Approvisionnement et finances."
    )
    assert [(one.decision, one.position, one.limit_cents) for one in agreed.approvals] == [("agreed", 1, LIMIT)]
    assert (await queues.queue(desk.principal)).items == []
    assert [row.number for row in (await queues.queue(desk.officer)).items] == [basket.number]

    done = await approve(desk.officer, agreed)

    assert done.state == "approved"
    assert [(one.decision, one.by) for one in done.approvals] == [
        ("agreed", desk.principal.name),
        ("approved", desk.officer.name),
    ]
    what = [event.what for event in await queries.history(desk.team, basket.number)]
    assert what[:3] == ["selection.approved", "selection.agreed", "selection.submitted"]
    assert await reserved(desk) == basket.charged_cents


async def test_each_step_is_told_once_and_the_authors_of_the_decision(desk: Desk) -> None:
    await two_steps()
    basket = await desk.submitted()
    assert [to for to, _text in await messages("selection.waits")] == [desk.principal.email]

    agreed = await approve(desk.principal, basket)
    await approve(desk.principal, basket)  # a second press
    assert sorted(to for to, _text in await messages("selection.waits")) == sorted(
        [desk.principal.email, desk.officer.email]
    )

    await decisions.refuse(desk.officer, basket.number, version=agreed.version, reason="Trop de tablettes")
    ((to, text),) = await messages("selection.decided")
    assert to == desk.team.email and "panier refusé" in text and "Trop de tablettes" in text
    assert [to for to, _text in await messages("selection.fallen")] == [desk.principal.email]


async def test_without_a_delegation_the_principal_is_told_or_else_the_board(desk: Desk) -> None:
    await desk.submitted(1)
    assert [to for to, _text in await messages("selection.waits")] == [desk.principal.email]

    own = await desk.submitted(1, by=desk.principal)
    waits = [to for to, text in await messages("selection.waits") if own.number in text]
    assert waits == [desk.officer.email]


async def test_the_board_does_not_decide_before_its_step(desk: Desk) -> None:
    await two_steps()
    basket = await desk.submitted()

    with pytest.raises(NotYourStep, match="Direction d'école"):
        await approve(desk.officer, basket)
    with pytest.raises(NotYourStep):
        await decisions.refuse(desk.officer, basket.number, version=basket.version, reason="Non")
    assert "approve" not in (await queries.one(desk.officer, basket.number)).may


async def test_nobody_agrees_at_two_steps_even_with_two_roles(desk: Desk) -> None:
    await two_steps()
    both = await make_actor("principal", school="990001")
    await give_role(both.email, "purchasing", board="990000")
    both = await actor_of_person(both.email)
    agreed = await approve(both, await desk.submitted())

    with pytest.raises(DecidedAlready):
        await approve(both, agreed)
    assert (await queues.queue(both)).items == []
    assert (await approve(desk.officer, agreed)).state == "approved"


async def test_a_principals_own_basket_goes_past_their_step(desk: Desk) -> None:
    await two_steps()
    basket = await desk.submitted(1, by=desk.principal)
    assert (basket.step, basket.step_role) == (2, "purchasing")
    with pytest.raises(OwnSelection):
        await approve(desk.principal, basket)
    assert (await approve(desk.officer, basket)).state == "approved"


async def test_where_another_principal_could_decide_the_step_is_not_passed_over(desk: Desk) -> None:
    await two_steps()
    second = await make_actor("principal", school="990001")
    basket = await desk.submitted(1, by=desk.principal)
    assert basket.step_role == "principal"
    assert (await approve(second, basket)).state == "approved"


async def test_an_older_version_is_not_approved_and_who_changed_it_is_said(desk: Desk) -> None:
    basket = await desk.submitted()
    with pytest.raises(ChangedMeanwhile, match=f"Modifié par {desk.team.name} à") as refused:
        await decisions.approve(desk.principal, basket.number, version=basket.version - 1)
    assert refused.value.by == desk.team.name


async def test_an_author_made_principal_later_still_approves_nothing_of_theirs(desk: Desk) -> None:
    basket = await desk.submitted()
    await give_role(desk.team.email, "principal", school="990001")
    promoted = await actor_of_person(desk.team.email)
    with pytest.raises(OwnSelection):
        await approve(promoted, basket)


async def test_a_deputy_decides_for_the_absent_with_no_other_right_and_is_shown(desk: Desk) -> None:
    await two_steps(limit=900_00)
    other = await make_actor("technician", board="990000")
    basket = await desk.submitted()
    await replacements.name(
        desk.principal, NewReplacement(deputy=other.email, from_day=today(), until_day=today() + timedelta(days=7))
    )
    deputy = await actor_of_person(other.email)
    assert deputy.may("selection.approve", school="990001") and not deputy.may("selection.submit", school="990001")
    assert [row.number for row in (await queues.queue(deputy)).items] == [basket.number]
    counted = await queues.counts(deputy)
    assert (counted.n, counted.as_deputy, counted.charged_cents) == (1, 1, basket.charged_cents)

    done = await approve(deputy, basket)

    assert done.state == "approved"
    assert done.approvals[0].by == f"{other.name}, en remplacement de {desk.principal.name}"
    (event,) = [one for one in await queries.history(desk.team, basket.number) if one.what == "selection.approved"]
    assert event.after and event.after["replaced"] == desk.principal.name


async def test_a_deputy_has_nothing_before_and_after_the_period(desk: Desk) -> None:
    other = await make_actor("technician", board="990000")
    basket = await desk.submitted()
    named = await replacements.name(
        desk.principal,
        NewReplacement(deputy=other.email, from_day=today() + timedelta(days=1), until_day=today() + timedelta(days=2)),
    )
    before = await actor_of_person(other.email)
    assert not before.may("selection.approve")
    with pytest.raises(Forbidden):
        await approve(before, basket)
    async with transaction(system()):
        await execute(
            "UPDATE replacement SET from_day = $2, until_day = $3 WHERE id = $1",
            named.id, today() - timedelta(days=5), today() - timedelta(days=1),
        )  # fmt: skip
    after = await actor_of_person(other.email)
    assert not after.may("selection.approve")
    # Somebody whose browser has been open since the period is asked again what they hold.
    stale = replace(after, school_rights={"990001": frozenset({"selection.read", "selection.approve"})})
    with pytest.raises(NotYourStep):
        await approve(stale, basket)


async def test_a_deputy_who_has_left_the_board_decides_for_nobody(desk: Desk) -> None:
    """Rights are those of today: a replacement outlives no one's last role."""
    await desk.submitted()
    other = await make_actor("technician", board="990000")
    await replacements.name(desk.principal, NewReplacement(deputy=other.email, from_day=today(), until_day=today()))
    deputy = await actor_of_person(other.email)
    assert len((await queues.queue(deputy)).items) == 1
    async with transaction(system()):
        await execute("UPDATE role_grant SET revoked_at = now() WHERE person = $1", other.person)
    assert (await queues.queue(deputy)).items == []
    with pytest.raises(NotFound):
        await actor_of_person(other.email)


async def test_the_deputy_of_the_only_author_does_not_decide_for_them(desk: Desk) -> None:
    other = await make_actor("technician", board="990000")
    basket = await desk.submitted(1, by=desk.principal)
    await replacements.name(desk.principal, NewReplacement(deputy=other.email, from_day=today(), until_day=today()))
    deputy = await actor_of_person(other.email)

    with pytest.raises(DeputyOfAuthor, match=desk.principal.name):
        await approve(deputy, basket)
    assert (await queues.queue(deputy)).items == []
    assert not {"approve", "refuse"} & set((await queries.one(deputy, basket.number)).may)


async def test_who_stands_in_and_who_is_absent_count_as_one(desk: Desk) -> None:
    """A principal agrees, then their deputy at the next step is another person, but not the principal's own second voice."""
    await two_steps()
    await give_role(desk.principal.email, "purchasing", board="990000")
    both = await actor_of_person(desk.principal.email)
    other = await make_actor("technician", board="990000")
    agreed = await approve(both, await desk.submitted())
    await replacements.name(both, NewReplacement(deputy=other.email, from_day=today(), until_day=today()))

    with pytest.raises(DecidedAlready):
        await approve(await actor_of_person(other.email), agreed)


async def test_a_step_that_nobody_holds_is_said_in_the_queue_and_mended_by_a_role(desk: Desk) -> None:
    await two_steps()
    async with transaction(system()):
        await execute("UPDATE role_grant SET revoked_at = now() WHERE role = 'principal'")
    basket = await desk.submitted()

    (stuck,) = (await queues.counts(desk.officer)).stuck
    assert (stuck.board, stuck.role, stuck.n) == ("990000", "principal", 1)
    assert [one.n for one in await approvals.stuck(system()) if one.board == "990000"] == [1]

    newcomer = await make_actor("principal", school="990001")
    assert (await queues.counts(desk.officer)).stuck == []
    assert (await approve(newcomer, basket)).step_role == "purchasing"


async def test_a_delegation_of_a_category_or_kind_goes_before_the_general_one(desk: Desk) -> None:
    await two_steps(limit=1)
    await two_steps(limit=900_00, category="flotte-appareils")
    assert (await approve(desk.principal, await desk.submitted(1))).state == "approved"


async def test_what_is_submitted_goes_under_the_delegation_of_its_day(desk: Desk) -> None:
    key = await two_steps()
    basket = await desk.submitted(1)
    admin = await make_actor("board_admin", board="990000")
    await delegations.end(admin, key, Ending())

    assert (await approve(desk.principal, basket)).state == "approved"  # 420.07 $ is within the limit
    later = await desk.submitted(1)
    assert (later.step, later.step_role) == (0, "")


async def test_a_new_delegation_takes_the_place_of_the_one_before(desk: Desk) -> None:
    await two_steps()
    await two_steps(limit=600_00)
    found = await approvals.listing(desk.team)
    assert [(one.state, one.steps[0].limit_cents) for one in found] == [("active", 600_00), ("over", LIMIT)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"from_day": date(2020, 7, 1)}, "aujourd'hui ou plus tard"),
        ({"category": "absente"}, "« absente » n'existe pas"),
        ({"steps": [NewStep(role="technician")]}, "n'est pas un rôle qui approuve"),
        ({"steps": [NewStep(role="ministry")]}, "n'est pas un rôle qui approuve"),
    ],
)
async def test_a_wrong_delegation_gets_one_sentence(db: None, fields: dict[str, object], said: str) -> None:
    await make_desk()
    admin = await make_actor("board_admin", board="990000")
    new = {"from_day": today(), "steps": [NewStep(role="principal")]} | fields
    with pytest.raises(Invalid) as refused:
        await delegations.delegate(admin, NewDelegation(**new))  # type: ignore[arg-type]
    assert said in refused.value.detail.replace("\u00a0", " ")
    assert await approvals.listing(admin) == []


async def test_only_the_administration_delegates_and_in_its_board(desk: Desk) -> None:
    new = NewDelegation(from_day=today(), steps=[NewStep(role="principal")])
    for who in (desk.team, desk.principal, desk.officer):
        with pytest.raises(Forbidden):
            await delegations.delegate(who, new)
    key = await two_steps()
    stranger = await make_actor("board_admin", board=await _other_board())
    with pytest.raises(NotFound):
        await delegations.end(stranger, key, Ending())
    assert await approvals.listing(stranger) == []


async def _other_board() -> str:
    from tests.factories import make_board

    return await make_board("991000")


async def test_asking_for_a_change_frees_the_money_needs_a_reason_and_is_answered(desk: Desk) -> None:
    basket = await desk.submitted()
    with pytest.raises(Invalid, match="Écrivez ce que l'équipe-école doit savoir"):
        await decisions.ask_change(desk.principal, basket.number, version=basket.version, reason="  ")

    asked = await decisions.ask_change(desk.principal, basket.number, version=basket.version, reason="Quelle classe?")

    assert asked.state == "change_asked" and await reserved(desk) == 0
    assert asked.said.replace("\u00a0", " ") == (
        "Précision demandée. 840,13 $ sont libérés jusqu'à la prochaine soumission."
    )
    again = await decisions.resume(desk.team, basket.number, version=asked.version)
    again = await decisions.submit(desk.team, basket.number, version=again.version)
    assert (await approve(desk.principal, again)).state == "approved"


async def test_after_a_change_the_approval_is_void_and_the_differences_are_read(desk: Desk) -> None:
    basket = await approve(desk.principal, await desk.submitted())
    taken = await decisions.withdraw(desk.team, basket.number, version=basket.version)
    assert (await queries.fallen(desk.team, basket.number)).sentence.endswith(
        "est annulée\u00a0: le panier a été repris."
    )
    draft = await decisions.resume(desk.team, basket.number, version=taken.version)
    draft = await operations.change_line(
        desk.team, basket.number, draft.lines[0].id, LineChange(quantity=3), version=draft.version
    )
    again = await decisions.submit(desk.team, basket.number, version=draft.version)

    found = await queries.fallen(desk.principal, basket.number)

    assert "est annulée\u00a0: 1 ligne a changé (quantité 2 → 3)." in found.sentence
    assert [(one.what, one.sentence) for one in found.differences] == [("appareil", "quantité 2 → 3")]
    assert found.by == desk.principal.name
    assert all(one.voided_at for one in again.approvals)
    assert (await approve(desk.principal, again)).state == "approved"
    assert (await queries.fallen(desk.team, basket.number)).sentence == ""


async def _price(cents: int) -> None:
    async with transaction(system()):
        await execute("UPDATE price SET before_tax_cents = $1", cents)


async def test_a_higher_price_voids_an_approval_and_a_lower_one_does_not(desk: Desk) -> None:
    basket = await approve(desk.principal, await desk.submitted())
    await _price(390_00)
    lower = await decisions.reprice(desk.officer, basket.number, version=basket.version)
    assert lower.state == "approved" and lower.charged_cents < basket.charged_cents
    assert await reserved(desk) == lower.charged_cents

    await _price(400_00)
    higher = await decisions.reprice(desk.officer, basket.number, version=lower.version)

    assert higher.state == "submitted" and await reserved(desk) == higher.charged_cents
    found = await queries.fallen(desk.team, basket.number)
    assert "prix" in found.sentence and found.sentence.startswith("L'approbation du")
    assert [to for to, _text in await messages("selection.fallen")] == [desk.principal.email]
    assert (await approve(desk.principal, higher)).state == "approved"
    assert (await envelopes.one(system(), desk.envelope)).figures == Figures(2_150_00, higher.charged_cents)


async def test_replacements_are_named_by_oneself_or_the_administration(desk: Desk) -> None:
    outside = await make_person()
    week = {"from_day": today(), "until_day": today() + timedelta(days=6)}
    for absent, deputy, said in (
        (None, desk.principal.email, "Une autre personne"),
        (None, outside, "dans cet organisme"),
    ):
        with pytest.raises(Invalid, match=said):
            await replacements.name(desk.principal, NewReplacement(absent=absent, deputy=deputy, **week))  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        await replacements.name(desk.team, NewReplacement(deputy=desk.officer.email, **week))  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        await replacements.name(
            desk.officer,
            NewReplacement(absent=desk.principal.email, deputy=desk.team.email, **week),  # type: ignore[arg-type]
        )
    admin = await make_actor("board_admin", board="990000")
    new = NewReplacement(absent=desk.principal.email, deputy=desk.officer.email, **week)  # type: ignore[arg-type]
    named = await replacements.name(admin, new)
    assert named.state == "active"
    ended = await replacements.end(desk.principal, named.id)
    assert ended.state == "over" and ended.ended_at
