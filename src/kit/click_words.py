"""What click says by itself (usage, mistyped options, missing files), in French like every other sentence of a command.

Click asks the standard library's gettext, whose language is the terminal's: LANG=C, usual on a server, would answer in English.
"""

from types import ModuleType

import click

from kit.i18n import NBSP, typography

COMMANDS = f"Commandes{NBSP}"  # click adds the colon
WORDS = {
    "Usage:": "Usage :",
    "Options": f"Options{NBSP}",
    "Commands": COMMANDS,
    "Positional arguments": f"Arguments{NBSP}",
    "Show this message and exit.": "Montrer ce message.",
    "Show the version and exit.": "Montrer la version.",
    "default: {default}": "par défaut : {default}",
    "required": "obligatoire",
    "Error: {message}": "Erreur : {message}",
    "Aborted!": "Abandonné.",
    "Try '{command} {option}' for help.": "Pour de l'aide : « {command} {option} ».",
    "No such command {name!r}.": "Il n'y a pas de commande « {name} ».",
    "No such option {name!r}.": "Il n'y a pas d'option « {name} ».",
    "Did you mean {possibility}?": "Vouliez-vous dire {possibility}?",
    "(Did you mean one of: {possibilities}?)": "Vouliez-vous dire : {possibilities}?",
    "Missing command.": "Il manque une commande.",
    "Missing argument": "Il manque l'argument",
    "Missing option": "Il manque l'option",
    "Missing parameter": "Il manque",
    "Choose from:\n\t{choices}": "Choisissez parmi :\n\t{choices}",
    "Got unexpected extra argument ({args})": "« {args} » est de trop; un nom avec des espaces se met entre guillemets.",
    "Got unexpected extra arguments ({args})": "« {args} » sont de trop; un nom avec des espaces se met entre guillemets.",
    "Option {name!r} requires an argument.": "L'option « {name} » demande une valeur.",
    "Option {name!r} requires {nargs} arguments.": "L'option « {name} » demande {nargs} valeurs.",
    "Option {name!r} does not take a value.": "L'option « {name} » ne prend pas de valeur.",
    "Invalid value: {message}": "Cette valeur ne convient pas : {message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} : {message}",
    "{value!r} is not a valid {number_type}.": "« {value} » n'est pas un nombre.",
    "{value!r} is not a valid UUID.": "« {value} » n'est pas un identifiant.",
    "{value} is not in the range {range}.": "{value} n'est pas permis : {range}.",
    "{value!r} is not one of {choices}.": "« {value} » n'est pas l'un de {choices}.",
    "{value!r} is not {choice}.": "« {value} » n'est pas {choice}.",
    "{name} {filename!r} does not exist.": "{name} « {filename} » n'existe pas, ou ce compte ne peut pas y entrer.",
    "{name} {filename!r} is a directory.": "{name} « {filename} » est un dossier; donnez un fichier.",
    "{name} {filename!r} is a file.": "{name} « {filename} » est un fichier; donnez un dossier.",
    "{name} {filename!r} is not readable.": "{name} « {filename} » : ce compte n'a pas le droit de le lire.",
    "{name} {filename!r} is not writable.": "{name} « {filename} » : ce compte n'a pas le droit d'y écrire.",
    "file": "fichier",
    "directory": "dossier",
    "path": "chemin",
}


def _said(text: str) -> str:
    return typography(WORDS[text]) if text in WORDS else text


def _counted(one: str, several: str, n: int) -> str:
    return _said(one if n < 2 else several)


def speak_french() -> None:
    """For the whole process, whatever the terminal's language."""
    for name in ("core", "decorators", "exceptions", "formatting", "parser", "types"):
        module: ModuleType = getattr(click, name)
        for theirs, ours in (("_", _said), ("ngettext", _counted)):
            if hasattr(module, theirs):
                setattr(module, theirs, ours)
