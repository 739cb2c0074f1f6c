from piccolo.columns import DoublePrecision, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from directory.boards.tables import Board
from directory.regions.tables import Region
from directory.schools.tables import School
from kit.columns import day, flag, identity, reference, row_version, short
from kit.policies import Access, scoped


class Building(Table, tablename="building"):
    """A building, keyed by the ministry's building code: another space than the school codes, though they look alike."""

    code: Varchar = Varchar(6, primary_key=True)
    board = reference(Board)
    name = short(200)
    address_1 = short(200)
    address_2 = short(200)
    postal_code = short(7)
    municipality = short(5)
    municipality_name = short(120)
    ownership = short(60)
    longitude = DoublePrecision(null=True, default=None)
    latitude = DoublePrecision(null=True, default=None)
    region = reference(Region, null=True)
    preschool = flag()
    primary = flag()
    secondary = flag()
    vocational = flag()
    adult = flag()
    described_by = short(10)  # the list that described it last; a schools list never changes what a buildings list said
    listed_on = day()
    closed_on = day()
    version = row_version()

    building_described_by_known = Check("described_by IN ('schools', 'buildings')")


class SchoolBuilding(Table, tablename="school_building"):
    """A school is in a building, from a day until a day."""

    id = identity()
    school = reference(School)
    building = reference(Building)
    board = short(6, index=True)  # of the school
    opened_on = day()
    closed_on = day()

    school_building_once = Unique([school, building])


scoped(
    Building,
    board="board",
    condition="EXISTS (SELECT FROM school_building l WHERE l.building = building.code)",  # the links that the caller sees
    access=Access.read,
)
scoped(SchoolBuilding, board="board", school="school", access=Access.read)
