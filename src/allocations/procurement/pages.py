"""Why an order passes a threshold of the law: asked on the order's page, where it is sent from."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from allocations.procurement.operations import give_reason
from kit.actor import Actor
from kit.errors import Invalid
from kit.forms import version_in
from kit.http import Form, may
from kit.i18n import _
from kit.pages import redirect


class OrderReasonPages(Controller):
    path = "/orders"
    guards = [may("procurement.read"), may("order.write")]

    @post("/{number:str}/reason")
    async def reason(self, who: NamedDependency[Actor], number: FromPath[str], data: Form) -> Redirect:
        """One sentence: an empty one is said above the order, which is as it was."""
        try:
            await give_reason(who, number, reason=data.get("law_reason", ""), version=version_in(data))
        except Invalid as refused:
            return redirect(f"/orders/{number}", flash=next(iter(refused.errors.values())))
        return redirect(f"/orders/{number}", flash=_("Raison inscrite sur {number}.").format(number=number))
