"""The outbox's messages by SMTP. Each is claimed by one process, sent outside any transaction, then marked."""

import ssl
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from kit.actor import system
from kit.clock import now
from kit.database import execute, fetch, transaction
from kit.settings import settings

ATTEMPTS = 10
TIMEOUT_SECONDS = 20
log = structlog.get_logger()


async def send_waiting(*, limit: int = 20) -> int:
    """Send what is due; how many left. Without INVENTORY_SMTP_URL everything waits."""
    if settings().smtp_url is None:
        return 0
    claimed = await _claim(limit)
    sent = 0
    for row in claimed:
        try:
            await _send(row)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            await _failed(row, error)
        else:
            sent += 1
            async with transaction(system()):
                await execute("UPDATE outbox SET sent_at = $2, last_error = '' WHERE id = $1", row["id"], now())
    return sent


async def _claim(limit: int) -> list[Any]:
    """Take due messages and put their next try off, so that a killed process neither loses nor doubles them at once.

    Killed between sending and marking, a message leaves twice: mail has no better promise. Its Message-ID stays the same.
    """
    async with transaction(system()):
        return await fetch(
            "UPDATE outbox SET attempts = attempts + 1, not_before = $2 WHERE id IN (SELECT id FROM outbox WHERE not_before <= $3"
            " AND sent_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL ORDER BY not_before, id LIMIT $1"
            " FOR UPDATE SKIP LOCKED)"
            " RETURNING id, recipient, subject, body, attachment, attachment_name, attempts, created_at",
            limit, now() + timedelta(minutes=5), now(),
        )  # fmt: skip


async def _failed(row: Any, error: Exception) -> None:
    final = row["attempts"] >= ATTEMPTS or isinstance(error, aiosmtplib.SMTPRecipientsRefused | ValueError)
    wait = timedelta(minutes=min(2 ** row["attempts"], 240))
    log.warning("mail not sent", message=str(row["id"]), error=type(error).__name__, final=final)
    async with transaction(system()):
        await execute(
            "UPDATE outbox SET last_error = $2, not_before = $3, failed_at = $4 WHERE id = $1",
            row["id"], f"{type(error).__name__}: {error}"[:500], now() + wait, now() if final else None,
        )  # fmt: skip


async def _send(row: Any) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings().mail_from, row["recipient"], row["subject"]
    message["Date"] = format_datetime(row["created_at"])
    message["Message-ID"] = f"<{row['id']}@{settings().mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(row["body"])
    if row["attachment"]:
        message.add_attachment(
            row["attachment"], maintype="application", subtype="pdf", filename=row["attachment_name"]
        )
    assert settings().smtp_url is not None
    url = urlsplit(settings().smtp_url.get_secret_value())  # type: ignore[union-attr]
    await aiosmtplib.send(
        message,
        hostname=url.hostname,
        port=url.port,
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        use_tls=url.scheme == "smtps",
        start_tls=None,
        tls_context=ssl.create_default_context(),
        timeout=TIMEOUT_SECONDS,
    )
