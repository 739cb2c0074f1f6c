import asyncio
from collections.abc import AsyncIterator
from io import BufferedRandom
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from allocations.packs import operations
from kit.actor import Actor
from kit.http import may

_CHUNK = 1 << 16


class PackApi(Controller):
    path = "/accounts/pack"
    tags = ["Year accounts"]
    guards = [may("account.read")]

    @get("/{envelope:uuid}", operation_id="takeAccountPack", media_type="application/zip")
    async def take(self, who: NamedDependency[Actor], envelope: FromPath[UUID]) -> Stream:
        """All that stands behind an envelope's figures, as far as the caller reads it: one ZIP, with the SHA-256 of each file."""
        pack = await operations.take(who, envelope)
        return Stream(
            _chunks(pack.file),
            media_type="application/zip",
            headers={
                "content-disposition": f'attachment; filename="{pack.name}"',
                "content-length": str(pack.size),
                "cache-control": "no-store",
            },
        )


async def _chunks(file: BufferedRandom) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
