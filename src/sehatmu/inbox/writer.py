"""Group commit: submissions that wait while the disk is busy are kept together by the next commit.

One thread writes. Whoever submits waits until its own commit has returned, so that an acknowledgement is never ahead of
the disk; under load one wait for the disk serves many.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sehatmu.home import Home
from sehatmu.inbox.store import Conflict, Keep, Stored, create_inbox, keep_all, reserve

_MOST_TOGETHER = 500
Done = list[Stored] | Conflict


class Writer:
    """The writing end of a home's inbox."""

    def __init__(self, home: Home) -> None:
        self.con: sqlite3.Connection = create_inbox(home)
        self._thread = ThreadPoolExecutor(1, "inbox")
        self._waiting: deque[tuple[Keep, Future[Done]]] = deque()

    async def submit(self, submission: Keep) -> Done:
        """Keep it; returns when it is on disk. Raises InboxError where it cannot be written: nothing was kept then."""
        done: Future[Done] = Future()
        done.set_running_or_notify_cancel()  # who hangs up meanwhile does not take it back
        self._waiting.append((submission, done))
        self._thread.submit(self._commit)
        return await asyncio.wrap_future(done)

    async def reserve(self, kind: str, number_of: Callable[[int], str | None]) -> str:
        """`store.reserve`, in the thread that writes."""
        return await asyncio.wrap_future(self._thread.submit(reserve, self.con, kind, number_of))

    def _commit(self) -> None:
        """Keep all that wait now; the commit before this one may have taken them already."""
        together = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_TOGETHER))]
        if not together:
            return
        try:
            told = keep_all(self.con, [submission for submission, _ in together])
        except Exception as error:  # noqa: BLE001 (each of those who wait raises it)
            for _, done in together:
                done.set_exception(error)
        else:
            for (_, done), kept in zip(together, told, strict=True):
                done.set_result(kept)

    def settle(self) -> None:
        """Wait for what was submitted, and fold the log of commits into the file: the next start has nothing to do."""
        self._thread.submit(self.con.execute, "PRAGMA wal_checkpoint(TRUNCATE)").result()
