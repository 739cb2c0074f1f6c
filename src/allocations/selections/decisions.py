"""What becomes of a selection once it is composed: handed on, decided on, taken back, opened again, priced anew."""

from allocations.selections.approving import approve, ask_change, refuse
from allocations.selections.repricing import reprice
from allocations.selections.submitting import resume, submit, withdraw

__all__ = ["approve", "ask_change", "refuse", "reprice", "resume", "submit", "withdraw"]
