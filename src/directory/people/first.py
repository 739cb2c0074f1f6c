"""The first day: nobody can sign in yet, and only the server's administrator can change that."""

from kit.actor import system
from kit.database import fetch_value, transaction
from kit.i18n import lazy

FIRST_ACCOUNT = lazy("Aucun compte n'existe encore. Sur le serveur, créez le premier :")
FIRST_COMMAND = 'inventory user add COURRIEL --name "NOM" --role ministry'


async def nobody_yet() -> bool:
    """Whether the installation has no account at all, open or closed."""
    async with transaction(system()):
        return not await fetch_value("SELECT EXISTS (SELECT FROM person)")
