from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from kit.ids import new_id
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import BigInt
from piccolo.columns.column_types import Date
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import UUID
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.constraints import Unique
from piccolo.table import Table


class AllocationRule(Table, tablename="allocation_rule", schema=None):
    id = UUID(
        default=new_id,
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


class Measure(Table, tablename="measure", schema=None):
    id = UUID(
        default=new_id,
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


ID = "2026-11-24T18:01:22:727291"
VERSION = "1.38.0"
DESCRIPTION = "rules of allocation"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="allocations", description=DESCRIPTION
    )

    manager.add_table(
        class_name="MeasureYear",
        tablename="measure_year",
        schema=None,
        columns=None,
    )

    manager.add_table(
        class_name="AllocationWeight",
        tablename="allocation_weight",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="MeasureYear",
        tablename="measure_year",
        column_name="id",
        db_column_name="id",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": new_id,
            "null": False,
            "primary_key": True,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="MeasureYear",
        tablename="measure_year",
        column_name="measure",
        db_column_name="measure",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Measure,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.restrict,
            "target_column": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": True,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="MeasureYear",
        tablename="measure_year",
        column_name="year",
        db_column_name="year",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 9,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": True,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="MeasureYear",
        tablename="measure_year",
        column_name="total_cents",
        db_column_name="total_cents",
        column_class_name="BigInt",
        column_class=BigInt,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="MeasureYear",
        tablename="measure_year",
        column_name="last_commit_on",
        db_column_name="last_commit_on",
        column_class_name="Date",
        column_class=Date,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="MeasureYear",
        tablename="measure_year",
        column_name="last_spend_on",
        db_column_name="last_spend_on",
        column_class_name="Date",
        column_class=Date,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="MeasureYear",
        tablename="measure_year",
        column_name="rest",
        db_column_name="rest",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 12,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="MeasureYear",
        tablename="measure_year",
        column_name="version",
        db_column_name="version",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 1,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AllocationWeight",
        tablename="allocation_weight",
        column_name="id",
        db_column_name="id",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": new_id,
            "null": False,
            "primary_key": True,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AllocationWeight",
        tablename="allocation_weight",
        column_name="rule",
        db_column_name="rule",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": AllocationRule,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.restrict,
            "target_column": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": True,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AllocationWeight",
        tablename="allocation_weight",
        column_name="rank",
        db_column_name="rank",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 0,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AllocationWeight",
        tablename="allocation_weight",
        column_name="ppm",
        db_column_name="ppm",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 0,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="MeasureYear",
        tablename="measure_year",
        constraint_name="measure_year_one",
        constraint_class=Unique,
        params={"columns": ["measure", "year"], "nulls_distinct": True},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="MeasureYear",
        tablename="measure_year",
        constraint_name="measure_year_rest_known",
        constraint_class=Check,
        params={"condition": "rest IN ('lost', 'carried', 'recovered')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="MeasureYear",
        tablename="measure_year",
        constraint_name="measure_year_total_positive",
        constraint_class=Check,
        params={"condition": "total_cents > 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="MeasureYear",
        tablename="measure_year",
        constraint_name="measure_year_days_in_order",
        constraint_class=Check,
        params={"condition": "last_commit_on <= last_spend_on"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AllocationWeight",
        tablename="allocation_weight",
        constraint_name="allocation_weight_once",
        constraint_class=Unique,
        params={"columns": ["rule", "rank"], "nulls_distinct": True},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AllocationWeight",
        tablename="allocation_weight",
        constraint_name="allocation_weight_rank_range",
        constraint_class=Check,
        params={"condition": "rank BETWEEN 1 AND 10"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AllocationWeight",
        tablename="allocation_weight",
        constraint_name="allocation_weight_not_negative",
        constraint_class=Check,
        params={"condition": "ppm >= 0 AND ppm <= 100000000"},
        schema=None,
    )

    manager.add_column(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        column_name="base_cents",
        db_column_name="base_cents",
        column_class_name="BigInt",
        column_class=BigInt,
        params={
            "default": 0,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        column_name="cap_cents",
        db_column_name="cap_cents",
        column_class_name="BigInt",
        column_class=BigInt,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        column_name="own_share_ppm",
        db_column_name="own_share_ppm",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 0,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        column_name="rank_of",
        db_column_name="rank_of",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 4,
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        column_name="unranked_ppm",
        db_column_name="unranked_ppm",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        column_name="version",
        db_column_name="version",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 1,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        constraint_name="allocation_rule_formula_known",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        constraint_name="allocation_rule_base_not_negative",
        constraint_class=Check,
        params={"condition": "base_cents >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        constraint_name="allocation_rule_cap_over_floor",
        constraint_class=Check,
        params={
            "condition": "cap_cents >= floor_cents AND cap_cents >= base_cents"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        constraint_name="allocation_rule_formula_listed",
        constraint_class=Check,
        params={"condition": "formula IN ('max_floor_per_pupil', 'pro_rata')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        constraint_name="allocation_rule_own_share_part",
        constraint_class=Check,
        params={"condition": "own_share_ppm >= 0 AND own_share_ppm < 1000000"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AllocationRule",
        tablename="allocation_rule",
        constraint_name="allocation_rule_rank_known",
        constraint_class=Check,
        params={
            "condition": "rank_of = '' AND unranked_ppm IS NULL OR rank_of IN ('imse', 'sfr') AND unranked_ppm >= 0"
        },
        schema=None,
    )

    return manager
