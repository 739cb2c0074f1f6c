"""What the law says of tenders and publication, each with its source; families of goods; the index of what is committed."""

from kit.migrating import raw

ID = "2026-11-24T18:55:00:000000"
VERSION = "1.38.0"

INDEXED = "Même base de 100 000 $ et même indexation que les avis de politique fédéraux sur les marchés 2023-6 et 2025-8 : à vérifier"

# kind, first day, cents before tax or days, source, verified
THRESHOLDS = (
    ("tender", "2018-01-01", 101_100_00, "Seuil de 2018-2019 du réseau scolaire, publié par un centre de services (info-contrats)", True),
    ("tender", "2020-01-01", 105_700_00, "Seuil de 2020-2021, de mémoire : à vérifier", False),
    ("tender", "2022-01-01", 121_200_00, "Seuil de 2022-2023, de mémoire : à vérifier", False),
    ("tender", "2024-01-01", 133_800_00, INDEXED, False),
    ("tender", "2026-01-01", 139_000_00, INDEXED, False),
    ("publication", "2018-01-01", 25_000_00, "Loi sur les contrats des organismes publics (C-65.1), article 22, selon le CEEC", True),
    ("split", "2018-01-01", 30, "Choix du service : la loi (C-65.1, article 12) interdit de fractionner et ne donne pas de délai", False),
)  # fmt: skip

# code, French and English names, category, product kinds
FAMILIES = (
    ("informatique", "Technologies de l'information", "Information technology", "flotte-appareils", ()),
    ("robotique", "Robotique éducative", "Educational robotics", "robotique", ()),
    ("atelier", "Laboratoire créatif et atelier", "Creative lab and workshop", "laboratoire-creatif", ()),
    ("formation", "Formation et accompagnement", "Training and support", None, ("self_training", "accompaniment")),
)  # fmt: skip


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sql() -> str:
    lines = ["CREATE INDEX purchase_order_sent ON purchase_order (board, sent_at);"]
    for kind, day, value, source, verified in THRESHOLDS:
        cents, days = ("NULL", value) if kind == "split" else (value, "NULL")
        lines.append(
            "INSERT INTO procurement_threshold (id, kind, from_day, before_tax_cents, days, source, verified, person_name, at)"
            f" VALUES (new_id(), '{kind}', '{day}', {cents}, {days}, {_quoted(source)}, {verified}, 'système', now());"
        )
    for code, name, name_en, category, kinds in FAMILIES:
        lines.append(
            f"INSERT INTO goods_family (id, code, name, name_en) VALUES (new_id(), '{code}', {_quoted(name)}, '{name_en}');"
        )
        members = [(f"'{category}'", "''")] if category else [("NULL", f"'{kind}'") for kind in kinds]
        lines += [
            "INSERT INTO goods_family_member (id, family, category, kind)"
            f" SELECT new_id(), id, {of}, {kind} FROM goods_family WHERE code = '{code}';"
            for of, kind in members
        ]
    return "\n".join(lines)


async def forwards():
    return raw(package="allocations", moment=ID, words="thresholds and families of goods", sql=_sql())
