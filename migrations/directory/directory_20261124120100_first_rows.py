"""What a first start needs: regions, the region of each municipality prefix, roles and rights."""

from kit.migrating import raw

ID = "2026-11-24T12:01:00:000000"
VERSION = "1.38.0"

# Region: name, prefixes of its municipalities (facts of the ministry's geography; 46 and 47 went to Estrie in 2021).
REGIONS = {
    "01": ("Bas-Saint-Laurent", "07 08 09 10 11 12 13 14"),
    "02": ("Saguenay–Lac-Saint-Jean", "91 92 93 94"),
    "03": ("Capitale-Nationale", "15 16 20 21 22 23 34"),
    "04": ("Mauricie", "35 36 37 51 90"),
    "05": ("Estrie", "30 40 41 42 43 44 45 46 47"),
    "06": ("Montréal", "66"),
    "07": ("Outaouais", "80 81 82 83 84"),
    "08": ("Abitibi-Témiscamingue", "85 86 87 88 89"),
    "09": ("Côte-Nord", "95 96 97 98"),
    "10": ("Nord-du-Québec", "99"),
    "11": ("Gaspésie–Îles-de-la-Madeleine", "01 02 03 04 05 06"),
    "12": ("Chaudière-Appalaches", "17 18 19 25 26 27 28 29 31 33"),
    "13": ("Laval", "65"),
    "14": ("Lanaudière", "52 60 61 62 63 64"),
    "15": ("Laurentides", "72 73 74 75 76 77 78 79"),
    "16": ("Montérégie", "48 53 54 55 56 57 58 59 67 68 69 70 71"),
    "17": ("Centre-du-Québec", "32 38 39 49 50"),
}

READS = (
    "network.read floor.read catalogue.read envelope.read selection.read order.read asset.read ticket.read flag.read"
)
# Role: name, English name, reach, rights. `desks.md` §1, the rights that the loop needs.
ROLES = {
    "school_team": ("Équipe-école", "School team", "school",
        f"{READS} selection.compose selection.submit ticket.open ticket.comment"),
    "principal": ("Direction d'école", "Principal", "school",
        f"{READS} selection.compose selection.submit selection.approve ticket.open ticket.comment flag.acknowledge flag.propose"),
    "technician": ("Personne technicienne", "Technician", "board",
        f"{READS} receipt.write asset.write label.print ticket.open ticket.comment ticket.triage"),
    "purchasing": ("Approvisionnement et finances", "Purchasing and finance", "board",
        f"{READS} envelope.write selection.approve order.write order.send flag.acknowledge flag.propose"),
    "board_admin": ("Administration de l'organisme", "Board administration", "board",
        f"{READS} person.read person.write journal.read flag.acknowledge flag.propose"),
    "ministry": ("Analyste au ministère", "Ministry analyst", "province",
        "network.read floor.read catalogue.read envelope.read flag.read coverage.read import.write catalogue.write"
        " measure.write floor.write flag.decide jobs.run"),
    "auditor": ("Vérification", "Auditor", "board", f"{READS} journal.read"),
}  # fmt: skip


def _sql() -> str:
    quote = lambda text: "'" + text.replace("'", "''") + "'"
    lines = []
    for code, (name, prefixes) in REGIONS.items():
        lines.append(f"INSERT INTO region (code, name) VALUES ('{code}', {quote(name)});")
        lines += [f"INSERT INTO municipality_prefix (prefix, region) VALUES ('{p}', '{code}');" for p in prefixes.split()]
    for position, (code, (name, name_en, reach, rights)) in enumerate(ROLES.items(), 1):
        lines.append(
            "INSERT INTO role (code, name, name_en, reach, position) VALUES"
            f" ('{code}', {quote(name)}, {quote(name_en)}, '{reach}', {position});"
        )
        lines += [
            f'INSERT INTO role_right (id, role, "right") VALUES (new_id(), \'{code}\', \'{right}\');'
            for right in rights.split()
        ]
    return "\n".join(lines)


async def forwards():
    return raw(package="directory", moment=ID, words="regions, roles and rights", sql=_sql())
