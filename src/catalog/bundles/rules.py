"""What a bundle costs: one invoice a supplier; what its lines may be. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog.bundles.schemas import BundleLineOut
from catalog.taxes.rules import Priced, Taxes, add_up, price_invoice
from kit.i18n import _

LEVELS = ("preschool", "primary", "secondary", "adult")


def price_lines(lines: Sequence[BundleLineOut], taxes: Taxes) -> Priced | None:
    """The lines, priced as one invoice a supplier and added up; None where one of them never had a price."""
    invoices: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        if line.supplier is None or line.unit_before_tax_cents is None:
            return None
        invoices[line.supplier].append(line.quantity * line.unit_before_tax_cents)
    return add_up([price_invoice(amounts, taxes.rates, taxes.rebates) for _, amounts in sorted(invoices.items())])


def tracked_units(lines: Iterable[BundleLineOut]) -> dict[str, int]:
    """Units that become assets, by category."""
    units: Counter[str] = Counter()
    for line in lines:
        if line.tracked:
            units[line.category] += line.quantity
    return dict(units)


def nested_in(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """The slugs of the bundles that lines name."""
    return sorted({line["bundle"] for line in lines if "bundle" in line})


def plain_lines(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lines without what goes without saying; the first of alternatives is taken where none is said to be.

    Raises ValueError, with a sentence, for a choice of one, several taken of one choice, or a line both optional and a choice.
    """
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in lines:
        if line.get("choice"):
            groups[line["choice"]].append(line)
        if line.get("choice") and line.get("optional"):
            raise ValueError(_("Une ligne est au choix (« choice ») ou facultative (« optional »), pas les deux."))
    for name, group in groups.items():
        if len(group) < 2:
            raise ValueError(_("Le choix « {name} » n'a qu'une ligne : il en faut au moins deux.").format(name=name))
        if sum(line.get("taken", False) for line in group) > 1:
            raise ValueError(_("Le choix « {name} » a plus d'une ligne prise d'office.").format(name=name))
    defaults = {id(next((line for line in group if line.get("taken")), group[0])) for group in groups.values()}
    return [_plain(line, taken=id(line) in defaults) for line in lines]


def _plain(line: Mapping[str, Any], *, taken: bool) -> dict[str, Any]:
    free = line.get("optional") or line.get("choice")
    kept = {name: line[name] for name in ("product", "bundle", "quantity", "optional", "choice") if line.get(name)}
    return kept | ({"taken": True} if free and (taken or line.get("optional") and line.get("taken")) else {})


def waves(nested: Mapping[str, set[str]]) -> tuple[list[list[str]], list[str]]:
    """Bundles in an order in which each comes after those that it holds; and those that hold themselves, however deep."""
    left, found = dict(nested), []
    while ready := [slug for slug, inside in left.items() if not inside & left.keys()]:
        found.append(ready)
        left = {slug: inside for slug, inside in left.items() if slug not in ready}
    return found, list(left)


def cycle_words(slug: str) -> str:
    return _("Le combo « {slug} » se contiendrait lui-même. Retirez la ligne qui l'y ramène.").format(slug=slug)
