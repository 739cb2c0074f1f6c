import msgspec


class CategoryOut(msgspec.Struct, frozen=True):
    """A category of equipment; `name_en` is '' where nobody has translated it."""

    code: str
    name: str
    name_en: str
    position: int
