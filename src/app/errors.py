"""Errors become RFC 9457 problem details under /api, and a page with the same status elsewhere."""

from typing import Any

import structlog
from litestar import Response
from litestar.exceptions import HTTPException, NotAuthorizedException, ValidationException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from app.contract import MEDIA_TYPE
from app.language import language_of
from app.requests import reference
from kit.errors import Forbidden, Invalid, NotFound, Refused, TooMany
from kit.http import AnyRequest, sign_in_address
from kit.i18n import _, lazy, set_language
from kit.pages import page

log = structlog.get_logger()

TITLES = {
    400: lazy("Demande mal formée"),
    401: lazy("Connexion requise"),
    403: Forbidden.title,
    404: NotFound.title,
    405: lazy("Méthode non permise"),
    413: lazy("Envoi trop volumineux"),
    429: TooMany.title,
    500: lazy("Erreur du service"),
}
SENTENCES = {
    400: lazy("Ce qui a été reçu ne peut pas être lu. Vérifiez le format, puis réessayez."),
    401: lazy("Connectez-vous, ou présentez un jeton valide."),
    403: lazy("Votre page a vieilli ou cette action ne vous est pas permise. Rechargez la page, puis réessayez."),
    404: NotFound.sentence,
    405: lazy("Cette adresse n'accepte pas cette méthode."),
    413: lazy("L'envoi dépasse la taille permise."),
    500: lazy(
        "Quelque chose s'est brisé de notre côté. Rien n'a été enregistré. Donnez la référence à l'équipe de soutien."
    ),
}


def is_api(request: AnyRequest) -> bool:
    return request.url.path.startswith(("/api/", "/schema", "/health"))


def answer(request: AnyRequest, status: int, title: str, detail: str, **extra: Any) -> Response[Any]:
    """The same facts as a problem document or as a page."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if is_api(request):
        body = {
            "type": "about:blank",
            "status": status,
            "title": title,
            "detail": detail,
            "reference": reference(request),
            **extra,
        }
        return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)
    return page(request, "error.html", title=title, answer=detail, status=status, reference=reference(request))


def refused(request: AnyRequest, error: Refused) -> Response[Any]:
    extra: dict[str, Any] = dict(error.figures)
    if isinstance(error, Invalid) and error.errors:
        extra["errors"] = error.errors
    return answer(request, error.status, _(error.title), error.detail, **extra)


def unauthorized(request: AnyRequest, error: NotAuthorizedException) -> Response[Any]:
    if is_api(request):
        return answer(request, 401, _(TITLES[401]), _(SENTENCES[401]))
    return Redirect(sign_in_address(request), status_code=303)


def malformed(request: AnyRequest, error: ValidationException) -> Response[Any]:
    """A payload or parameter of the wrong shape: 400 with the place of each fault."""
    faults = error.extra if isinstance(error.extra, list) else []
    places = {str(fault.get("key", "?")): str(fault.get("message", "")) for fault in faults if isinstance(fault, dict)}
    return answer(request, 400, _(TITLES[400]), _(SENTENCES[400]), errors=places)


def http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    if "user" not in request.scope:  # an address that no route has: no middleware saw it
        set_language(language_of(request))
    status = error.status_code
    return answer(request, status, _(TITLES.get(status, TITLES[400])), _(SENTENCES.get(status, SENTENCES[400])))


def unexpected(request: AnyRequest, error: Exception) -> Response[Any]:
    log.exception("unexpected error", route=request.scope.get("path_template"), reference=reference(request))
    return answer(request, 500, _(TITLES[500]), _(SENTENCES[500]))


HANDLERS: ExceptionHandlersMap = {
    Refused: refused,
    NotAuthorizedException: unauthorized,
    ValidationException: malformed,
    HTTPException: http_error,
    Exception: unexpected,
}
