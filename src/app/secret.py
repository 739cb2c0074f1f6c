"""The key that signs forms: a setting, else made once in the data folder."""

import os
import secrets
import tempfile
from pathlib import Path

from kit.errors import Refused
from kit.i18n import _
from kit.settings import settings


def secret_key(*, alone: bool = False) -> str:
    """The same for every process of the service. Raises Refused where several machines would each make their own.

    `alone`: there is one machine, whatever the database.
    """
    if (given := settings().secret_key) is not None:
        return given.get_secret_value()
    if settings().database_url is not None and not alone:
        raise Refused(_("Donnez INVENTORY_SECRET_KEY (au moins 32 caractères au hasard) : elle signe les formulaires."))
    return _kept(settings().data_dir)


def _kept(folder: Path) -> str:
    """Written whole under another name, then linked: two processes that start at once end with one key."""
    path = folder / "secret.key"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(dir=folder)  # mode 0600
        with open(handle, "w") as new:
            new.write(secrets.token_urlsafe(48))
        try:
            os.link(half, path)
        except FileExistsError:
            pass
        finally:
            Path(half).unlink()
    return path.read_text()
