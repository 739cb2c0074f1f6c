"""What a backup file says of itself, and what is refused of one. Nothing here reads a file or a database."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from kit.errors import Conflict, Refused
from kit.i18n import lazy
from kit.migrating import Migration

PRODUCT = "inventory"
FORMAT = 1  # raised when a file of today's could not be read by yesterday's code


class TableOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table: `columns` in the order of the fields, `size` in bytes before compression, `sha256` of those bytes."""

    name: str
    columns: list[str]
    rows: int
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds. `migrations`: package and name of each that the database had seen."""

    product: str
    format: int
    version: str
    made_at: datetime
    postgresql: str
    migrations: list[Migration]
    tables: list[TableOut]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def size(self) -> int:
        return sum(table.size for table in self.tables)


class _Head(msgspec.Struct):
    """The part that every format has."""

    product: str
    format: int
    version: str


class NotABackup(Refused):
    sentence = lazy(
        "{file} n'est pas une sauvegarde de ce service. Choisissez un fichier écrit par « inventory backup ». Rien n'a été changé."
    )


class Truncated(Refused):
    sentence = lazy(
        "{file} est incomplet : la fin manque. Reprenez-en une copie entière, ou une autre sauvegarde. Rien n'a été changé."
    )


class Damaged(Refused):
    sentence = lazy(
        "{file} est abîmé ou a été modifié ({where}). Reprenez-en une copie intacte, ou une autre sauvegarde. Rien n'a été changé."
    )


class TooNew(Refused):
    sentence = lazy(
        "{file} a été fait par une version plus récente du service ({version}). Installez cette version, puis recommencez."
        " Rien n'a été changé."
    )


class OtherPrint(Refused):
    sentence = lazy(
        "{file} a pour empreinte {found}, et non celle que vous donnez. C'est une autre sauvegarde, ou elle a été modifiée."
        " Rien n'a été changé."
    )


class Unreadable(Refused):
    sentence = lazy("Impossible de lire {file} ({reason}). Vérifiez le chemin et les droits.")


class Unwritable(Refused):
    sentence = lazy(
        "Impossible d'écrire {file} ({reason}). Faites de la place ou choisissez un autre endroit; ce qui portait ce nom est"
        " resté comme il était."
    )


class NothingToSave(Refused):
    sentence = lazy("Cette base est vide : il n'y a rien à sauvegarder.")


class NotSaved(Refused):
    sentence = lazy("La sauvegarde n'a pas abouti ({reason}). Aucun fichier n'a été écrit.")


class Moved(Conflict):
    sentence = lazy(
        "La base est en train d'être mise à jour ou restaurée. Attendez, puis recommencez; aucun fichier n'a été écrit."
    )


class Serving(Conflict):
    sentence = lazy("Le service tourne sur cette base. Arrêtez-le partout, puis recommencez. Rien n'a été changé.")


class InUse(Conflict):
    sentence = lazy(
        "Quelqu'un se sert de la base (une commande, une sauvegarde, un autre outil). Attendez qu'il ait fini, puis recommencez."
        " Rien n'a été changé."
    )


class Failed(Refused):
    sentence = lazy("L'opération n'a pas abouti ({reason}). La base est restée comme elle était.")


class Unsure(Refused):
    sentence = lazy(
        "La connexion à la base s'est coupée à la toute fin : la base est l'ancienne ou la nouvelle, jamais un mélange."
        " Recommencez : le résultat sera le même."
    )


class NoOwner(Refused):
    sentence = lazy(
        "Donnez l'accès propriétaire dans INVENTORY_OWNER_DATABASE_URL pour restaurer. Rien n'a été changé."
    )


class NothingKept(Refused):
    sentence = lazy("Aucune base remplacée n'est gardée ici : il n'y a rien à remettre. Rien n'a été changé.")


def manifest_of(encoded: bytes, *, file: str) -> Manifest:
    """The manifest of a file of today's format. Raises TooNew, Damaged."""
    try:
        head = msgspec.json.decode(encoded, type=_Head)
        if head.product != PRODUCT:
            raise NotABackup(file=file)
        if head.format > FORMAT:
            raise TooNew(file=file, version=head.version)
        found = msgspec.json.decode(encoded, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Damaged(file=file, where="manifest.json") from error
    names = [table.name for table in found.tables]
    if len(set(names)) != len(names) or any(min(table.rows, table.size) < 0 for table in found.tables):
        raise Damaged(file=file, where="manifest.json")
    return found


def check_known(manifest: Manifest, known: Collection[Migration], *, file: str) -> None:
    """Raise TooNew when the file's database had seen a migration that this code does not have."""
    if not set(manifest.migrations) <= set(known):
        raise TooNew(file=file, version=manifest.version)
