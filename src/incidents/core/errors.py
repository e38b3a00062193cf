"""What can go wrong, said without HTTP: `http/message/problem_details.py` gives each its status.

Every message names what was wrong and, where someone can act on it, what would be right:
it is shown to the caller as it stands.
"""


class IncidentsError(Exception):
    """The base of every error that is meant for the person or program that asked."""

    @property
    def detail(self) -> str:
        """The message, for showing."""
        return str(self)


class NotJSON(IncidentsError):
    """The text is not JSON (RFC 8259), or not UTF-8."""


class NotProtobuf(IncidentsError):
    """The bytes are no message of the kind that is taken there, in protobuf."""


class NoLineTaken(IncidentsError):
    """So many lines were refused, and none could be taken, that no more are read."""


class BadExample(IncidentsError):
    """The example is JSON, but not an object, or one of too many entries."""


class BadParameter(IncidentsError):
    """A parameter is missing or cannot be read. `name` is the parameter's."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class BadQuery(BadParameter):
    """A query line cannot be read. `position` is where in it, in characters from 0 on."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__("q", f"position {position}: {message}")
        self.position = position


class BadLine(IncidentsError):
    """A line is no incident as an export wrote it."""


class OverLimit(IncidentsError):
    """The JSON is well-formed and goes past a limit: depth, or the size of a number."""


class TooLarge(IncidentsError):
    """The body has more bytes than the limit."""


class HeadersTooLarge(IncidentsError):
    """The headers have more bytes than the limit."""


class BadEncoding(IncidentsError):
    """The body is not what its Content-Encoding says."""


class CutOff(IncidentsError):
    """The client left, or fell silent, before its request was whole."""


class UnsupportedType(IncidentsError):
    """The body is of a media type that is not taken."""


class UnsupportedEncoding(IncidentsError):
    """The body is encoded in a way that is not taken."""


class NotFound(IncidentsError):
    """There is nothing by that name."""


class MethodNotAllowed(IncidentsError):
    """The path does not take that method. `allowed` are those that it takes."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__("this path does not support that method; see Allow")
        self.allowed = allowed


class Forbidden(IncidentsError):
    """The base of what whoever asks has no right to."""


class KeyNeeded(Forbidden):
    """No key came with the request, or one that is not known (any more).

    `as_password`: the client sends it as a password, but only once it is asked for one.
    """

    def __init__(self, message: str, *, as_password: bool = False) -> None:
        super().__init__(message)
        self.as_password = as_password


class KeyTooNarrow(Forbidden):
    """The key is known, and not for this. `scope` is one that would be right."""

    def __init__(self, scope: str, message: str) -> None:
        super().__init__(message)
        self.scope = scope


class ForeignPage(Forbidden):
    """A browser asks on behalf of a page that came from elsewhere."""


class UnknownHost(Forbidden):
    """The server is called by a name that is not known to be its own."""


class Overloaded(IncidentsError):
    """A bound on what may be in flight at once is reached. Nothing was stored."""


class InFlight(IncidentsError):
    """Another request with the same Idempotency-Key was not done in time. Nothing was stored."""


class KeyReused(IncidentsError):
    """Something else came with the same Idempotency-Key before."""


class OtherLineRefused(IncidentsError):
    """All lines or none are stored, and another one was refused."""


class Closing(IncidentsError):
    """The program is stopping and takes nothing new. Nothing was stored."""


class NothingKept(IncidentsError):
    """There is nothing to be stored of a rejected report: its body was not kept, or empty."""


class Rejected(IncidentsError):
    """A server refused what it was asked as it is: asking again would change nothing."""


class StorageError(IncidentsError):
    """The base of what PostgreSQL can answer."""

    @property
    def shown(self) -> str:
        """What clients are told: the message can name hosts and roles, and is for the log."""
        return "PostgreSQL is not available just now: try again soon"


class Unavailable(StorageError):
    """PostgreSQL is away, or not fit for work. Trying again later may succeed."""


class DiskFull(Unavailable):
    """PostgreSQL has no room left on its disk. The message names no place: it is shown."""

    @property
    def shown(self) -> str:
        """The message."""
        return str(self)


class NotMigrated(Unavailable):
    """The database is at another revision than this program needs. The message is shown."""

    @property
    def shown(self) -> str:
        """The message."""
        return str(self)


class NeedsOperator(Unavailable):
    """PostgreSQL answers, and refuses until somebody changes something there.

    `shown` is what clients are told of it.
    """

    _SHOWN = "PostgreSQL refuses the server: its log says why"

    def __init__(self, message: str, shown: str | None = None) -> None:
        super().__init__(message)
        self._shown = shown or self._SHOWN

    @property
    def shown(self) -> str:
        """As it was given."""
        return self._shown


class NoPrivilege(NeedsOperator):
    """The server's role lacks a privilege."""

    _SHOWN = "PostgreSQL refuses the server a privilege that it needs: its log says which"


class ReadOnly(NeedsOperator):
    """The database takes no writes: it is a standby, or set so."""

    _SHOWN = "PostgreSQL is read-only: nothing can be stored until that changes"


class LoginRefused(NeedsOperator):
    """PostgreSQL lets the server's role, with what it gave as password, not in."""

    _SHOWN = "PostgreSQL refuses the server's login: its log says why"


class SessionsShared(NeedsOperator):
    """A pooler gives the sessions that this program opens to others as well."""


class Refused(StorageError):
    """PostgreSQL refused these very rows: sending them again would change nothing."""

    @property
    def shown(self) -> str:
        """The message."""
        return str(self)


class IdsTaken(StorageError):
    """Some ids of a batch belong to other incidents. `ids` are these."""

    def __init__(self, ids: set[int]) -> None:
        super().__init__(f"{len(ids)} reserved ids were given to other incidents")
        self.ids = ids


class NoPartition(StorageError):
    """Rows with such ids have no partition yet."""


class OutOfTime(StorageError):
    """A statement ran into its time limit and was cancelled in PostgreSQL."""


class Damaged(StorageError):
    """Something on the disk cannot be read; what stands beside it may be whole."""


class CannotStart(IncidentsError):
    """A command cannot do its work; the message is the one line that its user sees."""
