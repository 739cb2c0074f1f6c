"""Who the embedded PostgreSQL runs as. It refuses root, and initdb refuses a number that has no name; containers have both."""

import ctypes
import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from kit.i18n import _

NOBODY = 65534  # never the inner number: every number that is not mapped looks like this one
CLONE_NEWUSER = 0x10000000


class EmbeddedError(Exception):
    """What is wrong, where, and what to do; printed as it stands."""


class RunAs(TypedDict, total=False):
    """Arguments of `subprocess` that make a child another user; empty where it may stay this one."""

    preexec_fn: Callable[[], None]
    user: int
    group: int
    extra_groups: Sequence[int]


def run_as(data: Path, *, program: str) -> RunAs:
    """How children that work in `data` must run. The owner of the folder decides, so that it is the same each time.

    An ordinary user runs them as they are. Root, and a number without a name, run them in a user namespace where they bear an
    ordinary number; where namespaces are closed, root gives the folder to `nobody`. Raises EmbeddedError when that user cannot
    reach the folder or `program`. `preexec_fn` is not safe with threads: call before any is started.
    """
    me, owner = os.geteuid(), data.stat().st_uid
    if sys.platform != "linux" or (me and any(user.pw_uid == me for user in pwd.getpwall())):
        return {}
    if owner == me:
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(["true"], preexec_fn=_mapped, check=True)
            return {"preexec_fn": _mapped}
    return _given_to(pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody"), data, program)


def _mapped() -> None:
    """In the child: a user namespace where we bear an ordinary number. Our files stay ours, root's capabilities go."""
    inner = next(user for user in pwd.getpwall() if user.pw_uid not in (0, NOBODY))
    uid, gid = os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inner.pw_uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inner.pw_gid} {gid} 1")


def _given_to(user: pwd.struct_passwd, data: Path, program: str) -> RunAs:
    drop: RunAs = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}
    for path in program, str(data.parent):
        if subprocess.run(["test", "-x", path], cwd="/", check=False, **drop).returncode:
            raise EmbeddedError(
                _(
                    "PostgreSQL refuse root, les espaces de noms d'utilisateurs sont fermés, et « {user} » n'atteint pas {path}. "
                    "Lancez le service en utilisateur ordinaire, prenez des dossiers où d'autres peuvent entrer (/var/lib, /opt) "
                    "ou donnez un serveur par INVENTORY_DATABASE_URL."
                ).format(user=user.pw_name, path=path)
            )
    for found in data, *data.rglob("*"):
        os.chown(found, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return drop
