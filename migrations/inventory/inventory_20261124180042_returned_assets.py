from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

ID = "2026-11-24T18:00:42:622453"
VERSION = "1.38.0"
DESCRIPTION = "returned assets"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="inventory", description=DESCRIPTION
    )

    manager.drop_constraint(
        table_class_name="Asset",
        tablename="asset",
        constraint_name="asset_state_known",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Asset",
        tablename="asset",
        constraint_name="asset_state_known_v2",
        constraint_class=Check,
        params={
            "condition": "state IN ('received', 'in_service', 'on_loan', 'out_of_service', 'in_repair', 'lost', 'stolen', 'returned', 'void', 'retired')"
        },
        schema=None,
    )

    return manager
