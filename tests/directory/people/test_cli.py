"""The commands as they are typed, against a real database: what goes to which stream, and the exit codes."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from directory.people.operations import sign_in
from directory.people.queries import actor_of_person, actor_of_token
from directory.people.rules import WrongPassword
from kit.actor import Scope
from kit.database import engine
from tests.factories import make_school

COMMAND = Path(sys.executable).with_name("inventory")


async def inventory(*arguments: str, typed: str = "") -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *arguments,
        env={**os.environ, "INVENTORY_DATABASE_URL": engine().config["dsn"]},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(typed.encode())
    return process.returncode or 0, out.decode(), err.decode()


async def taken(*arguments: str, typed: str = "") -> Any:
    code, out, err = await inventory(*arguments, "--json", typed=typed)
    assert code == 0, err
    return json.loads(out)


async def test_people_and_tokens_by_command(committed: None) -> None:
    await make_school("990001", board="990000")
    added = await taken("user", "add", "Ana@exemple.ca", "--name", "Ana Roy", "--role", "principal:990001",
                        "--role", "technician:990000")  # fmt: skip
    assert added["person"]["email"] == "ana@exemple.ca"
    assert [(g["role"], g["board"], g["school"]) for g in added["person"]["grants"]] == [
        ("principal", "990000", "990001"),
        ("technician", "990000", None),
    ]
    assert await sign_in("ana@exemple.ca", added["password"], address="", user_agent="")

    code, out, err = await inventory(
        "user", "add", "max@exemple.ca", "--name", "Max", "--role", "ministry", "--password-stdin",
        typed="vélo-tempête-38-canot\n",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "max@exemple.ca" in out and "canot" not in out
    assert await sign_in("max@exemple.ca", "vélo-tempête-38-canot", address="", user_agent="")
    assert (await actor_of_person("max@exemple.ca")).scope is Scope.ministry

    code, out, err = await inventory("user", "add", "x@exemple.ca", "--name", "X", "--role", "roi:990000")
    assert (code, out) == (1, "")
    assert "« roi » n'est pas un rôle : school_team," in err.replace("\u00a0", " ")

    made = await taken("token", "create", "--email", "ana@exemple.ca", "--name", "essai", "--scope", "read",
                       "--scope", "write", "--days", "90", "--school", "990001")  # fmt: skip
    found = await actor_of_token(made["token"], board=None, request="")
    assert found is not None
    assert (found[0].schools, set(found[1])) == (("990001",), {"read", "write"})
    listed = await taken("token", "list")
    assert [kept["id"] for kept in listed["items"]] == [made["details"]["id"]]
    assert made["token"] not in json.dumps(listed)
    assert not (await taken("token", "revoke", made["details"]["id"]))["active"]
    assert await actor_of_token(made["token"], board=None, request="") is None

    invited = await taken("user", "invite", "zoe@exemple.ca", "--role", "technician:990000", "--link")
    assert (invited["invitation"]["email"], "/invitation/" in invited["link"]) == ("zoe@exemple.ca", True)

    code, out, err = await inventory("user", "password", "max@exemple.ca")
    assert (code, len(out.strip()) >= 12) == (0, True) and "max@exemple.ca est changé" in err
    code, _out, err = await inventory("user", "list", "--as", "ana@exemple.ca")
    assert (code, "Votre rôle ne permet pas cette action." in err) == (1, True)
    assert not (await taken("user", "deactivate", "ana@exemple.ca"))["active"]
    with pytest.raises(WrongPassword):
        await sign_in("ana@exemple.ca", added["password"], address="", user_agent="")
    states = {person["email"]: person["active"] for person in (await taken("user", "list"))["items"]}
    assert states == {"ana@exemple.ca": False, "max@exemple.ca": True}
    assert (await inventory("token", "create"))[0] == 2
