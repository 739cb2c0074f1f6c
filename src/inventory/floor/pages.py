"""The floor of a school with its arithmetic, and the flags of schools below it."""

from collections.abc import Mapping
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from directory.words import told
from inventory.floor import flags, operations, queries
from inventory.floor.arithmetic import required_words
from inventory.floor.awaited import awaited_by, flag_history
from inventory.floor.lack import lack_words
from inventory.floor.schemas import FlagOut, Note, RuleStatus, StandardOut
from kit.actor import Actor, Scope
from kit.errors import NotFound, Refused
from kit.forms import errors_of, read_form
from kit.http import After, AnyRequest, Form, StateQuery, may
from kit.i18n import _, lazy
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect

FLAG_WORDS: Mapping[str, str] = {
    "open": lazy("ouvert"),
    "told": lazy("avisé"),
    "acknowledged": lazy("pris en charge"),
    "closed": lazy("fermé"),
}
FLAG_TONES = {"open": "below", "told": "warning", "acknowledged": "on_order", "closed": "met"}


class FloorPages(Controller):
    path = "/schools"
    guards = [may("floor.read")]

    @get("/{code:str}/floor")
    async def floor(self, request: AnyRequest, who: NamedDependency[Actor], code: FromPath[str]) -> Template:
        """How a school stands now, rule by rule, each number with where it comes from."""
        found = await queries.floor_of_school(who, code)
        standard = await queries.standard(who)
        return page(
            request,
            "floor/school.html",
            title=_("Plancher d'équipements"),
            school_name=f"{found.name} ({code})",
            answer=lack_words(found.rules, yours=who.scope is Scope.school),
            answer_status=found.status,
            breadcrumb=[(f"{found.name} ({code})", f"/schools/{code}"), (_("Plancher d'équipements"), "")],
            floor=found,
            standard=standard,
            columns=[(rule, _rule_sentence(rule, standard), required_words(rule)) for rule in found.rules],
            awaited=await awaited_by(who, code),
            category_names={rule.category: rule.category_name for rule in standard.rules},
            may_compose=who.may("selection.compose", school=code),
            may_see_assets=who.may("asset.read", school=code),
            lacks=any(rule.left for rule in found.rules),
        )


def _rule_sentence(rule: RuleStatus, standard: StandardOut) -> str:
    """The rule itself, in the standard's words."""
    key = (rule.category, rule.unit, rule.quantity, rule.per_pupils)
    return next((r.sentence for r in standard.rules if (r.category, r.unit, r.quantity, r.per_pupils) == key), "")


class FlagPages(Controller):
    path = "/flags"
    guards = [may("flag.read")]

    @get()
    async def flags(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        board: FromQuery[str] = "",
        school: FromQuery[str] = "",
        state_: StateQuery = "",
        after: After = None,
    ) -> Template:
        found = await flags.list_flags(
            who, board=board or None, school=school or None, state=state_ or None, after=after
        )
        return page(
            request,
            "floor/flags.html",
            title=_("Signalements"),
            flags=found.items,
            following=found.next,
            after=after,
            asked={"board": board, "school": school, "state": state_},
            states=[(code, _(word).capitalize()) for code, word in FLAG_WORDS.items()],
            words={code: _(word) for code, word in FLAG_WORDS.items()},
            tones=FLAG_TONES,
        )

    @get("/{flag:uuid}")
    async def flag(self, request: AnyRequest, who: NamedDependency[Actor], flag: FromPath[UUID]) -> Template:
        return await _flag(request, who, flag)

    @post("/{flag:uuid}/acknowledge", guards=[may("flag.acknowledge")])
    async def acknowledge(
        self, request: AnyRequest, who: NamedDependency[Actor], flag: FromPath[UUID], data: Form
    ) -> Template | Redirect:
        try:
            note = read_form(data, Note).note
            await once(
                who,
                data.get("idempotency_key") or None,
                ("/flags", flag, note),
                lambda: operations.acknowledge(who, flag, note),
                FlagOut,
            )
        except NotFound:
            raise
        except Refused as refused:
            return await _flag(request, who, flag, typed=data, refused=refused)
        return redirect(f"/flags/{flag}", flash=_("Signalement pris en charge. Votre note est dans l'historique."))


async def _flag(
    request: AnyRequest, who: Actor, key: UUID, *, typed: dict[str, str] | None = None, refused: Refused | None = None
) -> Template:
    flag = await flags.flag_out(who, key)
    rules = [r for r in await queries.gaps_of_school(who, flag.school) if r.category == flag.category]
    return page(
        request,
        "floor/flag.html",
        title=_("{category} : sous le plancher").format(category=flag.category_name),
        school_name=f"{flag.school_name} ({flag.school})",
        answer=" ".join(rule.sentence for rule in rules),
        answer_status=rules[0].status if rules else None,
        breadcrumb=[(_("Signalements"), "/flags"), (f"{flag.school_name} ({flag.school})", "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        flag=flag,
        word=_(FLAG_WORDS[flag.state]),
        tone=FLAG_TONES[flag.state],
        events=told(await flag_history(who, flag)),
        may_acknowledge=flag.closed_at is None and who.may("flag.acknowledge", school=flag.school),
        typed=typed or {},
        idempotency_key=new_id(),
    )
