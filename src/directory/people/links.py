"""Links that leave by mail and are good once. The token exists in the mail alone: it is made when the mail leaves."""

from typing import Any
from uuid import UUID

from directory.people.attempts import count_attempt, succeeded
from directory.people.limits import LINK
from kit.actor import system
from kit.clock import now
from kit.database import fetch_one, transaction
from kit.errors import Refused
from kit.i18n import lazy
from kit.ids import new_token, token_hash
from kit.settings import settings

HERE = "{link}"  # what the link replaces in the text of a message
ABOUT = "link:"  # before the key of the link, in `about` of the message
PATHS = {"invitation": "/invitation/", "password": "/sign-in/new-password/"}

# The address of such a page is its secret: what the page loads must not tell it to the logs on the way.
UNTOLD = {"referrer-policy": "no-referrer"}


class LinkOver(Refused):
    """The same words for a link that was used, replaced, withdrawn, that ran out, or that never was."""

    status = 404
    title = lazy("Ce lien ne sert plus")
    sentence = lazy("Ce lien a déjà servi, a pris fin ou a été remplacé par un plus récent.")


async def fresh_link(link: UUID) -> str | None:
    """The address with a new token, which replaces any before it; None where the link is over.

    It starts with the address of the settings: nothing that a request says (its Host) can lead it elsewhere.
    """
    token = new_token()
    async with transaction(system()):
        found = await fetch_one(
            "UPDATE mailed_link SET token_hash = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $3 RETURNING purpose",
            link, token_hash(token), now(),
        )  # fmt: skip
    return f"{settings().address}{PATHS[found['purpose']]}{token}" if found else None


async def filled(body: str, *, about: str) -> str | None:
    """The text of a message as it leaves, with its link if it is to bear one; None where that link is over."""
    if not about.startswith(ABOUT):
        return body
    address = await fresh_link(UUID(about.removeprefix(ABOUT)))
    return body.replace(HERE, address) if address else None


async def opened(token: str, purpose: str, *, address: str) -> Any:
    """The row of a link that is good now. Raises LinkOver, TooManyTries: whoever tries tokens is slowed down."""
    attempt = await count_attempt(address, address, LINK)
    async with transaction(system()):
        found = await _good(token, purpose, "SELECT id, person FROM mailed_link WHERE")
        await succeeded(attempt)
    return found


async def used(token: str, purpose: str) -> Any:
    """The row of a link that was good until now. Inside a system transaction. Raises LinkOver."""
    return await _good(token, purpose, "UPDATE mailed_link SET used_at = $3 WHERE", "RETURNING id, person")


async def _good(token: str, purpose: str, before: str, after: str = "") -> Any:
    found = await fetch_one(
        f"{before} token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 {after}",
        token_hash(token), purpose, now(),
    )  # fmt: skip
    if found is None:
        raise LinkOver()
    return found
