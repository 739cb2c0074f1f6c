"""The outbox's messages by SMTP. Each is claimed by one process, sent outside any transaction, then marked."""

import asyncio
import ssl
from datetime import timedelta
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from app.logs import told
from directory.people.links import filled
from kit.actor import system
from kit.clock import now
from kit.database import Unavailable, execute, fetch_one, fetch_value, transaction
from kit.events import record
from kit.settings import settings

CONNECT_SECONDS, MESSAGE_SECONDS = 20, 60
CLAIM = timedelta(
    minutes=5
)  # longer than a message may take: what is still claimed after that was lost with its process
SERVER_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(days=5)  # as mail servers do, of a message that its recipient's server keeps putting off
log = structlog.get_logger()

# Nothing waits for a day, and nothing is in a hand for an hour: what is dated later was written while the clock was ahead.
_DUE = (
    "(not_before <= $1 OR not_before > $1::timestamptz + interval '1 day')"
    " AND sent_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL"
    " AND (sending_until IS NULL OR sending_until NOT BETWEEN $1 AND $1::timestamptz + interval '1 hour')"
)


async def send_waiting() -> int:
    """Send what is due over one connection; how many left. Without INVENTORY_SMTP_URL everything waits."""
    if settings().smtp_url is None or not await _any_due():
        return 0
    sent = 0
    try:
        async with mail_server() as server:
            while row := await _claim():
                if (body := await filled(row["body"], about=row["about"])) is None:  # its link is over
                    await _mark(row, "cancelled_at = $3", now())
                    continue
                try:
                    async with asyncio.timeout(MESSAGE_SECONDS):
                        await server.sendmail(_sender(), [row["recipient"]], _message(row, body))
                except Exception as error:
                    await _put_off(row, error)
                    if not _about_the_message(error):
                        raise
                else:
                    sent += 1
                    await _mark_sent(row)
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        await _server_failed(error)
    return sent


async def _any_due() -> bool:
    async with transaction(system()):
        return bool(await fetch_value(f"SELECT 1 FROM outbox WHERE {_DUE} LIMIT 1", now()))


def mail_server() -> aiosmtplib.SMTP:
    """The server of the settings; `async with` opens and closes the connection."""
    given = settings().smtp_url
    assert given is not None
    url = urlsplit(given.get_secret_value())
    return aiosmtplib.SMTP(
        hostname=url.hostname,
        port=url.port,
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        use_tls=url.scheme == "smtps",
        start_tls=None,  # wherever the server offers it
        tls_context=ssl.create_default_context(),
        timeout=CONNECT_SECONDS,
    )


async def _claim() -> Any | None:
    """Take one due message in hand, so that no other process sends it.

    Killed between sending and marking, a message leaves twice: mail has no better promise. Its Message-ID stays the same.
    """
    async with transaction(system()):
        return await fetch_one(
            "UPDATE outbox SET attempts = attempts + 1, sending_until = $2 WHERE id ="
            f" (SELECT id FROM outbox WHERE {_DUE} ORDER BY not_before, id LIMIT 1 FOR UPDATE SKIP LOCKED)"
            " RETURNING id, recipient, subject, body, attachment, attachment_name,"
            " second_attachment, second_attachment_name, attempts, created_at, board, school, about",
            now(), now() + CLAIM,
        )  # fmt: skip


async def _mark(row: Any, changes: str, *values: Any) -> None:
    """Change the row of a message that is in our hand, and let go of it."""
    async with transaction(system()):
        await execute(
            f"UPDATE outbox SET sending_until = NULL, {changes} WHERE id = $1 AND attempts = $2",
            row["id"], row["attempts"], *values,
        )  # fmt: skip


async def _mark_sent(row: Any) -> None:
    """It has left: say so, even if the database is away for a moment. While the message is in our hand nobody sends it again."""
    for _second in range(CLAIM.seconds):
        try:
            return await _mark(row, "sent_at = $3, last_error = ''", now())
        except Unavailable:
            await asyncio.sleep(1)
    log.error("mail sent, not marked", message=str(row["id"]))
    return None


async def _put_off(row: Any, error: Exception) -> None:
    final = _refused(error) or _about_the_message(error) and now() - row["created_at"] > GIVE_UP_AFTER
    reason = f"{type(error).__name__}: {error}"[:500]
    log.warning("mail not sent", message=str(row["id"]), error=told(error), final=final)
    if not final:
        wait = min(timedelta(minutes=2 ** min(row["attempts"], 10)), LONGEST_WAIT)
        await _mark(row, "last_error = $3, not_before = $4", reason, now() + wait)
        return
    async with transaction(system()):
        await _mark(row, "last_error = $3, failed_at = $4", reason, now())
        await record(
            system(), "message.failed", kind="message", subject=row["id"], board=row["board"], school=row["school"],
            after={"recipient": row["recipient"], "subject": row["subject"], "about": row["about"]}, why=reason,
        )  # fmt: skip


def _about_the_message(error: Exception) -> bool:
    """Whether the next message may fare better on the same connection."""
    kinds = aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPDataError | aiosmtplib.SMTPNotSupported | ValueError
    return isinstance(error, kinds) and getattr(error, "code", 0) != 421  # 421: the server closes


def _refused(error: Exception) -> bool:
    """For good: a 5xx answer on the recipient or the message, or a message that cannot be written. 4xx means later."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(one.code >= 500 for one in error.recipients)
    if isinstance(error, aiosmtplib.SMTPDataError):
        return error.code >= 500
    return isinstance(error, aiosmtplib.SMTPNotSupported | ValueError)


async def _server_failed(error: Exception) -> None:
    """What is due waits a moment, and says why; it is never given up for a server that does not answer."""
    reason = f"{type(error).__name__}: {error}"[:500]
    async with transaction(system()):
        waiting = await execute(
            f"UPDATE outbox SET not_before = $2, last_error = $3 WHERE {_DUE}", now(), now() + SERVER_WAIT, reason
        )
    log.warning("mail server does not take messages", error=told(error), waiting=waiting)


def _sender() -> str:
    return parseaddr(settings().mail_from)[1]


def _message(row: Any, body: str) -> bytes:
    """The message as it leaves. Raises ValueError where an address or the subject cannot be a header.

    Built of the older classes: `EmailMessage` of Python 3.11 loses a space where it folds "a changé d'état".
    """
    if not row["recipient"].isascii() or any(not mark.isprintable() and mark != "\xa0" for mark in row["subject"]):
        raise ValueError(f"{row['recipient']!a}, {row['subject']!a}: not an address and a subject")
    text = MIMEText("".join(f"{line}\r\n" for line in body.splitlines()), "plain", "utf-8")
    message: MIMEBase = text
    if row["attachment"]:
        message = MIMEMultipart(_subparts=[text])
        for which in ("attachment", "second_attachment"):
            if row[which]:
                attached = MIMEApplication(row[which], "pdf")
                attached.add_header("Content-Disposition", "attachment", filename=row[f"{which}_name"])
                message.attach(attached)
    message["From"] = formataddr(parseaddr(settings().mail_from))
    message["To"] = row["recipient"]
    message["Subject"] = Header(
        row["subject"], None if row["subject"].isascii() else "utf-8", header_name="Subject"
    ).encode()
    message["Date"] = format_datetime(row["created_at"])
    message["Message-ID"] = f"<{row['id']}@{_sender().rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    return message.as_bytes(policy=compat32.clone(linesep="\r\n"))
