from datetime import date

import msgspec


class TrainingOut(msgspec.Struct, frozen=True):
    """A self-training (`self_training`) or an accompaniment (`accompaniment`); `minutes` is null where nobody knows."""

    code: str
    category: str
    kind: str
    name: str
    name_en: str
    description: str
    minutes: int | None
    address: str
    closed_on: date | None = None
    version: int = 1
