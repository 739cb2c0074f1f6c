"""What a bundle holds, in one cell of a table: « 6 dash; 2 ipad (choix tablette, retenu); 2 chromebook (choix tablette) »."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kit.cells import BadCell
from kit.i18n import _

_ITEM = re.compile(r"(\d{1,6})\s*[×x]?\s+(combo:)?([a-z0-9-]+)\s*(?:\(([^()]*)\))?", re.IGNORECASE)
_CHOICE = re.compile(r"(?:choix|choice)\s+(.+)", re.IGNORECASE)
_OPTIONAL = ("facultatif", "optional")
_TAKEN = ("retenu", "taken")


def lines(cell: str) -> Any:
    """The lines of a bundle, as a catalogue entry says them; '' when empty. Raises BadCell."""
    return [_line(item) for item in _items(cell)] or ""


def trainings(cell: str) -> Any:
    """Codes of trainings, with how many where there are several: « prise-en-main; 2 accompagnement »."""
    found: list[Any] = []
    for item in _items(cell):
        if many := re.fullmatch(r"(\d{1,6})\s*[×x]?\s+(\S+)", item, re.IGNORECASE):
            found.append({"training": many[2], "quantity": int(many[1])})
        else:
            found.append(item)
    return found or ""


def shown_lines(found: Iterable[Mapping[str, Any]]) -> str:
    """The cell that `lines` reads back."""
    return "; ".join(map(_shown, found))


def shown_trainings(found: Iterable[Any]) -> str:
    """The cell that `trainings` reads back."""
    return "; ".join(one if isinstance(one, str) else f"{one['quantity']} {one['training']}" for one in found)


def _items(cell: str) -> list[str]:
    return [item.strip() for item in cell.split(";") if item.strip()]


def _line(item: str) -> dict[str, Any]:
    if not (found := _ITEM.fullmatch(item)):
        raise _unread(item)
    quantity, nested, code, said = found.groups()
    line: dict[str, Any] = {"bundle" if nested else "product": code, "quantity": int(quantity)}
    for word in (word.strip() for word in (said or "").split(",")):
        if word.lower() in _OPTIONAL:
            line["optional"] = True
        elif word.lower() in _TAKEN:
            line["taken"] = True
        elif choice := _CHOICE.fullmatch(word):
            line["choice"] = choice[1]
        elif word:
            raise _unread(item)
    return line


def _unread(item: str) -> BadCell:
    return BadCell(
        _(
            "« {item} » ne se lit pas. Écrivez par exemple : 6 dash; 1 combo:base; 2 ipad (choix tablette, retenu)."
        ).format(item=item[:60])
    )


def _shown(line: Mapping[str, Any]) -> str:
    said = [f"choix {line['choice']}"] if line.get("choice") else []
    said += ["facultatif"] if line.get("optional") else []
    said += ["retenu"] if line.get("taken") else []
    thing = f"combo:{line['bundle']}" if line.get("bundle") else line["product"]
    return f"{line['quantity']} {thing}" + (f" ({', '.join(said)})" if said else "")
