"""Schools and boards propose projects, the ministry calls for them and decides; who verifies reads all."""

from kit.migrating import raw

ID = "2026-11-24T18:16:00:000000"
VERSION = "1.38.0"

RIGHTS = {
    "school_team": "project.read project.write",
    "principal": "project.read project.write project.submit",
    "technician": "project.read",
    "purchasing": "project.read project.write project.submit",
    "board_admin": "project.read",
    "ministry": "project.read project.decide",
    "auditor": "project.read",
}
SQL = "\n".join(
    f"INSERT INTO role_right (id, role, \"right\") VALUES (new_id(), '{role}', '{right}');"
    for role, rights in RIGHTS.items()
    for right in rights.split()
)


async def forwards():
    return raw(package="directory", moment=ID, words="project rights", sql=SQL)
