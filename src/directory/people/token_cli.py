"""`inventory token …`."""

from uuid import UUID

import click

from directory.people import operations
from directory.people.schemas import TokenMade, TokenOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run
from kit.i18n import _, date_long


@click.group(cls=Group)
def token() -> None:
    """Jetons de l'API : en créer, les voir, les révoquer."""


@token.command("create")
@click.option("--email", required=True, help="La personne au nom de qui le programme agit.")
@click.option("--name", required=True, help="Ce à quoi le jeton sert.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(["read", "write"]),
    multiple=True,
    default=["read"],
    show_default=True,
    help="Lire, ou écrire aussi. Se répète.",
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
