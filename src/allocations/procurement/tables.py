from piccolo.columns import Integer
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from kit.columns import cents, day, flag, identity, moment, reference, short, text
from kit.policies import Access, scoped


class ProcurementThreshold(Table, tablename="procurement_threshold"):
    """What the law says from a day on (domain.md 3.1): the amount of a public tender or of publication, before tax, or within how
    many days orders that add up look split. `verified`: whether somebody has checked it in its source. Never rewritten.
    """

    id = identity()
    kind = short(12)
    from_day = day(null=False)
    before_tax_cents = cents(null=True)
    days: Integer = Integer(null=True, default=None)
    source = text()
    verified = flag()
    person_name = short(200)
    at = moment(null=False)

    procurement_threshold_once = Unique([kind, from_day])
    procurement_threshold_kind_known = Check("kind IN ('tender', 'publication', 'split')")
    procurement_threshold_amount_or_days = Check(
        "(kind = 'split') = (days IS NOT NULL) AND (kind = 'split') = (before_tax_cents IS NULL)"
        " AND coalesce(before_tax_cents, days) > 0"
    )


class GoodsFamily(Table, tablename="goods_family"):
    """Goods that count together for a tender."""

    id = identity()
    code = short(40)
    name = short(200)
    name_en = short(200)

    goods_family_code_once = Unique([code])


class GoodsFamilyMember(Table, tablename="goods_family_member"):
    """A product kind, or a whole category, that belongs to a family; a kind goes before its category. What none names is a family
    of its category's.
    """

    id = identity()
    family = reference(GoodsFamily)
    category = reference(Category, null=True)
    kind = short(60)

    goods_family_member_once = Unique([category, kind], nulls_distinct=False)
    goods_family_member_names_one = Check("(category IS NULL) = (kind <> '')")


scoped(ProcurementThreshold, shared="the law is the same for all", access=Access.read)
scoped(GoodsFamily, shared="families of goods are the same for all", access=Access.read)
scoped(GoodsFamilyMember, shared="families of goods are the same for all", access=Access.read)
