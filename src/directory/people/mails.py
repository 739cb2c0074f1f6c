"""What is written to people about their accounts, in their language. Plain text; a link is filled in when the message leaves."""

from uuid import UUID

from directory.people.links import ABOUT, HERE
from kit.i18n import _, use_language
from kit.outbox import enqueue
from kit.settings import settings


def here(language: str) -> str:
    """Where the link goes in a text; its page speaks the language of the message."""
    return HERE if language == "fr" else f"{HERE}?lang={language}"


def signature() -> str:
    """The end of each message."""
    return _("Ce message a été envoyé par le service d'équipement des écoles : {address}\n").format(
        address=settings().address
    )


async def password_lost(email: str, *, language: str, link: UUID) -> UUID | None:
    """« Choose a new password »: the message's key. Inside a system transaction."""
    with use_language(language):
        body = _(
            "Bonjour,\n\n"
            "Quelqu'un a demandé un nouveau mot de passe pour le compte {email}. Si c'est vous, choisissez-le ici, dans l'heure :\n\n"
            "{link}\n\n"
            "Ce lien sert une seule fois. Si ce n'est pas vous, il n'y a rien à faire : votre mot de passe reste le même.\n\n"
        )
        return await enqueue(
            kind="person.password_lost",
            recipient=email,
            subject=_("Choisir un nouveau mot de passe"),
            body=body.format(email=email, link=here(language)) + signature(),
            about=f"{ABOUT}{link}",
        )


async def password_changed(email: str, *, language: str) -> None:
    """Whoever has the mailbox learns that the password is not what it was. Inside a system transaction."""
    if not email.isascii():  # no mail server takes it
        return
    with use_language(language):
        body = _(
            "Bonjour,\n\n"
            "Le mot de passe du compte {email} vient d'être changé. Les connexions et les jetons d'avant ont pris fin.\n\n"
            "Si ce n'est pas vous, choisissez tout de suite un nouveau mot de passe, puis avertissez l'administration de votre"
            " organisme :\n\n"
            "{address}/sign-in/lost\n\n"
        )
        await enqueue(
            kind="person.password_changed",
            recipient=email,
            subject=_("Votre mot de passe a été changé"),
            body=body.format(email=email, address=settings().address) + signature(),
        )
