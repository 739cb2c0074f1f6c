from datetime import date

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody

from catalog.bundles import operations, photos, queries
from catalog.bundles.schemas import BundleContent, BundleOut, BundlePhotoOut, NewBundlePhoto, RetireBundle
from kit import attachments
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page

WRITE = [may("catalogue.write")]


class BundleApi(Controller):
    path = "/bundles"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]

    @get(operation_id="listBundles")
    async def list_bundles(
        self,
        who: NamedDependency[Actor],
        category: FromQuery[str | None] = None,
        level: FromQuery[str | None] = None,
        on_day: FromQuery[date | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[BundleOut]:
        """Open bundles by name, priced on a day (today): lines, trainings, cost before tax and net of rebates."""
        return await queries.search(who, category=category, level=level, on_day=on_day, limit=limit, after=after)

    @get("/{slug:str}", operation_id="getBundle")
    async def get_bundle(
        self,
        who: NamedDependency[Actor],
        slug: FromPath[str],
        edition: FromQuery[int | None] = None,
        on_day: FromQuery[date | None] = None,
    ) -> Response[BundleOut]:
        """A bundle, priced on a day (today): an edition, else the newest that was published. Retired ones stay readable."""
        return _versioned(await queries.one(who, slug, on_day=on_day, edition=edition))

    @get("/{slug:str}/editions", operation_id="listBundleEditions")
    async def list_editions(self, who: NamedDependency[Actor], slug: FromPath[str]) -> list[BundleOut]:
        """All editions of a bundle, newest first; the draft too for those who write the catalogue."""
        return await queries.editions(who, slug)

    @put("/{slug:str}/draft", operation_id="draftBundle", guards=WRITE)
    async def draft(
        self,
        who: NamedDependency[Actor],
        slug: FromPath[str],
        data: JSONBody[BundleContent],
        if_match: IfMatch = None,
    ) -> Response[BundleOut]:
        """Begin the next edition of a bundle, new or known, or write anew (`If-Match`) the one that is begun."""
        return _versioned(await operations.draft(who, slug, data, version=version_of(if_match)))

    @delete("/{slug:str}/draft", operation_id="discardBundleDraft", guards=WRITE)
    async def discard(self, who: NamedDependency[Actor], slug: FromPath[str], if_match: IfMatch = None) -> None:
        """Throw the draft away; what was published stays."""
        await operations.discard(who, slug, version=version_of(if_match))

    @post("/{slug:str}/publish", operation_id="publishBundle", guards=WRITE, status_code=200)
    async def publish(
        self,
        who: NamedDependency[Actor],
        slug: FromPath[str],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[BundleOut]:
        """Offer the draft from today on. It never changes after; the edition before it retires."""

        async def run() -> BundleOut:
            return await operations.publish(who, slug, version=version_of(if_match))

        return _versioned(await once(who, idempotency_key, ("publishBundle", slug, if_match), run, BundleOut))

    @post("/{slug:str}/retire", operation_id="retireBundle", guards=WRITE, status_code=200)
    async def retire(
        self,
        who: NamedDependency[Actor],
        slug: FromPath[str],
        data: JSONBody[RetireBundle],
        if_match: IfMatch = None,
    ) -> Response[BundleOut]:
        """No longer offer a bundle from a day on."""
        return _versioned(await operations.retire(who, slug, data, version=version_of(if_match)))

    @put(
        "/{slug:str}/photo",
        operation_id="putBundlePhoto",
        guards=WRITE,
        request_max_body_size=attachments.LARGEST + 10_000,
    )
    async def put_photo(
        self,
        who: NamedDependency[Actor],
        slug: FromPath[str],
        data: MultipartBody[NewBundlePhoto],
        words: FromQuery[str],
        words_en: FromQuery[str] = "",
    ) -> BundlePhotoOut:
        """Give a bundle its picture, in the place of the one it had; `words` say what it shows."""
        content = await data.file.read()
        return await photos.put(
            who, slug, name=data.file.filename or "image", content=content, words=words, words_en=words_en
        )

    @get("/{slug:str}/photo", operation_id="getBundlePhoto", media_type="image/*")
    async def get_photo(self, who: NamedDependency[Actor], slug: FromPath[str]) -> Response[bytes]:
        """The picture of a bundle."""
        return attachments.download(await photos.content_of(who, slug))


def _versioned(bundle: BundleOut) -> Response[BundleOut]:
    return Response(bundle, headers={"ETag": f'"{bundle.version}"'})
