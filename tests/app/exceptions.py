"""Where the walk of the routes makes an exception, and why. A test holds that each names a route that exists."""

from collections.abc import Callable
from typing import Any

from tests.app.world import World

# Who needs no account, and why. Compared with what the routes say of themselves.
PUBLIC = {
    "GET /sign-in": "nobody is signed in yet",
    "POST /sign-in": "nobody is signed in yet",
    "GET /sign-in/lost": "nobody is signed in yet",
    "POST /sign-in/lost": "nobody is signed in yet",
    "GET /sign-in/new-password/{token}": "nobody is signed in yet",
    "POST /sign-in/new-password/{token}": "nobody is signed in yet",
    "GET /invitation/{token}": "whoever holds the link reads the mailbox that it was sent to",
    "POST /invitation/{token}": "whoever holds the link reads the mailbox that it was sent to",
    "live": "a supervisor asks without an account; it learns nothing but up or down",
    "ready": "a supervisor asks without an account; it learns nothing but up or down",
    "GET /status": "a supervisor asks without an account; it learns nothing but up or down",
    "metrics": "a collector shows a token of its own; without it there is nothing here",
    "GET /static/{file_path}": "styles and scripts, the same for all",
    "GET /L/{code}": "whoever scans a label learns model, tag and school, no more",
    "GET /l/{code}": "whoever scans a label learns model, tag and school, no more",
    "HEAD /static/{file_path}": "styles and scripts, the same for all",
    "GET /schema": "the contract holds no datum, and is in the repository",
    "GET /schema/openapi.json": "the contract holds no datum, and is in the repository",
    "GET /schema/{path}": "the contract holds no datum, and is in the repository",
}

# Where nobody is signed in and rows are written all the same: attempts are counted everywhere.
WRITTEN_BY_NOBODY = {"POST /sign-in/lost": {"mailed_link", "outbox"}}

# Public routes that name the school of a label's device, by design.
LABELS = {"GET /L/{code}", "GET /l/{code}"}

_CATALOGUE = "the catalogue is the same for all"
_MEASURES = "measures and their rules are public"
# What anybody who is signed in (with the right that the guard asks) reads alike.
SHARED = {
    "getBundle": _CATALOGUE,
    "listBundleEditions": _CATALOGUE,
    "getBundlePhoto": _CATALOGUE,
    "getProduct": _CATALOGUE,
    "getMeasure": _MEASURES,
    "listTaxes": "taxes are the law",
    "listRoles": "the list of roles is the same for all",
}

# What is about the caller alone → the tables in which it writes their own rows.
OWN: dict[str, set[str]] = {
    "getMe": set(),
    "getAccounts": set(),  # of what the caller sees
    "exportAccounts": set(),
    "listYearCommitments": set(),
    "uploadAdjustments": set(),  # a line of another's school is answered as one of nobody's, and nothing is kept
    "acceptInvitation": {"sign_in_attempt"},  # of others: the link is somebody else's
    "changeMe": {"person", "event"},
    "endMySessions": {"session", "event"},
    "getMyData": set(),
    "listMySessions": set(),
    "listMyTokens": set(),
    "createMyToken": {"api_token", "event"},
    "GET /me": set(),
    "GET /me/data": set(),
    "POST /me/sessions/end": {"session", "event"},
    "POST /me/board": set(),
    "POST /me/password": {"sign_in_attempt"},
    "POST /me/preferences": {"person", "event"},
    "POST /me/tokens": {"api_token", "event"},
    "POST /sign-out": {"session", "event"},
    "addContract": set(),  # a code that is not of one's own board is refused
    "addPrice": {"price", "event"},  # a board's own
    "addPriceFeed": set(),
    "addSupplier": set(),
    "exportCatalogueCsv": set(),  # what one keeps oneself
    "exportCatalogueXlsx": set(),
    "importCatalogue": set(),  # a code that is not of one's own board is refused in its line
    "delegateApprovals": {"delegation", "delegation_step", "event"},  # of one's own board
    "compareStatement": {"event"},  # their own papers against their own file
    "importInvoices": set(),  # a paper of somebody else's order is refused in its line, as that of an order that is not
    "nameReplacement": {"replacement", "event"},  # of oneself
    # An order of somebody else's is unknown in its line, as one that is not.
    "takeSupplierFile": {"supplier_file", "supplier_file_line", "supplier_order_line", "number_series", "event"},
    "setInvoiceTolerance": {"invoice_tolerance", "event"},  # of one's own board
}

# What only asks to be signed in, because what it does asks further; walked like all the others.
ASKS_INSIDE = {
    "GET /": "each part of one's work is counted with its own right",
    "GET /search": "each sort of thing is searched with its own right",
    "countInvoices": "whoever reads invoices, or only counts them",
    "revokeMyToken": "one's own token; another's is not found",
    "POST /me/tokens/{token}/revoke": "one's own token; another's is not found",
}

_OF_ONES_BOARD = ("getSupplier", "getContract", "getPriceFeed", "listPriceFeedBatches", "listPriceFeedLines")

# What a neighbour may know of: (route, who asks) → why.
KNOWN = {
    **{
        (route, who): "a board's schools read what it keeps in the catalogue"
        for route in _OF_ONES_BOARD
        for who in ("the sibling school", "a board's person bound to the sibling school")
    },
    ("getBoard", "the sibling school"): "it is its own board",
    ("getBoard", "a board's person bound to the sibling school"): "it is their own board",
}

_OWN_CATALOGUE = (
    "addPrice",
    "addSupplier",
    "changeSupplier",
    "closeSupplier",
    "addContract",
    "changeContract",
    "closeContract",
    "addPriceFeed",
    "fetchPriceFeed",
    "closePriceFeed",
    "approvePriceFeedBatch",
    "rejectPriceFeedBatch",
    "importCatalogue",
    "exportCatalogueCsv",
    "exportCatalogueXlsx",
)

# The first of the world's people with the rights is not always who the route is for.
RIGHTFUL = {
    # A school reads its envelope, not the file that changed it.
    **dict.fromkeys(("listAdjustments", "getAdjustments", "listAdjustmentLines"), "technician"),
    "getBoardCoverage": "technician",  # a school reads its own floor
    "listBoardAccount": "technician",  # the board's cents are no school's
    # The paper holds what other schools bought.
    **dict.fromkeys(("listInvoicePapers", "getInvoicePaper"), "technician"),
    # A school reads its part of an order, not the desk's papers.
    **dict.fromkeys(
        (
            "listOrderRevisions",
            "getOrderRevision",
            "getOrderRevisionPdf",
            "listOrderFiles",
            "getOrderFile",
            "listOrderLimits",
            "getOrderGrouping",
            "listYearCommitments",
            "getBoardAccountsReport",
        ),
        "technician",
    ),
    **dict.fromkeys(_OWN_CATALOGUE, "purchasing"),  # whose row it is says who may: the guard cannot say it to the walk
    # Suppliers write to boards.
    **dict.fromkeys(
        ("listSupplierFiles", "getSupplierFile", "listSupplierFileLines", "listSupplierLines", "listSupplierAccounts"),
        "technician",
    ),
    # A school has its accounts; the portrait is the network's, and a board's own.
    **dict.fromkeys(("getFinancialPortrait", "exportFinancialPortrait"), "technician"),
    "settleReturn": "technician",  # whoever receives; the desk of invoices settles what is never invoiced
    "sendBackOrder": "purchasing",  # whoever writes orders or authorises them, as the guard cannot say to the walk
}

# Refusals that are the right answer to the rightful person, and why.
REFUSED = {
    "repriceSelection": (409, "no price has moved"),
    "POST /sign-in": (422, "the password is wrong"),
    "POST /me/password": (422, "the two new passwords differ"),
}

# What is asked by POST and writes nothing, and why.
ASKS_BY_POST = {"previewBuild": "the baskets it names do not fit in an address"}

# Reads of one of 990001's things that show none of its texts, and why.
BARE = {
    "takeAccountPack": "a ZIP is compressed; its texts are read in the tests of packs",
    "getReturnSlip": "a PDF, whose text is compressed",
    "listFits": "bundles and amounts",
    "findBest": "bundles and amounts",
    **dict.fromkeys(_OF_ONES_BOARD, "what a board keeps in the catalogue is no school's"),
    "getSelectionDifferences": "the draft was never approved",
    "countSelectionsToApprove": "numbers and roles",
    "listDelegations": "roles and amounts",
    "getOrderGrouping": "a choice and an amount",
    "watchOrder": "nothing is said of the order, and it was given no reason",
    "listOrderRevisions": "days and names of those who sent it",
    "getBoard": "a board's name is known to all its schools",
    "getPersonHistory": "roles and places by their codes",
    "getRegionCoverage": "counts of a region by board",
    "GET /imports/{number}/refused.csv": "no line of the world's list is refused",
    "priceSelection": "figures and names of the catalogue",
    "getOrderRevisionPdf": "a PDF is compressed; its texts are read in the tests of orders",
    "getOrderPdf": "a PDF is compressed; its texts are read in the tests of orders",
}

# Reads that leave a trace, and why.
READS_THAT_WRITE = {"takeAccountPack": "who took what an envelope holds is in the trail"}

# Pages that say no by going back to a list with the reason.
SENT_BACK = {
    "POST /assets/chosen": "the list again, with the reason above it",
}

# Where a body names somebody else's thing and the answer is a plain refusal: the same, word for word, as for a thing that
# does not exist. Route → its status, the name of 990001's thing, a name of nothing.
ALIKE = {
    "invitePerson": (422, "990001", "999999"),
    "buildOrders": (409, "P-990001-2026-004", "P-999999-2026-004"),
    "previewBuild": (409, "P-990001-2026-004", "P-999999-2026-004"),
    "decideYearCommitments": (422, "BC-990-2020-00001", "BC-999-2020-00001"),
}

# Lists of names in a body, of which one is not the caller's → all are refused.
MIXED: dict[str, Callable[[World], Any]] = {
    "returnGoods": lambda w: {"kind": "credit", "reason": "Défaut", "tags": [w.late_device, w.foreign["received"]]},
    "decideYearCommitments": lambda w: {
        "choice": "keep",
        "orders": [w.foreign["order"], w.awaited_order],
        "reason": "Livraison promise en août",
    },
    "buildOrders": lambda w: {"selections": [w.foreign["approved"], w.approved]},
    "previewBuild": lambda w: {"selections": [w.foreign["approved"], w.approved]},
    "printLabels": lambda w: {"tags": [w.foreign["received"], w.working]},
    "putAssetsIntoService": lambda w: {"tags": [w.foreign["received"], w.received]},
}
# Lists that name nobody's things.
NAMELESS = {
    "setGoods": "categories and product kinds are everybody's",
    "putSelectionLine": "choices within a bundle of the catalogue",
    "changeSelectionLine": "choices within a bundle of the catalogue",
    "draftBundle": "products, bundles and trainings are everybody's",
    "putBest": "products and bundles are everybody's; a building is looked for in the school",
    "readCodes": "each code has its own answer",
    "reportReceiptIssues": "its lines are those of the order in its path",
    "settleReceiptIssue": "serials are texts",
    "putMeasure": "categories are everybody's",
    "putAllocationRule": "levels",
    "addContract": "who is bound by a contract, and to what, is published",
    "changeContract": "who is bound by a contract, and to what, is published",
    "delegateApprovals": "steps name roles, which are everybody's",
    "createMyToken": "scopes",
    "invitePerson": "the roles' places are walked one by one",
    "dateOrder": "positions in the order of the path",
    "justifyOrder": "positions in the order of the path",
    "amendOrder": "positions in the order of the path; products of the catalogue; buildings are looked for in each line's school",
    "receiveGoods": "positions in the order of the path, and new serials",
    "importList": "files",
    "enterInvoice": "positions in the order that the body names",
    "changeInvoice": "positions in the order of the invoice",
}
