"""The ASGI application: packages' controllers, middleware, errors, OpenAPI. `create_app` needs a reachable database only to serve."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from app import errors, health, metrics
from app.background import background
from app.children import obeying_the_parent
from app.contract import Problems
from app.language import remember_language
from app.metrics import counting
from app.navigation import elsewhere, navigation
from app.nightly import all_jobs
from app.packages import registered
from app.requests import Authentication, finish_headers
from app.secret import secret_key
from app.templating import STATIC_FOLDER, STATIC_URL, template_environment
from kit.database import pool
from kit.http import closed, current_actor
from kit.pages import use_navigation
from kit.settings import settings

MAXIMUM_BODY = 2_000_000  # bytes; a route that takes files says more


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    async with obeying_the_parent(), pool(size=settings().pool_size), background(all_jobs()), counting():
        yield


def create_app(*, lifespan: bool = True) -> Litestar:
    """The application. Tests make it without its lifespan: they hold the pool themselves."""
    from app.pages import PAGES  # here: pages of the shell import what this module offers

    use_navigation(navigation, elsewhere)
    static = create_static_files_router(
        path=STATIC_URL,
        directories=[STATIC_FOLDER],
        include_in_schema=False,
        cache_control=CacheControlHeader(max_age=31_536_000, public=True, immutable=True),  # names hold a hash
        opt={"public": "styles and scripts, the same for all"},
    )
    return Litestar(
        route_handlers=[
            Router("/api/v1", route_handlers=registered("API")),
            Router("/", route_handlers=[*PAGES, *registered("PAGES")], include_in_schema=False),
            health.live,
            health.ready,
            health.status,
            metrics.metrics,
            static,
        ],
        dependencies={"who": Provide(current_actor, sync_to_thread=False)},
        guards=[closed],
        middleware=[Authentication()],
        plugins=[Problems()],
        before_send=[finish_headers, remember_language],
        exception_handlers=errors.HANDLERS,
        csrf_config=CSRFConfig(
            secret=secret_key(),
            exclude=["^/api/"],  # tokens are never sent by a browser on its own
            cookie_httponly=True,
            cookie_secure=settings().cookies_over_https_only,
        ),
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(template_environment())),
        openapi_config=OpenAPIConfig(
            title="Inventaire scolaire",
            version="1",
            openapi_router=Router(
                "/schema",
                route_handlers=[],
                include_in_schema=False,
                opt={"public": "the contract holds no datum, and is in the repository"},
            ),
            render_plugins=[JsonRenderPlugin()],
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"token": []}],
            use_handler_docstrings=True,
        ),
        lifespan=[_lifespan] if lifespan else [],
        request_max_body_size=MAXIMUM_BODY,
        logging_config=None,
        debug=False,
    )
