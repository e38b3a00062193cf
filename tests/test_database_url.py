"""A database URL works as libpq would take it, or is refused with no piece of it in the error."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incidents.core.errors import CannotStart, IncidentsError
from incidents.db.database_url import parse
from incidents.db.driver import connect_driver, driver_errors

_NAME = "current_setting('application_name')"


async def asked(url: str, query: str) -> object:
    with driver_errors():
        connection = await connect_driver(url, name="test", wait_seconds=10)
        try:
            return await connection.fetchval(f"SELECT {query}")
        finally:
            await connection.close()


@pytest.mark.parametrize(
    ("parameter", "query", "value"),
    [
        ("application_name=billing", _NAME, "billing test"),
        ("connect_timeout=5", _NAME, "incidents test"),
        ("connect_timeout=0", _NAME, "incidents test"),
        ("target_session_attrs=read-write", "pg_is_in_recovery()", False),
        ("target_session_attrs=any", "pg_is_in_recovery()", False),
        ("options=-c%20work_mem%3D5MB", "current_setting('work_mem')", "5MB"),
        ("sslmode=disable", "1", 1),
        ("sslmode=prefer", "1", 1),
        ("channel_binding=prefer", "1", 1),
        ("channel_binding=disable", "1", 1),
        ("gssencmode=disable", "1", 1),
        ("client_encoding=UTF8", "1", 1),
        ("fallback_application_name=x", _NAME, "incidents test"),
        ("search_path=pg_catalog", "current_setting('search_path')", "pg_catalog"),
    ],
)
async def test_a_parameter_of_libpq_works(
    shared_database: str, parameter: str, query: str, value: object
) -> None:
    joined = "&" if "?" in shared_database else "?"

    assert await asked(f"{shared_database}{joined}{parameter}", query) == value


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("channel_binding=require", "channel_binding can only be prefer or disable"),
        ("gssencmode=require", "gssencmode can only be"),
        ("client_encoding=LATIN1", "client_encoding can only be"),
        ("keepalives_idle=30", "keepalives_idle is not supported"),
        ("require_auth=none", "require_auth is not supported"),
        ("hostaddr=127.0.0.1", "hostaddr is not supported"),
        ("connect_timeout=soon", "connect_timeout must be a whole number of seconds"),
        ("sslmode=sometimes", "sslmode"),
        ("target_session_attrs=best", "target_session_attrs"),
        ("sslmod=require", "sslmod"),
    ],
)
async def test_a_parameter_that_does_not_work_is_named(
    shared_database: str, parameter: str, said: str
) -> None:
    joined = "&" if "?" in shared_database else "?"

    with pytest.raises(CannotStart, match=said):
        await asked(f"{shared_database}{joined}{parameter}", "1")


async def test_only_a_standby_is_asked_for_and_there_is_none(shared_database: str) -> None:
    joined = "&" if "?" in shared_database else "?"

    with pytest.raises(IncidentsError, match="target attribute requirement"):
        await asked(f"{shared_database}{joined}target_session_attrs=standby", "1")


_SPECIAL = st.text("pqzw@/#?:%&=[]+ ,", min_size=8, max_size=24)


@given(_SPECIAL)
@example("p@ss/word#1")
@example("hunter/zwei")
@example("zwei#hunter")
@example("zwei?hunter=1")
@example("zwei[hunter]")
@example("zwei:hunter,[")
@example("zw℀ei@hunter")
async def test_a_password_that_is_not_encoded_gives_no_piece_of_itself_away(password: str) -> None:
    """What is said is what is said of any other password."""
    assert await said_of(password) in (await said_of("12345678"), await said_of("1@345678"))


async def said_of(password: str) -> list[str]:
    """The error and those behind it."""
    with pytest.raises(IncidentsError) as raised:
        await asked(f"postgresql://u:{password}@127.0.0.1:1/x", "1")
    said: list[str] = []
    error: BaseException | None = raised.value
    while error is not None:
        said.append(str(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return said


def test_what_is_encoded_is_taken() -> None:
    url = "postgresql://u:p%40ss%2Fword%231@localhost:5432,[::1]:5433/x?sslmode=require"

    assert parse(url) == (url, None, None)


@pytest.mark.parametrize("url", ["mysql://localhost/x", "localhost:5432", "", "postgresql:/x"])
def test_another_kind_of_url_is_refused(url: str) -> None:
    with pytest.raises(CannotStart, match="must begin with postgresql://"):
        parse(url)
