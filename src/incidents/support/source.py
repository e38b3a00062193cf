"""The source of a request, its API key: limits and queues are shared fairly between sources."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from weakref import WeakValueDictionary

_current: ContextVar[bytes | None] = ContextVar("source", default=None)


def begin_source(source: bytes | None) -> None:
    """From now on this context works for that source; None if no key is needed."""
    _current.set(source)


def current_source() -> bytes | None:
    """The source of the current work."""
    return _current.get()


class SourceQueues:
    """Admits one request of each source at a time to what follows in its block.

    So there sources take turns, however much one of them sends. Requests without a source do not
    wait here.
    """

    def __init__(self) -> None:
        self._queues: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    def of(self, source: bytes | None) -> AbstractAsyncContextManager[None]:
        """The queue of that source, first in, first out."""
        if source is None:
            return nullcontext()
        queue = self._queues.get(source)
        if queue is None:
            queue = self._queues[source] = asyncio.Lock()
        return queue
