"""What a valid request of each route looks like in the world of the walk: values for its path, its query, its body.

A value that is not known here fails the test of its route with a sentence: whoever adds a route adds its example.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from litestar.enums import RequestEncodingType

from kit.database import fetch_value
from tests.app.arrivals import supplier_file
from tests.app.bodies import valid
from tests.app.catalogue import FEED
from tests.app.invoices import PAPER, listed
from tests.app.routes import Route
from tests.app.world import LURE, PICTURE, World
from tests.directory.imports import lists

Value = Callable[[World], Any]

# (the fixed part of the path before it, the parameter) → 990001's thing of that sort.
PATH: Mapping[tuple[str, str], Value] = {
    ("adjustments", "number"): lambda w: w.upload,
    ("calls", "measure"): lambda w: "EX-PROJETS",
    ("calls", "year"): lambda w: "2026-2027",
    ("projects", "number"): lambda w: w.draft_project,
    ("assets", "tag"): lambda w: w.working,
    ("behind", "figure"): lambda w: "reserved",
    ("board-account", "board"): lambda w: w.board,
    ("board-account", "year"): lambda w: "2026-2027",
    ("batches", "number"): lambda w: 1,
    ("boards", "board"): lambda w: w.board,
    ("boards", "code"): lambda w: w.board,
    ("catalogue", "kind"): lambda w: "suppliers",
    ("contracts", "code"): lambda w: "990-entente",
    ("price-feeds", "code"): lambda w: "990-fil",
    ("suppliers", "code"): lambda w: "990-bois",
    ("buildings", "code"): lambda w: w.building,
    ("bundles", "slug"): lambda w: "combo",
    ("delegations", "delegation"): lambda w: w.delegation,
    ("envelopes", "envelope"): lambda w: w.envelope,
    ("pack", "envelope"): lambda w: w.envelope,
    ("flags", "flag"): lambda w: w.flag,
    ("L", "code"): lambda w: w.label_code,
    ("l", "code"): lambda w: w.label_code,
    ("imports", "number"): lambda w: w.staged_batch,
    ("invitation", "token"): lambda w: "absent",
    ("invoices", "number"): lambda w: w.invoice,
    ("invitations", "invitation"): lambda w: w.invitation,
    ("lines", "line"): lambda w: w.line,
    ("measures", "code"): lambda w: "EX-COMBOS",
    ("new-password", "token"): lambda w: "absent",
    ("order-limits", "board"): lambda w: w.board,
    ("order-groupings", "board"): lambda w: w.board,
    ("goods", "code"): lambda w: "informatique",
    ("orders", "number"): lambda w: w.sent_order,
    ("people", "email"): lambda w: w.person,
    ("papers", "attachment"): lambda w: w.paper,
    ("pools", "board"): lambda w: w.board,
    ("pools", "measure"): lambda w: "EX-COMBOS",
    ("pools", "year"): lambda w: "2026-2027",
    ("products", "code"): lambda w: "appareil",
    ("reallocations", "number"): lambda w: w.reallocation,
    ("revisions", "revision"): lambda w: 0,
    ("replacements", "replacement"): lambda w: w.replacement,
    ("supplier-accounts", "account"): lambda w: w.account,
    ("supplier-files", "number"): lambda w: w.supplier_file,
    ("receipt-issues", "number"): lambda w: w.issue,
    ("photos", "attachment"): lambda w: w.photo,
    ("lines", "position"): lambda w: 1,
    ("returns", "number"): lambda w: w.things["return"],
    ("receipts", "number"): lambda w: w.receipt,
    ("regions", "code"): lambda w: w.region,
    ("roles", "grant"): lambda w: w.grant,
    ("schema", "path"): lambda w: "absent",
    ("schools", "code"): lambda w: w.school,
    ("schools", "school"): lambda w: w.school,
    ("selections", "number"): lambda w: w.draft,
    ("static", "file_path"): lambda w: "built/no-such-file",
    ("tickets", "number"): lambda w: w.ticket,
    ("tokens", "token"): lambda w: w.token,
    ("rules", "year"): lambda w: "2026-2027",
    ("years", "year"): lambda w: "2025-2026",
    ("accounts", "year"): lambda w: "2026-2027",
}

# Where the usual thing is in another state than the route wants: (route, parameter).
PATH_OF: Mapping[tuple[str, str], Value] = {
    ("returnGoods", "number"): lambda w: w.arrived_order,
    ("undoReceipt", "number"): lambda w: w.late_receipt,
    ("approveProject", "number"): lambda w: w.submitted_project,
    ("refuseProject", "number"): lambda w: w.submitted_project,
    ("withdrawProject", "number"): lambda w: w.submitted_project,
    ("reportProject", "number"): lambda w: w.approved_project,
    ("putMeasureYear", "year"): lambda w: "2026-2027",
    ("approveInvoice", "number"): lambda w: w.matched_invoice,
    ("approveSelection", "number"): lambda w: w.submitted,
    ("askSelectionChange", "number"): lambda w: w.submitted,
    ("getSelectionFile", "attachment"): lambda w: w.selection_file,
    ("repriceSelection", "number"): lambda w: w.submitted,
    ("draftBundle", "slug"): lambda w: w.drafted_bundle,
    ("discardBundleDraft", "slug"): lambda w: w.drafted_bundle,
    ("publishBundle", "slug"): lambda w: w.drafted_bundle,
    ("payInvoice", "number"): lambda w: w.approved_invoice,
    ("unpayInvoice", "number"): lambda w: w.paid_invoice,
    ("reactivatePerson", "email"): lambda w: w.closed_person,
    ("refuseSelection", "number"): lambda w: w.submitted,
    ("resumeSelection", "number"): lambda w: w.refused,
    ("withdrawSelection", "number"): lambda w: w.submitted,
    ("askOrderAuthorisation", "number"): lambda w: w.large_order,
    ("authoriseOrder", "number"): lambda w: w.asked_order,
    ("getOrderFile", "attachment"): lambda w: w.order_file,
    ("handOverOrder", "number"): lambda w: w.draft_order,
    ("justifyOrder", "number"): lambda w: w.large_order,
    ("resumeOrder", "number"): lambda w: w.held_order,
    ("resendOrder", "number"): lambda w: w.received_order,
    ("sendBackOrder", "number"): lambda w: w.asked_order,
    ("sendOrder", "number"): lambda w: w.draft_order,
    ("reopenYear", "year"): lambda w: "2024-2025",
    ("reopenYearForReporting", "year"): lambda w: "2024-2025",
    ("attestAccounts", "year"): lambda w: "2022-2023",
    ("signAccounts", "year"): lambda w: "2022-2023",
    ("receiveAccounts", "year"): lambda w: "2021-2022",
    ("applyYearRest", "year"): lambda w: "2024-2025",
    ("previewYearRest", "year"): lambda w: "2024-2025",
    ("listYearCommitments", "year"): lambda w: "2020-2021",
    ("attachToSchoolAccounts", "year"): lambda w: "2022-2023",
    ("attachToBoardAccounts", "year"): lambda w: "2022-2023",
    ("getSchoolAccountsReport", "year"): lambda w: "2020-2021",
    ("getBoardAccountsReport", "year"): lambda w: "2020-2021",
    ("getSchoolAccountsReport", "attachment"): lambda w: w.school_report,
    ("getBoardAccountsReport", "attachment"): lambda w: w.board_report,
    ("decideYearCommitments", "year"): lambda w: "2020-2021",
    ("releaseYear", "year"): lambda w: "2020-2021",
    ("previewYearRelease", "year"): lambda w: "2020-2021",
    ("listReceipts", "number"): lambda w: w.received_order,
    ("reportAssetFound", "tag"): lambda w: w.lost,
    ("POST /assets/{tag}/into-service", "tag"): lambda w: w.received,
    ("returnAssetToService", "tag"): lambda w: w.broken,
    ("reopenTicket", "number"): lambda w: w.closed_ticket,
    ("undoImport", "number"): lambda w: w.applied_batch,
}

# Where a route takes the version that was read: how to read it.
VERSION: Mapping[tuple[str, str], str] = {
    (
        "calls",
        "measure",
    ): "SELECT c.version FROM call_for_projects c JOIN measure m ON m.id = c.measure WHERE m.code = $1",
    ("projects", "number"): "SELECT version FROM project WHERE number = $1",
    ("assets", "tag"): "SELECT version FROM asset WHERE tag = $1",
    ("bundles", "slug"): "SELECT version FROM bundle WHERE slug = $1 ORDER BY edition DESC LIMIT 1",
    ("invoices", "number"): "SELECT version FROM invoice WHERE number = $1",
    ("suppliers", "code"): "SELECT version FROM supplier WHERE code = $1",
    ("contracts", "code"): "SELECT version FROM contract WHERE code = $1",
    (
        "price-feeds",
        "code",
    ): "SELECT b.version FROM price_feed_batch b JOIN price_feed f ON f.id = b.feed WHERE f.code = $1",
    ("orders", "number"): "SELECT version FROM purchase_order WHERE number = $1",
    ("order-groupings", "board"): "SELECT coalesce((SELECT version FROM order_grouping WHERE board = $1), 0)",
    ("receipt-issues", "number"): "SELECT version FROM receipt_issue WHERE number = $1",
    ("returns", "number"): "SELECT version FROM goods_return WHERE number = $1",
    ("products", "code"): "SELECT version FROM product WHERE code = $1",
    ("selections", "number"): "SELECT version FROM selection WHERE number = $1",
    ("tickets", "number"): "SELECT version FROM ticket WHERE number = $1",
    ("rules", "year"): "SELECT version FROM allocation_rule WHERE year = $1",
    ("measures", "code"): "SELECT version FROM measure WHERE code = $1",
    ("reallocations", "number"): "SELECT version FROM reallocation WHERE number = $1",
    ("pools", "board"): "SELECT 0 WHERE $1::text <> ''",
    ("boards", "code"): "SELECT 0 WHERE $1::text <> ''",
    ("schools", "code"): "SELECT 0 WHERE $1::text <> ''",
    ("years", "year"): "SELECT coalesce((SELECT version FROM school_year WHERE code = $1), 0)",
}

# Query parameters without which a route does not answer: (route, parameter).
QUERY: Mapping[tuple[str, str], Value] = {
    ("takeSupplierFile", "supplier"): lambda w: "fournisseur",
    ("compareStatement", "supplier"): lambda w: "fournisseur",
    ("importList", "kind"): lambda w: "boards",
    ("watchFamilies", "board"): lambda w: w.board,
    ("listOrderReasons", "board"): lambda w: w.board,
    ("findBest", "measure"): lambda w: "EX-COMBOS",
    ("putBundlePhoto", "words"): lambda w: "Deux appareils",
    ("uploadAdjustments", "measure"): lambda w: "EX-COMBOS",
    ("uploadAdjustments", "year"): lambda w: "2026-2027",
    ("uploadAdjustments", "reason"): lambda w: "Essai",
}

# Query parameters that name somebody's things, or search for them: a stranger who names 990001's finds nothing.
FILTERS: Mapping[str, Value] = {
    "q": lambda w: LURE,
    "board": lambda w: w.board,
    "school": lambda w: w.school,
    "building": lambda w: w.building,
    "region": lambda w: w.region,
    "everything": lambda w: "true",
}

# Fields of a body that matter: those that name 990001's things, and those that a rule checks.
BODY: Mapping[str, Value] = {
    "draftProject": lambda w: {"measure": "EX-PROJETS", "year": "2026-2027", "school": w.school},
    "putProjectCall": lambda w: {"opens_on": "2026-09-01", "closes_on": "2027-01-15"},
    "refuseProject": lambda w: {"reason": "Hors programme"},
    "acceptInvitation": lambda w: {"token": w.mailed_token},
    "acknowledgeFlag": lambda w: {"note": "Par la direction, d'ici vendredi"},
    "decideYearCommitments": lambda w: {
        "choice": "keep",
        "orders": [w.awaited_order],
        "reason": "Livraison promise en août",
    },
    "attestAccounts": lambda w: {"digest": w.account_digest},
    "signAccounts": lambda w: {"digest": w.account_digest},
    "receiveAccounts": lambda w: {"digest": w.account_digest},
    "recordTraining": lambda w: {"school": w.school, "training": "auto-essai", "held_on": "2026-10-02", "persons": 3},
    "addAsset": lambda w: {"school": w.school, "category": "flotte-appareils", "name": "Tablette"},
    "addPrice": lambda w: {"supplier": "fournisseur"},
    "addSupplier": lambda w: {"code": "990-neuf", "name": "Neuf"},
    "changeSupplier": lambda w: {"phone": "418 555-0101"},
    "addContract": lambda w: {"code": "990-neuf", "kind": "local", "supplier": "990-bois", "from_day": "2099-07-01"},
    "changeContract": lambda w: {"name": "Entente neuve"},
    "addPriceFeed": lambda w: {"code": "990-neuf", "supplier": "990-bois", **FEED},
    "addEcoFee": lambda w: {"product": "appareil", "before_tax_cents": 45, "from_day": "2099-07-01"},
    "addTaxRate": lambda w: {"tax": "gst", "ppm": 60_000, "from_day": "2099-07-01"},
    "addTaxRebate": lambda w: {"tax": "gst", "body": "school", "ppm": 680_000, "from_day": "2099-07-01"},
    "amendOrder": lambda w: {"lines": [{"position": 1, "quantity": 2}], "reason": "Entente"},
    "resendOrder": lambda w: {"email": "ventes@exemple.ca"},
    "setOrderLimit": lambda w: {"from_day": "2099-07-01", "before_tax_cents": 10_000_00, "reason": "Politique"},
    "setOrderGrouping": lambda w: {"delivery": "school"},
    "setGoods": lambda w: {"name": "Informatique", "categories": ["flotte-appareils"], "kinds": ["appareil"]},
    "setThreshold": lambda w: {
        "kind": "tender",
        "from_day": "2099-07-01",
        "before_tax_cents": 150_000_00,
        "source": "Avis",
    },
    "askSelectionChange": lambda w: {"reason": "Quelle classe?"},
    "changeSelection": lambda w: {"priority": "high"},
    "commentSelection": lambda w: {"body": "Pour la bibliothèque"},
    "copySelection": lambda w: {"year": "2026-2027"},
    "delegateApprovals": lambda w: {"from_day": "2099-07-01", "steps": [{"role": "principal"}]},
    "nameReplacement": lambda w: {"deputy": w.deputy, "from_day": "2099-07-01", "until_day": "2099-07-05"},
    "buildOrders": lambda w: {"selections": [w.approved]},
    "previewBuild": lambda w: {"selections": [w.approved]},
    "changeAsset": lambda w: {"note": "Écran neuf"},
    "changeInvoice": lambda w: PAPER | {"supplier_number": "F-2"},
    "changeMe": lambda w: {"theme": "dark"},
    "changeRoleDays": lambda w: {"until_day": "2099-06-30"},
    "createMyToken": lambda w: {"scopes": ["read"], "days": 7},
    "decideInvoice": lambda w: {"outcome": "accept", "reason": "Prix de l'année"},
    "draftSelection": lambda w: {"school": w.school, "measure": "EX-COMBOS", "year": "2026-2027"},
    "decideOrderingOfBoard": lambda w: {"by": "board", "reason": "Achats groupés"},
    "decideOrderingOfSchool": lambda w: {"by": "board", "reason": "Achats groupés"},
    "giveBackLoan": lambda w: {"cents": 1_00, "reason": "Retour"},
    "draftBundle": lambda w: {
        "category": "flotte-appareils",
        "levels": ["primary"],
        "lines": [{"product": "appareil", "quantity": 1}],
    },
    "putBest": lambda w: {"measure": "EX-COMBOS", "year": "2026-2027", "lines": [{"product": "appareil"}]},
    "retireBundle": lambda w: {"closed_on": "2099-07-01"},
    "enterInvoice": lambda w: PAPER | {"order": w.invoice_order, "supplier_number": "F-1"},
    "giveOrderOwnNumber": lambda w: {"external_number": "PO-1"},
    "grantRole": lambda w: {"role": "principal", "board": w.board, "school": w.school},
    "handOverOrder": lambda w: {"how": "phone"},
    "invitePerson": lambda w: {
        "email": "nouvelle@exemple.ca",
        "grants": [{"role": "school_team", "board": w.board, "school": w.school}],
    },
    "moveAsset": lambda w: {"building": w.building, "room": "B-12"},
    "openTicket": lambda w: {"asset": w.working, "subject": "Ne s'allume plus"},
    "payInvoice": lambda w: {"reference": "VIR-1"},
    "printLabels": lambda w: {"tags": [w.working]},
    "putAssetsIntoService": lambda w: {"tags": [w.received]},
    "putAllocationRule": lambda w: {"levels": ["primary"], "floor_cents": 5_000_00, "per_pupil_cents": 29_00},
    "putMeasure": lambda w: {"name": "Combos", "kind": "investment"},
    "putSelectionLine": lambda w: {"product": "appareil", "building": w.building},
    "linkSupplierAccount": lambda w: {"supplier": "fournisseur", "account": "81000009", "school": w.school},
    "readCodes": lambda w: {"codes": ["SN-0009"], "position": 1},
    "reportReceiptIssues": lambda w: {"issues": [{"position": 1, "kind": "damaged", "quantity": 1}]},
    "returnGoods": lambda w: {"kind": "credit", "reason": "Défaut", "tags": [w.late_device]},
    "settleReceiptIssue": lambda w: {"outcome": "returned"},
    "receiveGoods": lambda w: {"lines": [{"position": 1, "quantity": 1}]},
    "refuseSelection": lambda w: {"reason": "À revoir"},
    "lendBetweenEnvelopes": lambda w: {
        "source": str(w.envelope),
        "target": str(w.other_envelope),
        "cents": 1_00,
        "reason": "Avance",
    },  # fmt: skip
    "transferBetweenEnvelopes": lambda w: {
        "source": str(w.envelope),
        "target": str(w.other_envelope),
        "cents": 1_00,
        "reason": "Virement",
    },  # fmt: skip
    "sharePool": lambda w: {"shared": True, "reason": "Mise en commun"},
    "setInvoiceTolerance": lambda w: {"from_day": "2099-07-01", "price_ppm": 20_000, "price_cents": 10_00},
    "setTicketOutOfService": lambda w: {"out_of_service": True},
}

# Forms of pages, whole. One that does what a route of the API does takes that route's body where it is not here.
FORM: Mapping[str, Value] = {
    "POST /sign-in": lambda w: {"email": w.person, "password": "un mot de passe faux"},
    "POST /assets/chosen": lambda w: {"tag": w.received, "do": "service"},
    "POST /assets/{tag}/into-service": lambda w: {"room": "B-12"},
    "POST /catalogue/add": lambda w: {
        "school": w.school,
        "measure": "EX-COMBOS",
        "year": "2026-2027",
        "product": "appareil",
        "quantity": "1",
    },
    "POST /orders/build": lambda w: {"selection": w.approved, "seen": w.approved, "do": "create"},
    "POST /orders/{number}/reason": lambda w: {"law_reason": "Besoin unique"},
    "POST /orders/{number}/close": lambda w: {"close_reason": "Modèle abandonné"},
    "POST /orders/{number}/receive": lambda w: {"quantity-1": "1", "do": "receive"},
    "POST /receipts/{number}/into-service": lambda w: {},
    "POST /selections/{number}": lambda w: {f"quantity-{w.line}": "2"},
    "POST /imports/new": lambda w: {"kind": "boards"},
    "POST /labels": lambda w: {"tags": w.working, "stock": "letter-3x10", "start_at": "1"},
    "POST /invitation/{token}": lambda w: {"name": "Nouvelle", "password": "x", "again": "x"},
    "POST /people/invite": lambda w: {"email": "nouvelle@exemple.ca", "role": "school_team", "schools": w.school},
    "POST /people/{email}/roles": lambda w: {"role": "principal", "schools": w.school},
    "POST /sign-in/lost": lambda w: {"email": w.person},
    "POST /sign-in/new-password/{token}": lambda w: {"password": "x", "again": "x"},
    "POST /me/board": lambda w: {"board": ""},
    "POST /me/password": lambda w: {"current": "x", "password": "y", "again": "z"},
    "POST /me/preferences": lambda w: {"language": "fr", "theme": "dark"},
    "POST /me/tokens": lambda w: {"name": "Essai", "days": "7"},
}

FILES: Mapping[str, Value] = {
    "putBundlePhoto": lambda w: {"file": ("combo.png", PICTURE + b"2")},
    "attachReceiptIssuePhoto": lambda w: {"file": ("autre.txt", b"Coin fendu")},
    "receiveFile": lambda w: {"file": ("arrivage.csv", b"Ligne,Quantite\n1,1\n")},
    "receiveSerials": lambda w: {"file": ("series.txt", b"SN-0010\n")},
    "takeSupplierFile": lambda w: {"file": ("commandes.csv", supplier_file(w.arrived_order))},
    "uploadAdjustments": lambda w: {"file": ("ajustements.csv", f"Code,Changement\n{w.school},2\n".encode())},
    "attachToSelection": lambda w: {"file": ("devis.txt", b"Deux tablettes")},
    "attachInvoicePaper": lambda w: {"file": ("autre.txt", b"Autre facture")},
    "compareStatement": lambda w: {"file": ("releve.csv", b"facture;total\nL-1;114,98\n")},
    "importInvoices": lambda w: {"file": ("factures.csv", listed(w.invoice_order))},
    "attachToSchoolAccounts": lambda w: {"file": ("rapport.txt", b"Trois robots de plus.")},
    "attachToBoardAccounts": lambda w: {"file": ("rapport.txt", b"Trois robots de plus.")},
    "attachToOrder": lambda w: {"file": ("confirmation.txt", b"Merci de votre commande.")},
    "importCatalogue": lambda w: {"file": ("fournisseurs.csv", b"Code;Nom\n990-neuf;Neuf\n")},
    "importList": lambda w: {"files": ("boards.csv", lists.text(lists.BOARD_COLUMNS, [lists.board()]).encode())},
}


class Missing(AssertionError):
    """The walk does not know the route yet."""

    def __init__(self, what: str, route: Route, where: str) -> None:
        super().__init__(f"give an example for {what} of {route} in tests/app/examples.py ({where})")


@dataclass
class Asked:
    """A request, but for who asks."""

    method: str
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    form: dict[str, str] | None = None
    files: dict[str, tuple[str, bytes]] | None = None


async def request_of(route: Route, world: World) -> Asked:
    """A request that the rightful person could make. Raises Missing where an example lacks."""
    values = {name: str(_path_value(route, before, name, world)) for before, name in route.parameters}
    asked = Asked(route.method, route.path.format(**values))
    for name, needed in route.query.items():
        if needed:
            value = _first(QUERY, [(own, name) for own in route.names])
            if value is None:
                raise Missing(f"the query parameter « {name} »", route, "QUERY")
            asked.query[name] = value(world)
    version = await _version(route, values)
    if version is not None and route.takes_version:
        asked.headers["if-match"] = f'"{version}"'
    if route.media_type is RequestEncodingType.JSON:
        asked.json = None if route.body is None else body_of(route, world)
    elif route.media_type is RequestEncodingType.MULTI_PART:
        asked.files = _needed(FILES, route, "the files")(world)
        asked.form = None if route.is_api else _form(route, world, version)
    else:
        asked.form = _form(route, world, version)
    if not route.is_api and not route.reads and asked.form is None:  # a page that reads its form by itself
        asked.json, asked.form = None, _form(route, world, version)
    return asked


def body_of(route: Route, world: World) -> Any:
    """A valid body: what the type needs, and the fields that matter."""
    special = _first(BODY, route.names)
    return valid(route.body) | (special(world) if special else {})


def _path_value(route: Route, before: str, name: str, world: World) -> Any:
    value = _first(PATH_OF, [(own, name) for own in route.names]) or PATH.get((before, name))
    if value is None:
        raise Missing(f"« {name} » after « {before}/ »", route, "PATH")
    return value(world)


async def _version(route: Route, values: Mapping[str, str]) -> int | None:
    """The version of the thing that the path names, where the route (or the API's that does the same) asks for it."""
    if not (route.takes_version or (route.twin and route.twin.takes_version)):
        return None
    first = route.parameters[0]
    if first not in VERSION:
        raise Missing("the version that « If-Match » wants", route, "VERSION")
    found: int = await fetch_value(VERSION[first], values[first[1]])
    return found


def _form(route: Route, world: World, version: int | None) -> dict[str, str]:
    if own := FORM.get(route.name):
        filled = own(world)
    elif route.twin and route.twin.body is not None and route.twin.media_type is RequestEncodingType.JSON:
        filled = body_of(route.twin, world)
    elif route.body is None or (route.twin and route.twin.body is None):
        filled = {}
    else:
        raise Missing("the form", route, "FORM")
    filled = {name: "" if value is None else str(value) for name, value in filled.items()}
    return filled if version is None else {"version": str(version), **filled}


def _first(examples: Mapping[Any, Value], keys: Any) -> Value | None:
    return next((examples[key] for key in keys if key in examples), None)


def _needed(examples: Mapping[str, Value], route: Route, what: str) -> Value:
    if (found := _first(examples, route.names)) is None:
        raise Missing(what, route, "FILES")
    return found
