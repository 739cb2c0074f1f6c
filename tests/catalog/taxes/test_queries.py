from datetime import date

import pytest

from catalog.taxes.queries import rates_on
from catalog.taxes.rules import NoRate
from kit.actor import Actor, Scope, system
from kit.database import execute

pytestmark = pytest.mark.usefixtures("db")


async def test_the_rates_that_ship_are_those_of_the_law() -> None:
    found = await rates_on(system(), date(2026, 11, 24))
    assert found.rates == {"gst": 50_000, "qst": 99_750}
    assert found.rebates == {"gst": 680_000, "qst": 470_000}


async def test_a_new_rate_holds_from_its_day_on() -> None:
    await execute("INSERT INTO tax_rate (tax, name, ppm, from_day) VALUES ('qst', 'TVQ', 100000, '2027-01-01')")
    assert (await rates_on(system(), date(2026, 12, 31))).rates["qst"] == 99_750
    assert (await rates_on(system(), date(2027, 1, 1))).rates["qst"] == 100_000


async def test_a_rebate_that_ended_gives_nothing_back() -> None:
    await execute("UPDATE tax_rebate SET until_day = '2026-12-31' WHERE tax = 'gst'")
    assert (await rates_on(system(), date(2026, 12, 31))).rebates["gst"] == 680_000
    assert "gst" not in (await rates_on(system(), date(2027, 1, 1))).rebates


async def test_another_kind_of_body_has_its_own_rebates() -> None:
    await execute("INSERT INTO tax_rebate (tax, body, ppm, from_day) VALUES ('gst', 'college', 670000, '2013-01-01')")
    assert (await rates_on(system(), date(2026, 11, 24), body="college")).rebates == {"gst": 670_000}


async def test_a_day_without_a_rate_is_refused_and_never_free_of_tax() -> None:
    with pytest.raises(NoRate) as refused:
        await rates_on(system(), date(2012, 12, 31))
    assert "31\u00a0décembre\u00a02012" in refused.value.detail


async def test_a_school_reads_the_rates_too() -> None:
    who = Actor(scope=Scope.school, name="essai", board="990000", schools=("990001",))
    assert (await rates_on(who, date(2026, 11, 24))).rates["gst"] == 50_000
