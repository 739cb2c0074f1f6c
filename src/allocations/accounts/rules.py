"""The accounts of a school year: that they add up, who signs them and when, what has changed since. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from allocations.accounts.schemas import Amounts, Difference, Line
from allocations.years.rules import SHUT, SIGNING, State
from kit.errors import Conflict
from kit.i18n import lazy


class Step(StrEnum):
    """The school attests, the board signs, the ministry receives."""

    attest = "attest"
    sign = "sign"
    receive = "receive"


RIGHTS = {Step.attest: "account.attest", Step.sign: "account.sign", Step.receive: "account.receive"}
WORDS = {
    Step.attest: lazy("Attesté par la direction"),
    Step.sign: lazy("Signé par l'organisme"),
    Step.receive: lazy("Reçu par le ministère"),
}


class Unbalanced(Conflict):
    sentence = lazy(
        "Les comptes {year} de {place}, mesure {measure}, ne balancent pas : rien n'est publié. Écrivez au soutien en donnant cette"
        " phrase."
    )


class NotSigning(Conflict):
    sentence = lazy(
        "L'exercice {year} ne se signe pas maintenant : ses comptes se signent pendant sa fermeture, ou une fois rouvert pour la"
        " reddition de comptes."
    )


class NotSigned(Conflict):
    sentence = lazy("L'organisme {board} n'a pas signé ces chiffres : il n'y a rien à recevoir.")


class NothingToSign(Conflict):
    sentence = lazy("Aucune enveloppe {year} ici : il n'y a pas de comptes à signer.")


def check(year: str, line: Line) -> Line:
    """The line, when it adds up twice: what was given became what is allocated, and that became the four figures."""
    given = line.given_cents + line.moved_cents + line.carried_cents - line.recovered_cents
    used = line.reserved_cents + line.committed_cents + line.spent_cents + line.free_cents
    if not given == used == line.allocated_cents or not 0 <= line.uninvoiced_cents <= max(line.spent_cents, 0):
        raise Unbalanced(year=year, place=line.school or line.board, measure=line.measure)
    return line


def total(lines: Iterable[Amounts]) -> Amounts:
    """The sums of amounts of one tax basis."""
    sums = dict.fromkeys(Amounts.__struct_fields__, 0)
    for line in lines:
        for name in sums:
            sums[name] += getattr(line, name)
    return Amounts(**sums)


def digest(figures: Sequence[Mapping[str, object]], reports: Sequence[str] = ()) -> str:
    """SHA-256 of the figures, whatever the order of their fields, and of the reports that go with them (their own SHA-256)."""
    told = msgspec.json.encode(figures, order="sorted") + "".join(f"\n{each}" for each in reports).encode()
    return hashlib.sha256(told).hexdigest()


def differences(signed: Sequence[Mapping[str, object]], now: Sequence[Mapping[str, object]]) -> list[Difference]:
    """What differs between signed and present figures, by measure and column; a measure that only one side has counts as nothing."""
    before, after = ({str(each["measure"]): each for each in side} for side in (signed, now))
    found = []
    for measure in sorted(before.keys() | after.keys()):
        for name in Amounts.__struct_fields__:
            was, is_ = (int(str(side.get(measure, {}).get(name, 0))) for side in (before, after))
            if was != is_:
                found.append(Difference(measure=measure, figure=name, signed_cents=was, now_cents=is_))
    return found


def check_signing(step: Step, state: State, year: str) -> None:
    """Accounts are attested and signed while the year closes or is open for them; the ministry receives them closed too."""
    if state not in (SIGNING if step is not Step.receive else (*SIGNING, *SHUT)):
        raise NotSigning(year=year)
