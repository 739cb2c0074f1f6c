"""The tables of a pack: for each, the right that reads it, its SQL (of the envelope `$1`), and the words of its codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from allocations.accounts.rules import WORDS as STEP_WORDS
from allocations.envelopes.rules import NAMES
from allocations.invoices.rules import KIND_WORDS as INVOICE_KINDS
from allocations.invoices.rules import WORDS as INVOICE_STATES
from allocations.orders.rules import WORDS as ORDER_STATES
from allocations.packs import money_sql, purchase_sql
from allocations.packs.headings import HEADINGS
from allocations.reallocations.rules import KIND_WORDS as MOVEMENTS
from allocations.receipts.rules import ISSUE_WORDS, OUTCOME_WORDS
from allocations.returns.rules import KIND_WORDS as RETURN_KINDS
from allocations.returns.rules import STATE_WORDS as RETURN_STATES
from allocations.selections.words import PRIORITY_WORDS
from allocations.selections.words import STATE_WORDS as BASKET_STATES
from inventory.assets.rules import STATE_WORDS as ASSET_STATES
from kit.clock import MONTREAL
from kit.i18n import _, lazy

Words = Mapping[str, Mapping[Any, str]]

DECISIONS = {
    "approved": lazy("Approuvé"),
    "agreed": lazy("Approuvé, étape suivante"),
    "refused": lazy("Refusé"),
    "asked": lazy("Précision demandée"),
}
LEVELS = {"school": lazy("École"), "board": lazy("Organisme")}
OUTCOMES = {"accept": lazy("Écart accepté"), "credit": lazy("Crédit demandé"), "reject": lazy("Facture refusée")}


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A CSV of the pack. `whole`: it holds what other schools bought too, so only who reads the whole order gets it.

    `shown`: its columns in the summary; none where the summary only counts its rows.
    """

    path: str
    title: str
    right: str
    sql: str
    words: Words = field(default_factory=dict)
    whole: bool = False
    shown: Sequence[str] = ()


SHEETS = (
    Sheet(
        path="01-choix/paniers.csv", title=lazy("Paniers"), right="selection.read", sql=purchase_sql.BASKETS,
        words={"state": BASKET_STATES, "priority": PRIORITY_WORDS},
        shown=("number", "title", "state", "composed_by_name", "submitted_at", "charged_cents"),
    ),
    Sheet(path="01-choix/lignes.csv", title=lazy("Lignes des paniers"), right="selection.read", sql=purchase_sql.BASKET_LINES),
    Sheet(path="01-choix/prix-geles.csv", title=lazy("Prix gelés"), right="selection.read", sql=purchase_sql.FROZEN),
    Sheet(path="01-choix/commentaires.csv", title=lazy("Commentaires"), right="selection.read", sql=purchase_sql.COMMENTS),
    Sheet(
        path="02-approbations/decisions.csv", title=lazy("Décisions"), right="selection.read", sql=purchase_sql.APPROVALS,
        words={"decision": DECISIONS, "level": LEVELS}, shown=("basket", "decision", "level", "person_name", "at"),
    ),
    Sheet(
        path="03-commandes/bons.csv", title=lazy("Bons de commande"), right="order.read", sql=purchase_sql.ORDERS,
        words={"state": ORDER_STATES}, shown=("number", "supplier_name", "state", "sent_at", "charged_cents"),
    ),
    Sheet(path="03-commandes/lignes.csv", title=lazy("Lignes des bons"), right="order.read", sql=purchase_sql.ORDER_LINES),
    Sheet(
        path="03-commandes/envois.csv", title=lazy("Envois et révisions des bons"), right="order.read", whole=True,
        sql=purchase_sql.REVISIONS,
    ),
    Sheet(
        path="04-receptions/receptions.csv", title=lazy("Réceptions"), right="order.read", sql=purchase_sql.RECEIPTS,
        shown=("number", "order", "received_on", "quantity", "charged_cents"),
    ),
    Sheet(
        path="04-receptions/constats.csv", title=lazy("Constats à la réception"), right="order.read", sql=purchase_sql.ISSUES,
        words={"kind": ISSUE_WORDS, "outcome": OUTCOME_WORDS},
    ),
    Sheet(
        path="05-retours/retours.csv", title=lazy("Retours"), right="order.read", sql=purchase_sql.RETURNS,
        words={"kind": RETURN_KINDS, "state": {f"{kind}:{state}": word for (kind, state), word in RETURN_STATES.items()}},
        shown=("number", "order", "kind", "state", "returned_on", "quantity"),
    ),
    Sheet(
        path="06-factures/factures.csv", title=lazy("Factures et notes de crédit"), right="invoice.read", sql=money_sql.INVOICES,
        words={"state": INVOICE_STATES, "kind": INVOICE_KINDS},
        shown=("number", "kind", "supplier_name", "dated", "state", "charged_cents"),
    ),
    Sheet(path="06-factures/imputations.csv", title=lazy("Imputations"), right="invoice.read", sql=money_sql.CHARGES),
    Sheet(
        path="06-factures/decisions.csv", title=lazy("Décisions sur les écarts"), right="invoice.read", whole=True,
        sql=money_sql.DECISIONS, words={"outcome": OUTCOMES},
    ),
    Sheet(
        path="07-biens/biens.csv", title=lazy("Biens créés"), right="asset.read", sql=money_sql.ASSETS,
        words={"state": ASSET_STATES},
    ),
    Sheet(
        path="08-grand-livre/ecritures.csv", title=lazy("Écritures du grand livre"), right="envelope.read", sql=money_sql.LEDGER,
        words={"kind": NAMES},
    ),
    Sheet(
        path="08-grand-livre/mouvements.csv", title=lazy("Mouvements entre enveloppes"), right="envelope.read",
        sql=money_sql.MOVEMENTS, words={"kind": MOVEMENTS},
        shown=("number", "kind", "source_school", "target_school", "amount_cents", "returned_cents"),
    ),
    Sheet(
        path="08-grand-livre/compte-de-l-organisme.csv", title=lazy("Compte de l'organisme (arrondis)"), right="order.read",
        whole=True, sql=money_sql.BOARD_ACCOUNT,
    ),
    Sheet(
        path="09-comptes/signatures.csv", title=lazy("Signatures"), right="account.read", sql=money_sql.SIGNATURES,
        words={"step": STEP_WORDS}, shown=("step", "school", "person_name", "at"),
    ),
    Sheet(
        path="09-comptes/signatures-de-l-organisme.csv", title=lazy("Signatures de l'organisme et du ministère"),
        right="account.read", whole=True, sql=money_sql.BOARD_SIGNATURES, words={"step": STEP_WORDS},
        shown=("step", "person_name", "at"),
    ),
)  # fmt: skip


def heading(column: str) -> str:
    """A column's name, as a person reads it."""
    return _(HEADINGS[column])


def cell(sheet: Sheet, column: str, value: Any) -> object:
    """A value as a table shows it: cents as dollars, a code in words, a moment as it was in Québec, to the minute."""
    if value is None or value == "":
        return ""
    if column.endswith("cents"):
        return Decimal(value).scaleb(-2)
    if column in sheet.words:
        return _(sheet.words[column].get(value, str(value)))
    if isinstance(value, datetime):
        return value.astimezone(MONTREAL).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value
