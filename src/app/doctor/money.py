"""Whether every cent is somewhere, and once."""

from allocations.envelopes.balance import unbalanced
from app.doctor.findings import Finding, ok, wrong
from kit.actor import system
from kit.i18n import _, n_, number


async def balance() -> list[Finding]:
    """Envelopes whose figures are not those of their ledger, or of the baskets and orders behind them."""
    about = _("Argent")
    if not (found := await unbalanced(system())):
        return [ok(about, _("Chaque enveloppe a les montants de son journal, de ses paniers et de ses bons."))]
    names = ", ".join(f"{one.school or one.board} ({one.id})" for one in found[:5]) + ("…" if len(found) > 5 else "")
    what = n_("{n} enveloppe ne balance pas : {names}.", "{n} enveloppes ne balancent pas : {names}.", len(found))
    do = _("N'y touchez pas : gardez une sauvegarde et montrez-la, avec cette ligne, à qui entretient le service.")
    return [wrong(about, what.format(n=number(len(found)), names=names), do)]
