"""The running program: ASGI application, settings, command line, scheduler, worker, page shell. Nothing imports it."""
