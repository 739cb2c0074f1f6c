"""What is wrong in the shape of a file that a person wrote, in a sentence: what, where."""

import re

from kit.i18n import _, lazy

# What msgspec says, and ours. The words that it quotes are the names and the values of the file.
_SAID = (
    (re.compile(r"^Object missing required field `(?P<what>.+?)`"), lazy("il manque « {what} »")),
    (re.compile(r"^Object contains unknown field `(?P<what>.+?)`"), lazy("« {what} » n'est pas un nom permis ici")),
    (
        re.compile(r"^Invalid enum value '?(?P<what>.+?)'?(?: - at .*)?$"),
        lazy("« {what} » n'est pas une valeur permise"),
    ),
    (re.compile(r"^Expected `int`, got"), lazy("il faut un nombre entier")),
    (re.compile(r"^Expected `int` (?:[<>]=?|that)"), lazy("ce nombre est trop petit ou trop grand")),
    (re.compile(r"^Expected `str`, got"), lazy("il faut un texte entre guillemets")),
    (re.compile(r"^Expected `str` of length"), lazy("ce texte est trop court ou trop long")),
    (re.compile(r"^Expected `array`"), lazy("il faut une liste entre crochets")),
    (
        re.compile(r"^Expected `date|^Invalid RFC3339|^Expected `str \\| date"),
        lazy("il faut une date, comme 2027-03-31"),
    ),
    (re.compile(r"^Expected `object`"), lazy("il faut un groupe de noms et de valeurs")),
)
_PLACE = re.compile(r" - at `\$\.?(?P<place>.+?)`")
_LINE = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)")


def said(error: Exception) -> str:
    """The fault that a decoder found, in one sentence with its full stop."""
    text = str(error)
    found = ((sentence, match) for pattern, sentence in _SAID if (match := pattern.search(text)))
    sentence, match = next(found, (lazy("ce n'est pas écrit dans le format attendu"), None))
    told = _(sentence).format(**(match.groupdict() if match else {}))
    if place := _PLACE.search(text):
        return _("{fault}, à « {place} ».").format(fault=told, place=place["place"])
    if line := _LINE.search(text):
        return _("{fault}, ligne {line}, colonne {column}.").format(fault=told, **line.groupdict())
    return f"{told}."
