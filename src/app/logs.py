"""What the program says of itself: on standard error, as lines for a person or as JSON for a collector."""

import logging
import sys

import structlog

from kit.settings import settings


def log_to_stderr() -> None:
    """Every process calls it once; standard output is for answers alone."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings().log_level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
