"""A balance of lines that add up, exactly and when rounded. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from allocations.accounts.rules import Unbalanced
from allocations.portraits.schemas import Money, PortraitLine, YearMoney
from kit.money import MILLION

COLUMNS = Money.__struct_fields__
KINDS = ("investment", "operating")


class Cell(Money, kw_only=True):
    """What one board's envelopes of one measure hold in one region and year: the grain of all tables. '' where there is no region."""

    year: str
    measure: str
    measure_name: str
    programme: str
    kind: str
    tax_basis: str
    board: str
    board_name: str
    region: str
    region_name: str


def check(cell: Cell) -> None:
    """Raise Unbalanced unless what was available is what became of it."""
    became = cell.spent_cents + cell.committed_cents + cell.reserved_cents + cell.free_cents + cell.recovered_cents
    if not cell.budget_cents + cell.carried_cents == cell.available_cents == became:
        raise Unbalanced(year=cell.year, place=cell.board, measure=cell.measure)


@dataclass
class Node:
    """A line and the lines that it is the sum of; amounts by year, then by column (None: not known)."""

    level: str
    code: str = ""
    name: str = ""
    kind: str = ""
    programme: str = ""
    tax_basis: str = ""
    years: list[dict[str, int | None]] = field(default_factory=list)
    parts: list["Node"] = field(default_factory=list)


def by_measure(
    cells: Sequence[Cell], years: Sequence[str], announced: Mapping[tuple[str, str], int] | None = None
) -> Node:
    """Kinds, their programmes, their measures. `announced`: by measure and year, None where the cells are not of all the network."""
    kinds = []
    for kind in KINDS:
        own = [cell for cell in cells if cell.kind == kind]
        parts = []
        for programme in sorted({cell.programme for cell in own}, key=lambda name: (name == "", name)):
            measures = [
                _leaf(some, years, announced, Node("measure", code, some[0].measure_name, kind, programme))
                for code, some in _grouped(
                    [cell for cell in own if cell.programme == programme], lambda cell: cell.measure
                )
            ]
            # A measure of no programme stands by itself, after the others.
            parts += (
                [_sum(Node("programme", "", programme, kind, programme), measures, years)] if programme else measures
            )
        if parts:
            kinds.append(_sum(Node("kind", kind, kind=kind), parts, years))
    return _sum(Node("total"), kinds, years)


def by_region(cells: Sequence[Cell], years: Sequence[str]) -> Node:
    """A line a region; the one of code '' is what boards hold themselves, or schools without one."""
    parts = [
        _leaf(some, years, None, Node("region", code, some[0].region_name))
        for code, some in _grouped(cells, lambda cell: cell.region)
    ]
    return _sum(Node("total"), sorted(parts, key=lambda part: (part.code == "", part.code)), years)


def by_board(cells: Sequence[Cell], years: Sequence[str]) -> Node:
    """A line a board."""
    parts = [
        _leaf(some, years, None, Node("board", code, some[0].board_name))
        for code, some in _grouped(cells, lambda cell: cell.board)
    ]
    return _sum(Node("total"), parts, years)


def lines(node: Node) -> Iterator[PortraitLine]:
    """The lines of a balance: the parts, then what they add up to."""
    for part in node.parts:
        yield from lines(part)
    yield PortraitLine(
        level=node.level, kind=node.kind, programme=node.programme, code=node.code, name=node.name, tax_basis=node.tax_basis,
        years=[_year(amounts) for amounts in node.years],
    )  # fmt: skip


def rounded(node: Node, *, unit: int) -> Node:
    """The same in units of so many cents: the whole is rounded, and each part is its share by largest remainder, a unit off at most.

    So every column adds up as it is printed. A row may be a unit off its own sum.
    """
    whole = [
        {name: None if cents is None else (2 * cents + unit) // (2 * unit) for name, cents in amounts.items()}
        for amounts in node.years
    ]
    return _rounded(node, whole, unit)


def apportioned(parts: Sequence[int], whole: int, *, unit: int) -> list[int]:
    """Parts in units that add up to `whole`, which is their sum rounded down or up: all rounded down, then the largest rests up."""
    down = [part // unit for part in parts]
    by_rest = sorted(range(len(parts)), key=lambda at: (-(parts[at] % unit), at))
    for at in by_rest[: whole - sum(down)]:
        down[at] += 1
    return down


def used(amounts: Mapping[str, int | None]) -> int | None:
    """Spent ÷ available in millionths, half up; None where nothing was available."""
    available, spent = amounts["available_cents"], amounts["spent_cents"]
    if not available or spent is None or available < 0:
        return None
    return (2 * spent * MILLION + available) // (2 * available)


def _rounded(node: Node, whole: list[dict[str, int | None]], unit: int) -> Node:
    parts: list[list[dict[str, int | None]]] = [[{} for _year in whole] for _part in node.parts]
    for at, amounts in enumerate(whole):
        for name, total in amounts.items():
            values = [part.years[at][name] for part in node.parts]
            known = [value for value in values if value is not None]
            shares = iter(apportioned(known, total, unit=unit) if total is not None else [])
            for part, value in zip(parts, values, strict=True):
                part[at][name] = None if value is None else next(shares)
    return Node(
        node.level, node.code, node.name, node.kind, node.programme, node.tax_basis, whole,
        [_rounded(part, amounts, unit) for part, amounts in zip(node.parts, parts, strict=True)],
    )  # fmt: skip


def _leaf(
    cells: Sequence[Cell], years: Sequence[str], announced: Mapping[tuple[str, str], int] | None, node: Node
) -> Node:
    for year in years:
        own = [cell for cell in cells if cell.year == year]
        amounts: dict[str, int | None] = {name: sum(getattr(cell, name) for cell in own) for name in COLUMNS}
        amounts["announced_cents"] = (announced or {}).get((node.code, year))
        node.years.append(amounts)
    node.tax_basis = _basis(cell.tax_basis for cell in cells)
    return node


def _sum(node: Node, parts: list[Node], years: Sequence[str]) -> Node:
    node.parts = parts
    for at in range(len(years)):
        amounts: dict[str, int | None] = {}
        for name in (*COLUMNS, "announced_cents"):
            known = [value for part in parts if (value := part.years[at][name]) is not None]
            amounts[name] = sum(known) if known or name in COLUMNS else None
        node.years.append(amounts)
    node.tax_basis = _basis(part.tax_basis for part in parts)
    return node


def _basis(found: Iterable[str]) -> str:
    bases = set(found)
    return bases.pop() if len(bases) == 1 else "mixed" if bases else ""


def _grouped(cells: Iterable[Cell], key: Callable[[Cell], str]) -> list[tuple[str, list[Cell]]]:
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(key(cell), []).append(cell)
    return sorted(groups.items())


def _year(amounts: Mapping[str, int | None]) -> YearMoney:
    return msgspec.convert({**amounts, "used_ppm": used(amounts)}, YearMoney)
