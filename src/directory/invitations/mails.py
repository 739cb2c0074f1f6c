"""The invitation as it is written: who invites, to what, until when. Plain text; its link is filled in when it leaves."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from directory.people.links import ABOUT
from directory.people.mails import here, signature
from directory.people.schemas import OfferedRole
from directory.people.words import days
from kit.i18n import _, date_long, use_language
from kit.outbox import enqueue


async def invited(
    email: str,
    *,
    language: str,
    invited_by: str,
    place: str | None,
    roles: Sequence[OfferedRole],
    until: datetime,
    link: UUID,
) -> None:
    """Inside a system transaction. The same words whether the address has an account or not. `place`: a board, or the province."""
    with use_language(language):
        body = _(
            "Bonjour,\n\n"
            "{name} vous invite à utiliser le service d'équipement des écoles, pour : {place}.\n\n"
            "Ce qui vous est proposé :\n{roles}\n\n"
            "Ouvrez ce lien pour accepter :\n\n"
            "{link}\n\n"
            "Il sert une seule fois, jusqu'au {day}. Si vous n'attendiez pas cette invitation, il n'y a rien à faire.\n\n"
        )
        await enqueue(
            kind="person.invited",
            recipient=email,
            subject=_("Invitation au service d'équipement des écoles"),
            body=body.format(
                name=invited_by,
                place=place or _("la province"),
                roles="\n".join(f"- {line(role)}" for role in roles),
                link=here(language),
                day=date_long(until),
            )
            + signature(),
            about=f"{ABOUT}{link}",
        )


def line(role: OfferedRole) -> str:
    """« Direction d'école, École des Brumes (990001), jusqu'au 30 juin 2027 »."""
    school = f"{role.school_name} ({role.school})" if role.school else ""
    dated = days(role.from_day, role.until_day) if role.from_day or role.until_day else ""
    return ", ".join(part for part in (role.role_name, school, dated) if part)
