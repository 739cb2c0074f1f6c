"""What boards, schools and buildings have in common when they are told."""

from datetime import date

import msgspec


class FormerNameOut(msgspec.Struct, kw_only=True):
    """A name borne until a day."""

    name: str
    until: date
