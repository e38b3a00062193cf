"""Caches parsed headers: most requests of a client begin with the same bytes.

Equal bytes have the same meaning, so they need not be parsed again. Only headers of requests that
came complete in one piece, and that the application answered at once, are cached.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from incidents.http.http1.exchange import Exchange

_END = b"\r\n\r\n"

# Longer headers, or more of them, are always parsed: each takes memory of its own, however short.
# The last constant is the number of cached entries of a worker.
_HEAD_BYTES_MAX = 2048
_HEADERS_MAX = 64
_HEADS_MAX = 512


class Head(NamedTuple):
    """Parsed headers, the length of the body, and a value of the application."""

    scope: dict[str, Any]
    length: int
    memo: object


class KnownHeads:
    """The cached headers, by their bytes."""

    def __init__(self) -> None:
        self._heads: dict[bytes, Head] = {}

    def find(self, data: bytes) -> tuple[Head, bytes] | None:
        """The headers and the body of `data`, if it is one whole request with cached headers."""
        end = data.find(_END, 0, _HEAD_BYTES_MAX) + len(_END)
        head = self._heads.get(data[:end])
        if head is None or len(data) != end + head.length:
            return None
        return head, data[end:]

    def remember(self, data: bytes, exchange: "Exchange") -> None:
        """Caches the headers of `data`, which is one whole request.

        Not if the connection would be closed, or the body was encoded. If there are too many, all
        are dropped: when headers do not repeat, the cache is of no use.
        """
        end = data.find(_END, 0, _HEAD_BYTES_MAX) + len(_END)
        body = exchange.whole_body()
        stays = exchange.keep_alive and exchange.scope["http_version"] == "1.1"
        if end < len(_END) or not stays or data[end:] != body:
            return
        if len(exchange.scope["headers"]) > _HEADERS_MAX:
            return
        if len(self._heads) >= _HEADS_MAX:
            self._heads.clear()
        self._heads[data[:end]] = Head(exchange.scope.copy(), len(body), exchange.memo)
