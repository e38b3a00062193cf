"""All errors, without HTTP: `http/message/problem_details.py` gives each its status.

A message names what was wrong and, where the caller can act on it, what is right. It is shown to
the caller unchanged.
"""


class IncidentsError(Exception):
    """The base of every error that is meant for the person or program that called."""

    @property
    def detail(self) -> str:
        """The message to show."""
        return str(self)


class NotJSON(IncidentsError):
    """The text is not JSON (RFC 8259), or not UTF-8."""


class NotProtobuf(IncidentsError):
    """The bytes are not a protobuf message of the type that the path takes."""


class NoLineTaken(IncidentsError):
    """Reading stopped: too many lines were refused, and none could be stored."""


class BadExample(IncidentsError):
    """The example is JSON, but not an object, or has too many entries."""


class BadParameter(IncidentsError):
    """A parameter is missing or invalid. `name` is its name."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class BadQuery(BadParameter):
    """A query line cannot be read, for a `reason`.

    `position` is where in it, in characters from 0 on. `suggestion` is a line that can be read,
    where one is known that was probably meant.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__("q", f"position {position}: {message}")
        self.reason = message
        self.position = position
        self.suggestion: str | None = None


class BadLine(IncidentsError):
    """The line is not an incident as `incidents export` writes it."""


class OverLimit(IncidentsError):
    """The JSON is well-formed but exceeds a limit on depth or on the size of a number."""


class TooLarge(IncidentsError):
    """The body is larger than the limit."""


class HeadersTooLarge(IncidentsError):
    """The headers are larger than the limit."""


class BadEncoding(IncidentsError):
    """The body is not what its Content-Encoding says."""


class CutOff(IncidentsError):
    """The client disconnected, or stopped sending, before its request was complete."""


class UnsupportedType(IncidentsError):
    """The media type of the body is not supported."""


class UnsupportedEncoding(IncidentsError):
    """The Content-Encoding of the body is not supported."""


class NotFound(IncidentsError):
    """There is nothing with that name."""


class MethodNotAllowed(IncidentsError):
    """The path does not support the method. `allowed` are the supported ones."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__("this path does not support that method; see Allow")
        self.allowed = allowed


class Forbidden(IncidentsError):
    """The base of all errors of authorization."""


class KeyNeeded(Forbidden):
    """The request has no key, or an unknown or revoked one.

    `as_password`: this client sends a key only as a Basic password, and only after a challenge.
    """

    def __init__(self, message: str, *, as_password: bool = False) -> None:
        super().__init__(message)
        self.as_password = as_password


class KeyTooNarrow(Forbidden):
    """The key is valid but its scope does not permit the request. `scope` is one that would."""

    def __init__(self, scope: str, message: str) -> None:
        super().__init__(message)
        self.scope = scope


class ForeignPage(Forbidden):
    """A browser sends the request on behalf of a page from another origin."""


class UnknownHost(Forbidden):
    """The Host header has a name that is not known to be this server's."""


class Overloaded(IncidentsError):
    """The limit of requests in flight is reached. Nothing was stored."""


class InFlight(IncidentsError):
    """Another request with the same Idempotency-Key did not finish in time. Nothing was stored."""


class KeyReused(IncidentsError):
    """The same Idempotency-Key came before with a different request."""


class OtherLineRefused(IncidentsError):
    """All lines or none are stored, and another line was refused."""


class Closing(IncidentsError):
    """The program is stopping and accepts nothing new. Nothing was stored."""


class NothingKept(IncidentsError):
    """The rejected report cannot be stored: its body was empty or not kept."""


class ReceiverFailed(IncidentsError):
    """The receiver of a notification did not take it. The message says why."""


class Rejected(IncidentsError):
    """A server refused the request. Sending it again unchanged would be refused again."""


class StorageError(IncidentsError):
    """The base of all errors of PostgreSQL."""

    @property
    def shown(self) -> str:
        """What clients are told: the message can name hosts and roles, and is for the log."""
        return "PostgreSQL is not available just now: try again soon"


class Unavailable(StorageError):
    """PostgreSQL cannot be reached or used now. A later attempt may succeed."""


class DiskFull(Unavailable):
    """PostgreSQL has no space left on its disk. The message names no path, so clients see it."""

    @property
    def shown(self) -> str:
        """The message."""
        return str(self)


class NotMigrated(Unavailable):
    """The database has another revision than this program needs. Clients see the message."""

    @property
    def shown(self) -> str:
        """The message."""
        return str(self)


class NeedsOperator(Unavailable):
    """PostgreSQL answers, but refuses until an operator changes something.

    `shown` is what clients are told.
    """

    _SHOWN = "PostgreSQL refuses the server: its log says why"

    def __init__(self, message: str, shown: str | None = None) -> None:
        super().__init__(message)
        self._shown = shown or self._SHOWN

    @property
    def shown(self) -> str:
        """The text that was given."""
        return self._shown


class NoPrivilege(NeedsOperator):
    """The role of the server lacks a privilege."""

    _SHOWN = "PostgreSQL refuses the server a privilege that it needs: its log says which"


class ReadOnly(NeedsOperator):
    """The database is read-only: a standby, or configured so."""

    _SHOWN = "PostgreSQL is read-only: nothing can be stored until that changes"


class LoginRefused(NeedsOperator):
    """PostgreSQL refuses the login of the server's role."""

    _SHOWN = "PostgreSQL refuses the server's login: its log says why"


class SessionsShared(NeedsOperator):
    """A connection pooler shares this program's sessions with other clients."""


class Refused(StorageError):
    """PostgreSQL refused these rows. Sending them again would be refused again."""

    @property
    def shown(self) -> str:
        """The message."""
        return str(self)


class IdsTaken(StorageError):
    """Some ids of a batch belong to other incidents. `ids` are those."""

    def __init__(self, ids: set[int]) -> None:
        super().__init__(f"{len(ids)} reserved ids were given to other incidents")
        self.ids = ids


class NoPartition(StorageError):
    """No partition exists for these ids yet."""


class OutOfTime(StorageError):
    """A statement exceeded its time limit and was cancelled in PostgreSQL."""


class Damaged(StorageError):
    """Something on the disk cannot be read; its neighbours may be intact."""


class CannotStart(IncidentsError):
    """A command cannot do its work. The message is the one line that its user sees."""
