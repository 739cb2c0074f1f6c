"""The tables of `docs/money.md`: what a person reads there, as cents, and what of it nobody has compared yet."""

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "money.md"
AMOUNT = re.compile(r"(−?)(\d{1,3}(?:\s\d{3})*),(\d{2})\s\$")


def cents(text: str) -> list[int]:
    """`2 337,39 $` → 233739; all of a text, in its order."""
    return [int(re.sub(r"\D", "", whole) + rest) * (-1 if minus else 1) for minus, whole, rest in AMOUNT.findall(text)]


class MoneyPage:
    """Rows by the words of their first cell. A row is read once it was asked for."""

    def __init__(self, text: str | None = None) -> None:
        self.text = PAGE.read_text(encoding="utf-8") if text is None else text
        self.rows: dict[str, list[str]] = {}
        for line in self.text.splitlines():
            if line.startswith("|"):
                name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
                assert name not in self.rows or not cents(line), f"« {name} » names two rows with amounts"
                self.rows[name] = cells
        self.unread = {name for name, cells in self.rows.items() if cents(" ".join(cells))}

    def amounts(self, name: str) -> list[int]:
        """Every amount of a row, left to right."""
        self.unread.discard(name)
        return cents(" | ".join(self.rows[name]))

    def outside_tables(self) -> list[int]:
        """Amounts that no row holds: nothing would compare them."""
        return [found for line in self.text.splitlines() if not line.startswith("|") for found in cents(line)]
