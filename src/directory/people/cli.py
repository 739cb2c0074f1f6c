"""`inventory user …` and `inventory token …`."""

import sys
from uuid import UUID

import click

from directory.people import operations, passwords, queries
from directory.people.schemas import GrantIn, PersonAdded, PersonOut, TokenMade, TokenOut
from kit.actor import Actor
from kit.cli import answer, as_option, json_option, run
from kit.errors import Invalid
from kit.i18n import _, date_long
from kit.paging import MAXIMUM_LIMIT


@click.group()
def user() -> None:
    """Comptes : ajouter une personne, lui donner des rôles, fermer ses accès."""


@click.group()
def token() -> None:
    """Jetons de l'API : en créer, les voir, les révoquer."""


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


ROLE = "Rôle, avec le code de l'école ou de l'organisme : principal:711009, technician:711000, ministry."


@user.command("add")
@click.argument("email", metavar="COURRIEL")
@click.option("--name", required=True, help="Nom de la personne.")
@click.option("--role", "roles", multiple=True, required=True, metavar="RÔLE[:CODE]", help=f"{ROLE} Se répète.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
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
        PersonAdded(person=person, password=shown),
        as_json=as_json,
        lines=lambda: "\n".join(
            [_line(person), *([_("Mot de passe : {password}").format(password=shown)] * bool(shown))]
        ),
    )


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


@user.command("password")
@click.argument("email", metavar="COURRIEL")
@click.option("--password-stdin", is_flag=True, help="Lire le mot de passe sur l'entrée standard; sinon, il est créé.")
@run
async def password(who: Actor, *, email: str, password_stdin: bool) -> None:
    """Donner un nouveau mot de passe; les connexions et les jetons de la personne prennent fin."""
    chosen = _typed_password() if password_stdin else passwords.new_password()
    await operations.set_password(who, chosen, email=email)
    if not password_stdin:
        click.echo(chosen)


def _line(person: PersonOut) -> str:
    held = ", ".join(
        f"{grant.role}:{grant.school or grant.board}" if grant.board else grant.role for grant in person.grants
    )
    return f"{person.email:40} {person.name:30} {held or '–'}" + ("" if person.active else f" ({_('fermé')})")


@token.command("create")
@click.option("--email", required=True, help="La personne au nom de qui le programme agit.")
@click.option("--name", required=True, help="Ce à quoi le jeton sert.")
@click.option(
    "--scope", "scopes", type=click.Choice(["read", "write"]), multiple=True, default=["read"], show_default=True
)
@click.option("--days", type=int, default=90, show_default=True, help="Durée, un an au plus.")
@click.option("--board", metavar="CODE", help="Limiter à un organisme.")
@click.option("--school", metavar="CODE", help="Limiter à une école.")
@json_option
@as_option
@run
async def create(
    who: Actor,
    *,
    email: str,
    name: str,
    scopes: tuple[str, ...],
    days: int,
    board: str | None,
    school: str | None,
    as_json: bool,
) -> None:
    """Créer un jeton. Il est montré une seule fois."""
    made, details = await operations.create_token(
        who, email=email, name=name, scopes=scopes, days=days, board=board, school=school
    )
    answer(TokenMade(token=made, details=details), as_json=as_json, lines=lambda: made)


@token.command("list")
@click.option("--email", help="Ceux d'une personne.")
@json_option
@as_option
@run
async def list_tokens(who: Actor, *, email: str | None, as_json: bool) -> None:
    """Les jetons, sans leur secret."""
    found = await operations.list_tokens(who, email=email)
    answer({"items": found}, as_json=as_json, lines=lambda: "\n".join(map(_token_line, found)) or _("Aucun jeton."))


@token.command("revoke")
@click.argument("token_id", type=click.UUID, metavar="ID")
@json_option
@as_option
@run
async def revoke(who: Actor, *, token_id: UUID, as_json: bool) -> None:
    """Révoquer un jeton, tout de suite."""
    gone = await operations.revoke_token(who, token_id)
    answer(gone, as_json=as_json, lines=lambda: _token_line(gone))


def _token_line(kept: TokenOut) -> str:
    place = kept.school or kept.board or "–"
    state = date_long(kept.expires_at) if kept.active else _("terminé")
    return f"{kept.id}  {kept.email:36} {kept.name:24} {'+'.join(kept.scopes):10} {place:8} {state}"
