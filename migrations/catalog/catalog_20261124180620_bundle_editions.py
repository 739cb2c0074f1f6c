from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from kit.ids import new_id
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import Date
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import UUID
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.constraints import Unique
from piccolo.table import Table


class Bundle(Table, tablename="bundle", schema=None):
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


ID = "2026-11-24T18:06:20:071681"
VERSION = "1.38.0"
DESCRIPTION = "bundle editions"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="catalog", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="Bundle",
        tablename="bundle",
        column_name="edition",
        db_column_name="edition",
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
        table_class_name="Bundle",
        tablename="bundle",
        column_name="published_on",
        db_column_name="published_on",
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
        table_class_name="Bundle",
        tablename="bundle",
        column_name="pupils_each",
        db_column_name="pupils_each",
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
        table_class_name="Bundle",
        tablename="bundle",
        column_name="state",
        db_column_name="state",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 10,
            "default": "draft",
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
        table_class_name="BundleLine",
        tablename="bundle_line",
        column_name="choice",
        db_column_name="choice",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 60,
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
        table_class_name="BundleLine",
        tablename="bundle_line",
        column_name="nested",
        db_column_name="nested",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Bundle,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.restrict,
            "target_column": None,
            "null": True,
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
        table_class_name="BundleLine",
        tablename="bundle_line",
        column_name="optional",
        db_column_name="optional",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": False,
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
        table_class_name="BundleLine",
        tablename="bundle_line",
        column_name="taken",
        db_column_name="taken",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": True,
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
        table_class_name="BundleTraining",
        tablename="bundle_training",
        column_name="quantity",
        db_column_name="quantity",
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

    manager.alter_column(
        table_class_name="BundleLine",
        tablename="bundle_line",
        column_name="product",
        db_column_name="product",
        params={"null": True},
        old_params={"null": False},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="Bundle",
        tablename="bundle",
        constraint_name="bundle_slug_once",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Bundle",
        tablename="bundle",
        constraint_name="bundle_edition_counts",
        constraint_class=Check,
        params={"condition": "edition > 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Bundle",
        tablename="bundle",
        constraint_name="bundle_edition_once",
        constraint_class=Unique,
        params={"columns": ["slug", "edition"], "nulls_distinct": True},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Bundle",
        tablename="bundle",
        constraint_name="bundle_recommended_some",
        constraint_class=Check,
        params={"condition": "pupils_each > 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Bundle",
        tablename="bundle",
        constraint_name="bundle_state_known",
        constraint_class=Check,
        params={"condition": "state IN ('draft', 'published', 'retired')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="BundleLine",
        tablename="bundle_line",
        constraint_name="bundle_line_nested_once",
        constraint_class=Unique,
        params={"columns": ["bundle", "nested"], "nulls_distinct": True},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="BundleLine",
        tablename="bundle_line",
        constraint_name="bundle_line_one_thing",
        constraint_class=Check,
        params={"condition": "num_nonnulls(product, nested) = 1"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="BundleLine",
        tablename="bundle_line",
        constraint_name="bundle_line_one_way",
        constraint_class=Check,
        params={
            "condition": "(choice = '' OR NOT optional) AND (taken OR optional OR choice <> '')"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="BundleTraining",
        tablename="bundle_training",
        constraint_name="bundle_training_some",
        constraint_class=Check,
        params={"condition": "quantity > 0"},
        schema=None,
    )

    return manager
