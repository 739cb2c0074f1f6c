"""Who watches what the law says of tenders, and who writes it; who says how a board's orders are delivered."""

from kit.migrating import raw

ID = "2026-11-24T18:55:00:000000"
VERSION = "1.38.0"

RIGHTS = {
    "procurement.read": "purchasing board_admin auditor ministry",
    "procurement.write": "ministry",
}

SQL = "\n".join(
    f"INSERT INTO role_right (id, role, \"right\") VALUES (new_id(), '{role}', '{right}');"
    for right, roles in RIGHTS.items()
    for role in roles.split()
)


async def forwards():
    return raw(package="directory", moment=ID, words="rights of procurement", sql=SQL)
