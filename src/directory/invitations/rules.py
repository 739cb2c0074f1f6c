"""Pure decisions about invitations."""

from datetime import timedelta

from kit.errors import Invalid
from kit.i18n import _

# A second click sends nothing more.
SENT_AGAIN_AFTER = timedelta(minutes=1)


def check_mailable(email: str) -> str:
    """The address, or Invalid where mail servers take none of its kind."""
    if not email.isascii():
        raise Invalid(
            {"email": _("Le courriel contient un signe que les serveurs de courriel ne prennent pas, comme « é ».")}
        )
    return email
