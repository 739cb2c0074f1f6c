"""Who reads the accounts of a year, who attests, signs and receives them, who says that a training was done."""

from kit.migrating import raw

ID = "2026-11-24T18:40:00:000000"
VERSION = "1.38.0"

RIGHTS = {
    "account.read": "school_team principal technician purchasing board_admin auditor ministry",
    "account.attest": "principal",
    "account.sign": "purchasing",
    "account.receive": "ministry",
    "training.record": "school_team principal",
}

SQL = "\n".join(
    f"INSERT INTO role_right (id, role, \"right\") VALUES (new_id(), '{role}', '{right}');"
    for right, roles in RIGHTS.items()
    for role in roles.split()
)


async def forwards():
    return raw(package="directory", moment=ID, words="rights of accounts", sql=SQL)
