"""What crosses HTTP, files and the command line about the financial portrait."""

from msgspec import Struct


class Money(Struct, kw_only=True):
    """Cents, each measure in its tax basis.

    budget (given, and passed between envelopes) + carried (from the year before, less what went to the next) = available
    = spent + committed + reserved + free + recovered.
    """

    budget_cents: int = 0
    carried_cents: int = 0
    available_cents: int = 0
    spent_cents: int = 0
    committed_cents: int = 0
    reserved_cents: int = 0
    free_cents: int = 0
    recovered_cents: int = 0


class YearMoney(Money, kw_only=True):
    """A line's money of one year. `announced_cents`: the year's total that the ministry announced, where it is known and
    the line is of the whole network (a sum holds what is known). `used_ppm`: spent ÷ available, in millionths; null for nothing.
    """

    announced_cents: int | None = None
    used_ppm: int | None = None


class PortraitLine(Struct, kw_only=True):
    """A line of a balance: `level` is `measure`, `programme`, `kind`, `region`, `board` or `total`; a sum comes after its parts.

    `code`: of the measure, region or board; of a kind `investment` or `operating`. `tax_basis`: `mixed` where the parts differ.
    `years`: its money, in the order of the portrait's years.
    """

    level: str
    kind: str
    programme: str
    code: str
    name: str
    tax_basis: str
    years: list[YearMoney]


class Portrait(Struct, kw_only=True):
    """Budget and expense of the network, or of one board: by programme and measure, by region, by board. Every column adds up."""

    years: list[str]
    board: str
    name: str
    measures: list[PortraitLine]
    regions: list[PortraitLine]
    boards: list[PortraitLine]
