from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-24T19:00:11:955338"
VERSION = "1.38.0"
DESCRIPTION = "programme of measures"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="allocations", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="Measure",
        tablename="measure",
        column_name="programme",
        db_column_name="programme",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 120,
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

    return manager
