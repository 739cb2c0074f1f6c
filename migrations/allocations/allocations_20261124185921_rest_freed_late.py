from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

ID = "2026-11-24T18:59:21:234368"
VERSION = "1.38.0"
DESCRIPTION = "rest freed late"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="allocations", description=DESCRIPTION
    )

    manager.drop_constraint(
        table_class_name="Approval",
        tablename="approval",
        constraint_name="approval_voided_because_known",
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="RestEnding",
        tablename="rest_ending",
        constraint_name="rest_ending_once",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Approval",
        tablename="approval",
        constraint_name="approval_voided_because_one_of",
        constraint_class=Check,
        params={
            "condition": "voided_because IN ('', 'refused', 'asked', 'withdrawn', 'price', 'year')"
        },
        schema=None,
    )

    return manager
