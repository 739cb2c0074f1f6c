from piccolo.columns import Integer
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kit.columns import count, day, identity, short
from kit.policies import Access, scoped


class TaxRate(Table, tablename="tax_rate"):
    """A tax on the price before tax, from a day on, in parts per million (TVQ 9.975 % is 99 750)."""

    id = identity()
    tax = short(8)
    name = short(20)
    ppm: Integer = Integer(default=0)
    from_day = day(null=False)
    until_day = day()
    position = count()
    source = short(300)

    tax_rate_once = Unique([tax, from_day])
    tax_rate_range = Check("ppm BETWEEN 0 AND 1000000")


class TaxRebate(Table, tablename="tax_rebate"):
    """The part of a tax that a kind of body gets back, from a day on, in parts per million of the rounded tax."""

    id = identity()
    tax = short(8)
    body = short(20)
    ppm: Integer = Integer(default=0)
    from_day = day(null=False)
    until_day = day()
    source = short(300)

    tax_rebate_once = Unique([tax, body, from_day])
    tax_rebate_range = Check("ppm BETWEEN 0 AND 1000000")


for table in (TaxRate, TaxRebate):
    scoped(table, shared="tax rates are the law", access=Access.read)
