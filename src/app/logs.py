"""What the program says of itself: on standard error, as lines for a person or as JSON for a collector.

A line names things by code, number or key and never says what somebody typed, who they are, or a secret. So an error is told by
its kind and place: its own words are left out unless they come from the interpreter (`told`). What libraries say through `logging`
comes out here too, from WARNING up, without the values they add.
"""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

import asyncpg
import structlog

from kit.settings import settings

SOURCE = Path(__file__).resolve().parent.parent
_FRAMES = 30  # the innermost ones

# Their words name code and types, never a value; a subclass of somebody else's may say anything.
_OF_CODE = {
    AttributeError,
    ImportError,
    ModuleNotFoundError,
    NameError,
    NotImplementedError,
    TypeError,
    UnboundLocalError,
}


def log_to_stderr() -> None:
    """Every process calls it once; standard output is for answers alone."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _place_of_error,
            structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings().log_level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Whatever INVENTORY_LOG_LEVEL says: at DEBUG, libraries print headers, addresses and messages.
    logging.basicConfig(handlers=[_OfLibraries()], level=logging.WARNING, force=True)


def told(error: BaseException) -> str:
    """An error in words that hold no datum of anybody: its class, and a code or the words of the interpreter."""
    name = type(error).__name__
    match error:
        case asyncpg.PostgresError():
            place = error.constraint_name or error.table_name
            return f"{name} {error.sqlstate}" + (f" on {place}" if place else "")
        case OSError() if error.strerror and error.errno:
            return f"{name}: {error.strerror}"
        case _ if type(error) in _OF_CODE or type(error).__module__.startswith("jinja2"):
            return f"{name}: {str(error)[:300]}"
    # Of a mail server: its words name the recipient, its number does not.
    codes = {getattr(one, "code", None) for one in (error, *getattr(error, "recipients", ()))}
    return " ".join([name, *sorted(str(code) for code in codes if isinstance(code, int))])


def _place_of_error(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`exc_info` becomes `exception`: each error of the chain in safe words, with the places it went through."""
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["exception"] = "\n".join(_lines(error, set()))
    return line


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _lines(before, seen)
        yield "then"
    yield told(error)
    yield from _places(error.__traceback__)
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            if id(one) not in seen:
                yield from _lines(one, seen)


def _places(traceback: TracebackType | None) -> list[str]:
    found = [(Path(frame.f_code.co_filename), line, frame.f_code.co_name) for frame, line in walk_tb(traceback)]
    return [f"  {_short(path)}:{line} {function}" for path, line, function in found[-_FRAMES:]]


def _short(path: Path) -> str:
    """As a reader of the code names the file, wherever it is installed."""
    if path.is_relative_to(SOURCE):
        return path.relative_to(SOURCE).as_posix()
    parts = path.parts
    return "/".join(parts[parts.index("site-packages") + 1 :]) if "site-packages" in parts else path.as_posix()


class _OfLibraries(logging.Handler):
    """A library's line, as one of ours: its own words, without the values that were to be put in them."""

    def emit(self, record: logging.LogRecord) -> None:
        level = logging.getLevelName(record.levelno).lower()
        logger = structlog.get_logger()
        getattr(logger, level if level in ("warning", "error", "critical") else "warning")(
            str(record.msg).splitlines()[0] if record.msg else "", library=record.name, exc_info=record.exc_info
        )
