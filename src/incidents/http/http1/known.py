"""Heads that were parsed before: most of what one client sends begins with the same bytes.

What was parsed once need not be parsed again: the same bytes mean the same. Only heads are kept of
requests that came whole, in one piece, and that the application answered at once.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from incidents.http.http1.exchange import Exchange

_END = b"\r\n\r\n"

# Longer ones, and those of more headers, are parsed each time: each header takes memory of its own,
# however short it is. So many heads are kept in a worker.
_HEAD_BYTES_MAX = 2048
_HEADERS_MAX = 64
_HEADS_MAX = 512


class Head(NamedTuple):
    """What its parser made of a head, the length of the body, and what the application keeps."""

    scope: dict[str, Any]
    length: int
    memo: object


class KnownHeads:
    """The heads that are known, by their bytes."""

    def __init__(self) -> None:
        self._heads: dict[bytes, Head] = {}

    def find(self, data: bytes) -> tuple[Head, bytes] | None:
        """The head and the body of `data`; None unless it is one whole request of a known head."""
        end = data.find(_END, 0, _HEAD_BYTES_MAX) + len(_END)
        head = self._heads.get(data[:end])
        if head is None or len(data) != end + head.length:
            return None
        return head, data[end:]

    def remember(self, data: bytes, exchange: "Exchange") -> None:
        """Knows the head of `data`, which is one whole request, from now on.

        It is not kept when its connection would not stay, or when the body is not what stands
        behind it as it is. All are forgotten when there are too many: where heads never come
        again it is of no use to know them.
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
