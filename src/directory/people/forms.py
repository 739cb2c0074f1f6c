"""The role of a form: which, in which schools, from when to when. One form makes as many grants as it names schools."""

import re
from collections.abc import Mapping
from datetime import date

import msgspec

from directory.people import queries
from directory.people.schemas import GrantIn, RoleOut
from kit.actor import Actor, Scope
from kit.errors import Invalid, Refused
from kit.forms import read_form
from kit.i18n import _

MOST_SCHOOLS = 100


class RoleForm(msgspec.Struct):
    role: str
    schools: str = ""
    from_day: date | None = None
    until_day: date | None = None


async def roles_to_give(who: Actor) -> list[RoleOut]:
    """The roles that the actor may give: those of a board and its schools, or those of the province."""
    province = who.scope is Scope.ministry
    return [role for role in await queries.roles(who) if (role.reach == "province") == province]


async def grants_of(who: Actor, typed: Mapping[str, str]) -> list[GrantIn]:
    """The grants that a form asks for, their places not checked yet. Raises Invalid."""
    if not typed.get("role", "").strip():
        raise Invalid({"role": _("Choisissez un rôle.")})
    read = read_form(typed, RoleForm)
    reach = {role.code: role.reach for role in await roles_to_give(who)}.get(read.role)
    codes = list(dict.fromkeys(code for code in re.split(r"[\s,;]+", read.schools) if code))
    if reach is None:
        raise Invalid({"role": _("« {text} » n'est pas un choix de la liste.").format(text=read.role[:40])})
    if reach != "school":
        if codes:
            raise Invalid({"schools": _("Ce rôle se donne dans un organisme entier : laissez les écoles vides.")})
        return [GrantIn(read.role, who.board, None, read.from_day, read.until_day)]
    if not codes or len(codes) > MOST_SCHOOLS:
        raise Invalid({"schools": _("Ce rôle se donne dans des écoles : nommez-les par leur code, cent au plus.")})
    return [GrantIn(read.role, None, code[:6], read.from_day, read.until_day) for code in codes]


def as_field(refused: Refused, typed: Mapping[str, str]) -> Refused:
    """The refusal at the fields of this form: what is said of a grant is about its school, or else its role."""
    if not isinstance(refused, Invalid):
        return refused
    place = "schools" if typed.get("schools", "").strip() else "role"
    return Invalid(
        {place if name == "role" or name.startswith("grants") else name: said for name, said in refused.errors.items()}
    )
