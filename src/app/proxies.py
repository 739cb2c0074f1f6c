"""Behind a proxy the one who calls us is the proxy; here it becomes the one who called the proxy."""

from typing import Any

from granian.utils.proxies import wrap_asgi_with_proxy_headers

from kit.settings import settings


def behind_proxies(application: Any) -> Any:
    """The application, told the client and the scheme that a trusted proxy names.

    Of several addresses in X-Forwarded-For the last that is no trusted proxy's counts: what stands before it, the client may have
    written itself. Nobody else's header is read.
    """
    if not (trusted := settings().trusted_proxies):
        return application
    return wrap_asgi_with_proxy_headers(application, trusted_hosts=trusted)
