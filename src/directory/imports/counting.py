"""What a planned import would do, in figures."""

from datetime import date

from directory.imports import queries, rules
from directory.imports.rules import Reading
from directory.imports.schemas import ImportAnswer
from kit.i18n import n_, number


async def count(reading: Reading, total: int, listed_on: date) -> ImportAnswer:
    """What a planned list would do: counts of its `total` records, refused lines, what is to be known besides."""
    counts = await queries.planned_counts(reading.kind.record)
    if counts["reopened"]:
        reading.notes.append(
            n_("{n} enregistrement rouvert.", "{n} enregistrements rouverts.", counts["reopened"]).format(
                n=number(counts["reopened"])
            )
        )
    if reading.shielded and reading.kind.name != "headcounts":
        n = len(reading.shielded)
        reading.notes.append(
            n_(
                "{n} code laissé tel quel, car une de ses lignes est refusée : {codes}.",
                "{n} codes laissés tels quels, car une de leurs lignes est refusée : {codes}.",
                n,
            ).format(n=n, codes=rules.some(sorted(reading.shielded)))
        )
    return ImportAnswer(
        kind=reading.kind.name,
        read=reading.read,
        created=counts["created"],
        changed=counts["changed"],
        unchanged=total - counts["created"] - counts["changed"],
        closed=counts["closed"],
        refused=reading.refused,
        notes=reading.notes,
        listed_on=listed_on,
    )


async def closes_too_much(answer: ImportAnswer) -> bool:
    """Whether a list closes more than may be applied without a look; `answer` says so then."""
    if not rules.too_many_closed(answer.closed, await queries.open_records(answer.kind)):
        return False
    answer.notes.append(
        n_(
            "Cette liste fermerait {n} enregistrement, plus de {percent} % de ce qui est ouvert : elle attend qu'une personne la regarde.",
            "Cette liste fermerait {n} enregistrements, plus de {percent} % de ce qui est ouvert : elle attend qu'une personne la regarde.",
            answer.closed,
        ).format(n=answer.closed, percent=rules.MOST_CLOSED_PERCENT)
    )
    return True


def nothing_closed(lines: int) -> str:
    """Why nothing is closed: so many refused lines might be of any record."""
    return n_(
        "{n} ligne refusée n'a pas de code lisible : elle pourrait être celle de n'importe qui, donc rien n'est fermé.",
        "{n} lignes refusées n'ont pas de code lisible : elles pourraient être celles de n'importe qui, donc rien n'est fermé.",
        lines,
    ).format(n=lines)
