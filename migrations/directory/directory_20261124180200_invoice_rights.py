"""Who reads, enters, approves and decides invoices; who sets what a board tolerates; the ministry counts them."""

from kit.migrating import raw

ID = "2026-11-24T18:02:00:000000"
VERSION = "1.38.0"

RIGHTS = {
    "invoice.read": "school_team principal technician purchasing board_admin auditor",
    "invoice.write": "purchasing",
    "invoice.approve": "purchasing",
    "invoice.decide": "purchasing",
    "invoice.count": "ministry",
    "tolerance.write": "board_admin",
}

SQL = "\n".join(
    f'INSERT INTO role_right (id, role, "right") VALUES (new_id(), \'{role}\', \'{right}\');'
    for right, roles in RIGHTS.items()
    for role in roles.split()
)


async def forwards():
    return raw(package="directory", moment=ID, words="rights of invoices", sql=SQL)
