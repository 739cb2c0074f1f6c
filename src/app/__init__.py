"""The running program: ASGI application, settings, command line, scheduler, worker, page shell. Nothing imports it."""

from pathlib import Path

from kit.i18n import add_translations

# Here, for every process speaks: a command, a job or the worker writes mail and documents in their reader's language too.
add_translations(Path(__file__).parent / "translations")
