"""Assets: the list, one asset with what may be done to it, one entered by hand."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from catalog.categories.queries import all_open
from directory.schools import queries as schools
from inventory.assets import acting, operations, queries
from inventory.assets.rules import OVER, State
from inventory.assets.schemas import AssetOut, NewAsset
from inventory.assets.words import EVENTS, FIELDS, TONES, WHYS, show, state_word
from inventory.tickets.words import STATE_TONES as TICKET_TONES
from inventory.tickets.words import state_word as ticket_word
from kit.actor import Actor
from kit.errors import Invalid, NotFound, Refused
from kit.forms import as_cents, errors_of, read_form, version_in
from kit.history import tell
from kit.http import After, AnyRequest, Do, Form, StateQuery, may
from kit.i18n import _, current_language, n_, number
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect
from kit.paging import MAXIMUM_LIMIT

WRITE = [may("asset.write")]


class AssetPages(Controller):
    path = "/assets"
    guards = [may("asset.read")]

    @get()
    async def assets(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        q: FromQuery[str] = "",
        school: FromQuery[str] = "",
        state_: StateQuery = "",
        category: FromQuery[str] = "",
        after: After = None,
    ) -> Template:
        found = await queries.search(
            who,
            text=q,
            school=school or None,
            state=_state(state_),
            category=category or None,
            after=after,
        )
        return page(
            request,
            "assets/list.html",
            title=_("Biens"),
            assets=found.items,
            following=found.next,
            after=after,
            asked={"q": q, "school": school, "state": state_, "category": category},
            school_name=found.items[0].school_name if school and found.items else school,
            categories=await category_names(who),
            states=[(state.value, state_word(state).capitalize()) for state in State],
            tones=TONES,
            state_word=state_word,
            may_write=who.may("asset.write"),
            may_print=who.may("label.print"),
            idempotency_key=new_id(),
        )

    @post("/chosen")
    async def chosen(self, request: AnyRequest, who: NamedDependency[Actor]) -> Redirect:
        """The ticked assets of the list: into service together, or to their labels."""
        form = await request.form()
        tags = [tag for tag in form.getall("tag", []) if isinstance(tag, str)]
        if not tags:
            return redirect("/assets", flash=_("Cochez au moins un bien."), kind="error")
        if form.get("do") == "labels":
            return redirect(f"/labels?tags={','.join(tags)}")
        try:
            moved = await once(
                who,
                form.get("idempotency_key") or None,
                ("/assets/chosen", tags),
                lambda: operations.put_into_service(who, tags),
                list[AssetOut],
            )
        except Refused as refused:
            sentence = _("{reason} Rien n'a été changé.").format(reason=refused.detail)
            return redirect("/assets?state=received", flash=sentence, kind="error")
        sentence = n_("{n} bien est en service.", "{n} biens sont en service.", len(moved))
        return redirect("/assets", flash=sentence.format(n=number(len(moved))))

    @get("/new", guards=WRITE)
    async def new(self, request: AnyRequest, who: NamedDependency[Actor], school: FromQuery[str] = "") -> Template:
        return await _new(request, who, typed={"school": school})

    @post("/new", guards=WRITE)
    async def add(self, request: AnyRequest, who: NamedDependency[Actor], data: Form) -> Template | Redirect:
        try:
            new = read_form(data | {"before_tax_cents": as_cents(data.get("before_tax_cents", ""))}, NewAsset)
            asset = await once(
                who,
                data.get("idempotency_key") or None,
                ("/assets/new", new),
                lambda: operations.add_asset(who, new),
                AssetOut,
            )
        except Refused as refused:
            return await _new(request, who, typed=data, refused=refused)
        return redirect(f"/assets/{asset.tag}", flash=_("Bien {tag} inscrit.").format(tag=asset.tag))

    @get("/{tag:str}")
    async def asset(
        self, request: AnyRequest, who: NamedDependency[Actor], tag: FromPath[str], do: Do = ""
    ) -> Template:
        return await _asset(request, who, tag, do=do)

    @post("/{tag:str}/{action:str}", guards=WRITE)
    async def act(
        self, request: AnyRequest, who: NamedDependency[Actor], tag: FromPath[str], action: FromPath[str], data: Form
    ) -> Template | Redirect:
        """One of `acting.ACTIONS`."""
        if (chosen := acting.BY_CODE.get(action)) is None:
            raise NotFound()
        try:
            await once(
                who,
                data.get("idempotency_key") or None,
                ("/assets", tag, action, data),
                lambda: chosen.run(who, tag, data, version_in(data)),
                AssetOut,
            )
        except Refused as refused:
            if isinstance(refused, NotFound):
                raise
            return await _asset(request, who, tag, do=action, typed=data, refused=refused)
        return redirect(f"/assets/{tag}", flash=acting.done(chosen, tag))


async def _asset(
    request: AnyRequest,
    who: Actor,
    tag: str,
    *,
    do: str = "",
    typed: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> Template:
    file = await queries.one(who, tag)
    asset = file.asset
    actions = acting.offered(who, file)
    chosen = next((action for action in actions if action.code == do), None)
    return page(
        request,
        "assets/one.html",
        title=f"{asset.name} ({tag})",
        answer=file.floor,
        answer_status="met" if asset.counts else "exempt",
        breadcrumb=[(_("Biens"), "/assets"), (tag, "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        file=file,
        asset=asset,
        state_word=state_word(asset.state),
        tone=TONES[asset.state],
        events=tell(file.timeline, sentences=EVENTS, labels=FIELDS, show=show, whys=WHYS),
        actions=[(action.code, _(action.label), action.kind) for action in actions],
        chosen=chosen and (chosen.code, _(chosen.label), chosen.kind),
        typed=typed,
        buildings=await _buildings(who, asset.school) if do == "place" and chosen else [],
        ticket_word=ticket_word,
        ticket_tones=TICKET_TONES,
        may_print=who.may("label.print", school=asset.school) and asset.state not in (State.returned, State.void),
        may_report=who.may("ticket.open", school=asset.school) and asset.state not in OVER,
        may_read_order=who.may("order.read"),
        idempotency_key=new_id(),
    )


async def _new(request: AnyRequest, who: Actor, *, typed: dict[str, str], refused: Refused | None = None) -> Template:
    return page(
        request,
        "assets/new.html",
        title=_("Inscrire un bien"),
        breadcrumb=[(_("Biens"), "/assets"), (_("Inscrire un bien"), "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        typed=typed,
        categories=await category_names(who),
        schools=[
            (school.code, f"{school.name} ({school.code})")
            for school in (await schools.search(who, closed=False, limit=MAXIMUM_LIMIT)).items
        ],
        idempotency_key=typed.get("idempotency_key") or new_id(),
    )


async def category_names(who: Actor) -> list[tuple[str, str]]:
    """Code and name of each category, in the reader's language."""
    english = current_language() == "en"
    return [(one.code, (one.name_en if english else "") or one.name) for one in await all_open(who)]


async def _buildings(who: Actor, school: str) -> list[tuple[str, str]]:
    """The buildings that a school is in today."""
    try:
        places = await schools.places_of(who, school)
    except NotFound:  # a school that left the board's network still holds its devices
        return []
    return [(place.code, f"{place.name} ({place.code})") for place in places]


def _state(text: str) -> State | None:
    try:
        return State(text) if text else None
    except ValueError:
        raise Invalid({"state": _("« {text} » n'est pas un état de bien.").format(text=text)}) from None
