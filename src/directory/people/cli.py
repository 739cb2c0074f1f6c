"""`inventory user …`."""

import sys
from uuid import UUID

import click

from directory.invitations import operations as invitations
from directory.invitations.queries import pending
from directory.invitations.schemas import InvitationOut
from directory.invitations.words import INVITATION_STATES
from directory.people import operations, passwords, queries
from directory.people.schemas import GrantIn, PersonOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run, say
from kit.errors import Invalid
from kit.i18n import _
from kit.paging import MAXIMUM_LIMIT


@click.group(cls=Group)
def user() -> None:
    """Comptes : ajouter une personne, lui donner des rôles, fermer ses accès."""


def _typed_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


async def _grants(who: Actor, asked: tuple[str, ...]) -> list[GrantIn]:
    """`principal:711009`, `technician:711000`, `ministry`: the role's reach says what the code names."""
    reach = {role.code: role.reach for role in await queries.roles(who)}
    found = []
    for text in asked:
        role, _colon, code = text.partition(":")
        if role not in reach:
            raise Invalid(
                {"role": _("« {role} » n'est pas un rôle : {roles}.").format(role=role, roles=", ".join(reach))}
            )
        in_school = reach[role] == "school"
        found.append(
            GrantIn(role=role, board=None if in_school else code or None, school=code or None if in_school else None)
        )
    return found


ROLE = (
    "Rôle et code de l'école (school_team:711009, principal:711009) ou de l'organisme (technician:711000, purchasing:711000,"
    " board_admin:711000, auditor:711000); sans code : ministry."
)


@user.command("add")
@click.argument("email", metavar="COURRIEL")
@click.option("--name", required=True, help="Nom de la personne.")
@click.option("--role", "roles", multiple=True, required=True, metavar="RÔLE[:CODE]", help=f"{ROLE} Se répète.")
@click.option(
    "--language",
    type=click.Choice(["fr", "en"]),
    default="fr",
    show_default=True,
    help="Langue de ses pages et de ses courriels.",
)
@click.option("--password-stdin", is_flag=True, help="Lire le mot de passe sur l'entrée standard; sinon, il est créé.")
@json_option
@as_option
@run
async def add(
    who: Actor, *, email: str, name: str, roles: tuple[str, ...], language: str, password_stdin: bool, as_json: bool
) -> None:
    """Ajouter une personne. Son mot de passe est montré une seule fois."""
    chosen = _typed_password() if password_stdin else passwords.new_password()
    person = await operations.add_person(
        who, email=email, name=name, language=language, grants=await _grants(who, roles), password=chosen
    )
    shown = None if password_stdin else chosen
    answer(
        {"person": person, "password": shown},
        as_json=as_json,
        lines=lambda: "\n".join(
            [_line(person), *([_("Mot de passe : {password}").format(password=shown)] * bool(shown))]
        ),
    )


@user.command("invite")
@click.argument("email", metavar="COURRIEL")
@click.option("--role", "roles", multiple=True, required=True, metavar="RÔLE[:CODE]", help=f"{ROLE} Se répète.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Celle du message.")
@click.option(
    "--link", "show_link", is_flag=True, help="Montrer le lien au lieu de l'envoyer par courriel (le système seul)."
)
@json_option
@as_option
@run
async def invite(
    who: Actor, *, email: str, roles: tuple[str, ...], language: str, show_link: bool, as_json: bool
) -> None:
    """Inviter une personne : elle choisit son mot de passe, et n'a de rôle qu'après avoir accepté."""
    sent = await invitations.invite(
        who, email=email, grants=await _grants(who, roles), language=language, by_mail=not show_link
    )
    link = await invitations.link_of(who, sent.id) if show_link else None
    answer({"invitation": sent, "link": link}, as_json=as_json, lines=lambda: link or _invitation_line(sent))


@user.command("invitations")
@json_option
@as_option
@run
async def list_invitations(who: Actor, *, as_json: bool) -> None:
    """Les invitations sans réponse."""
    found = await pending(who)
    answer(
        {"items": found},
        as_json=as_json,
        lines=lambda: "\n".join(map(_invitation_line, found)) or _("Aucune invitation n'attend de réponse."),
    )


@user.command("resend")
@click.argument("invitation", type=click.UUID, metavar="ID")
@json_option
@as_option
@run
async def resend(who: Actor, *, invitation: UUID, as_json: bool) -> None:
    """Envoyer de nouveau une invitation; le lien d'avant ne sert plus."""
    sent = await invitations.resend(who, invitation)
    answer(sent, as_json=as_json, lines=lambda: _invitation_line(sent))


@user.command("withdraw")
@click.argument("invitation", type=click.UUID, metavar="ID")
@json_option
@as_option
@run
async def withdraw(who: Actor, *, invitation: UUID, as_json: bool) -> None:
    """Retirer une invitation, tout de suite."""
    gone = await invitations.withdraw(who, invitation)
    answer(gone, as_json=as_json, lines=lambda: _invitation_line(gone))


def _invitation_line(sent: InvitationOut) -> str:
    offered = ", ".join(f"{role.role}:{role.school or role.board}" if role.board else role.role for role in sent.roles)
    return f"{sent.id}  {sent.email:36} {offered:40} {_(INVITATION_STATES[sent.state])}"


@user.command("grant")
@click.argument("email", metavar="COURRIEL")
@click.option("--role", required=True, metavar="RÔLE[:CODE]", help=ROLE)
@json_option
@as_option
@run
async def grant(who: Actor, *, email: str, role: str, as_json: bool) -> None:
    """Donner un rôle à une personne."""
    (wanted,) = await _grants(who, (role,))
    person = await operations.grant_role(who, email, wanted)
    answer(person, as_json=as_json, lines=lambda: _line(person))


@user.command("list")
@click.option("--search", default="", help="Une partie du nom ou du courriel.")
@json_option
@as_option
@run
async def list_people(who: Actor, *, search: str, as_json: bool) -> None:
    """Les personnes et leurs rôles."""
    found: list[PersonOut] = []
    after: str | None = None
    while True:
        page = await queries.people(who, q=search, after=after, limit=MAXIMUM_LIMIT)
        found += page.items
        if (after := page.next) is None:
            break
    answer(
        {"items": found},
        as_json=as_json,
        lines=lambda: "\n".join(map(_line, found)) or _("Personne encore : « inventory user add »."),
    )


@user.command("deactivate")
@click.argument("email", metavar="COURRIEL")
@json_option
@as_option
@run
async def deactivate(who: Actor, *, email: str, as_json: bool) -> None:
    """Fermer les accès d'une personne, tout de suite : rôles, connexions, jetons."""
    person = await operations.deactivate(who, email)
    answer(person, as_json=as_json, lines=lambda: _line(person))


@user.command("reactivate")
@click.argument("email", metavar="COURRIEL")
@json_option
@as_option
@run
async def reactivate(who: Actor, *, email: str, as_json: bool) -> None:
    """Rouvrir un accès fermé depuis moins de 30 jours, avec les rôles d'avant."""
    person = await operations.reactivate(who, email)
    answer(person, as_json=as_json, lines=lambda: _line(person))


@user.command("password")
@click.argument("email", metavar="COURRIEL")
@click.option("--password-stdin", is_flag=True, help="Lire le mot de passe sur l'entrée standard; sinon, il est créé.")
@run
async def password(who: Actor, *, email: str, password_stdin: bool) -> None:
    """Donner un nouveau mot de passe; les connexions et les jetons de la personne prennent fin."""
    chosen = _typed_password() if password_stdin else passwords.new_password()
    await operations.set_password(who, chosen, email=email)
    say(f"Le mot de passe de {email} est changé; ses connexions et ses jetons ont pris fin.")
    if not password_stdin:
        click.echo(chosen)


def _line(person: PersonOut) -> str:
    held = ", ".join(
        f"{grant.role}:{grant.school or grant.board}" if grant.board else grant.role for grant in person.grants
    )
    return f"{person.email:40} {person.name:30} {held or '–'}" + ("" if person.active else f" ({_('fermé')})")
