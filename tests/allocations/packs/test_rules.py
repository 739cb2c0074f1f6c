"""Names are safe everywhere, and the same contents make the same ZIP."""

import hashlib
import io
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.packs.rules import SUMS, Archive, archive_name, safe

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Reçu d'œuvre (été).PDF", "Recu-d-oeuvre-ete-.PDF"),
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\windows\\x.txt", "windows-x.txt"),
        (".cache", "cache"),
        ("...", "fichier"),
        ("日本", "fichier"),
        ("=cmd|' /C calc'!A0.csv", "cmd-C-calc-A0.csv"),
        ("a\r\nb\x00c", "a-b-c"),
    ],
)
def test_a_name_becomes_one_that_every_system_reads_alike(given_name: str, kept: str) -> None:
    assert safe(given_name) == kept


@given(st.text(max_size=300))
def test_whatever_the_name_it_is_a_plain_part_of_a_path(name: str) -> None:
    kept = safe(name)
    assert re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,79})", kept)
    assert ".." not in kept


def made(*contents: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with Archive(file) as archive:
        for path, content in contents:
            archive.add(path, content)
    return file.getvalue()


def test_a_name_that_is_taken_in_whatever_case_gets_a_number() -> None:
    found = zipfile.ZipFile(io.BytesIO(made(("a/x.csv", b"1"), ("a/X.csv", b"2"), ("a/x.csv", b"3"))))
    assert found.namelist() == ["a/x.csv", "a/X-2.csv", "a/x-3.csv", SUMS]
    assert found.read("a/x-3.csv") == b"3"


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z]{1,8}/[a-z]{1,8}\.(pdf|csv)", fullmatch=True), st.binary(max_size=200)),
        max_size=8,
    )
)
def test_the_same_contents_give_the_same_bytes_and_every_sum_is_right(contents: list[tuple[str, bytes]]) -> None:
    first = made(*contents)
    assert first == made(*contents)
    found = zipfile.ZipFile(io.BytesIO(first))
    lines = found.read(SUMS).decode().splitlines()
    pairs = [line.split("  ", 1) for line in lines if not line.startswith("#")]
    told = {name: digest for digest, name in pairs}
    assert told == {
        name: hashlib.sha256(found.read(name)).hexdigest() for name in found.namelist() if name != SUMS
    }  # fmt: skip
    sizes = [int(line[2:]) for line in lines if re.fullmatch(r"# \d+", line)]
    assert sorted(sizes) == sorted(len(content) for _path, content in contents)


def test_an_archive_s_name_says_whose_it_is() -> None:
    assert (
        archive_name(year="2026-2027", measure="EX-COMBOS", place="990001") == "dossier-2026-2027-EX-COMBOS-990001.zip"
    )
    assert "/" not in archive_name(year="2026-2027", measure="../é x", place="990001")
    assert not RESERVED.fullmatch(archive_name(year="2026-2027", measure="con", place="nul"))
