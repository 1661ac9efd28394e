"""Listing in a process of its own: it has threads, and a process that has threads must not be forked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dcmlint.errors import UsageError
from dcmlint.processes import start_method
from dcmlint.source import Asked, Entry
from dcmlint_pacs.web.target import Target

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Apart"]

_PAGE = 64
_WAIT_S = 0.1
"""Entries in one message at most, and seconds that one is kept back."""


class Apart:
    """A listing that has begun in a process of its own, where there may be one."""

    def __init__(self, target: Target, asked: Asked, *, is_lazy: bool) -> None:
        import multiprocessing

        self._asked = (target, asked, is_lazy)
        self._process: Any = None
        if multiprocessing.current_process().daemon:  # it cannot have processes of its own
            return
        context: Any = multiprocessing.get_context(start_method())
        self._pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_list, args=(theirs, *self._asked), daemon=True)
        self._process.start()
        theirs.close()

    def entries(self) -> Iterator[Entry]:
        """Yield the entries (`Listing`), once."""
        target, asked, is_lazy = self._asked
        if self._process is None:
            from dcmlint_pacs.web.listing import Listing

            yield from Listing(target, asked, is_lazy=is_lazy).entries()
            return
        try:
            while page := self._pipe.recv():
                if isinstance(page, UsageError):
                    raise page
                yield from page
        except EOFError:
            problem = "the process that lists it ended"
            yield Entry(target.location, True, problem, target.location.partition("://")[0])
        finally:
            self._process.kill()  # it has nothing to put in order
            self._process.join()
            self._pipe.close()


def _list(pipe: Connection, target: Target, asked: Asked, is_lazy: bool) -> None:
    """Send what is listed, and an empty message at the end. Runs in its own process."""
    import os
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # whatever it means to the process that this one is of
    try:
        from dcmlint_pacs.web.listing import Listing

        page: list[Entry] = []
        since = time.monotonic()
        for entry in Listing(target, asked, is_lazy=is_lazy).entries():
            page.append(entry)
            if len(page) == _PAGE or time.monotonic() - since > _WAIT_S:
                pipe.send(page)
                page, since = [], time.monotonic()
        if page:
            pipe.send(page)
        pipe.send([])
    except UsageError as error:
        pipe.send(error)
    except OSError:
        pass  # nobody listens any more
    finally:
        os._exit(0)  # without waiting for threads
