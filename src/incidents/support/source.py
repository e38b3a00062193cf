"""Whose work a request is: its key's, so that who asks much waits for itself, not others for it."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from weakref import WeakValueDictionary

_current: ContextVar[bytes | None] = ContextVar("source", default=None)


def begin_source(source: bytes | None) -> None:
    """From now on, in this context, work is that source's; None where no key is needed."""
    _current.set(source)


def current_source() -> bytes | None:
    """The source of the work that is done."""
    return _current.get()


class SourceQueues:
    """Lets one of each source wait among the others: within the block of its queue.

    Behind it sources take turns, whatever they bring. Without a source nobody waits here.
    """

    def __init__(self) -> None:
        self._queues: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    def of(self, source: bytes | None) -> AbstractAsyncContextManager[None]:
        """The queue of that source, first come, first served."""
        if source is None:
            return nullcontext()
        queue = self._queues.get(source)
        if queue is None:
            queue = self._queues[source] = asyncio.Lock()
        return queue
