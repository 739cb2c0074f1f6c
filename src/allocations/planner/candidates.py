"""A bundle's lines as the nodes of a candidate: what is always there, what may be left out, what is one of several. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from allocations.planner.model import Candidate, Node

MOST = 1_000  # of one thing in a mix, whatever the gap


class Leaf(NamedTuple):
    """A product at a supplier, cents before tax a unit (écofrais included); `category` of what the floor counts, or None."""

    supplier: str
    cents: int
    category: str | None


class Piece(NamedTuple):
    """A line of a bundle, `quantity` times in what is around it. `free`: optional, or one of a choice. `leaf`: None where the
    line is a bundle (`product` false), or a product that cannot be bought.
    """

    path: str
    inside: str
    free: bool
    choice: str
    quantity: int
    product: bool
    leaf: Leaf | None


def candidate(
    key: str, pieces: Sequence[Piece], gaps: Mapping[str, int], *, most: int | None, serves: int
) -> Candidate | None:
    """A candidate of lines in order (each after what is around it); None where a line that it cannot do without cannot be bought.

    `most`: its recommended number; None: as many as fill the gaps.
    """
    if not pieces or not _whole("", pieces):
        return None
    nodes: list[tuple[str, int | None, str, Counter[str], Counter[str]]] = [("", None, "", Counter(), Counter())]
    at: dict[str, tuple[int, int]] = {
        "": (0, 1)
    }  # by path of what is around: its node, and how many in each unit of the node
    for piece in pieces:
        if piece.inside not in at or not _available(piece, pieces):
            continue
        node, times = at[piece.inside]
        if piece.free:
            nodes.append(
                (piece.path, node, f"{piece.inside}/{piece.choice}" if piece.choice else "", Counter(), Counter())
            )
            node = len(nodes) - 1
        at[piece.path] = (node, times * piece.quantity)
        if piece.leaf is not None:
            nodes[node][3][piece.leaf.supplier] += times * piece.quantity * piece.leaf.cents
            if piece.leaf.category is not None:
                nodes[node][4][piece.leaf.category] += times * piece.quantity
    made = [Node(path, around, choice, dict(cents), dict(units)) for path, around, choice, cents, units in nodes]
    bound = most if most is not None else _needed(made, gaps)
    return Candidate(key=key, most=min(bound, MOST), serves=serves, nodes=made) if bound else None


def _available(piece: Piece, pieces: Sequence[Piece]) -> bool:
    return piece.leaf is not None if piece.product else _whole(piece.path, pieces)


def _whole(path: str, pieces: Sequence[Piece]) -> bool:
    """Whether what is at a path can be had: each line that is always taken, and one of each choice."""
    inside = [piece for piece in pieces if piece.inside == path]
    choices: dict[str, bool] = {}
    for piece in inside:
        if piece.choice:
            choices[piece.choice] = choices.get(piece.choice, False) or _available(piece, pieces)
        elif not piece.free and not _available(piece, pieces):
            return False
    return bool(inside) and all(choices.values())


def _needed(nodes: Sequence[Node], gaps: Mapping[str, int]) -> int:
    """How many would fill the widest gap, were they taken with the least that each brings."""
    brings: dict[str, int] = {}
    for node in nodes:
        for category, units in node.units.items():
            if category in gaps:
                brings[category] = min(units, brings.get(category, units))
    return max((-(-gaps[category] // units) for category, units in brings.items()), default=0)
