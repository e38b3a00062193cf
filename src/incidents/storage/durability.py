"""Whether a PostgreSQL keeps what it has committed."""

from incidents.storage.driver import connect_driver, driver_errors

# https://www.postgresql.org/docs/current/runtime-config-wal.html
_LOST_BY = {
    "fsync": "a crash of the machine can lose or spoil the whole database",
    "full_page_writes": "a crash of the machine can spoil pages of the database",
    "synchronous_commit": "what others commit can be lost in a crash; the intake sets it to on "
    "for itself",
}


async def lapses(url: str, wait_seconds: float) -> list[str]:
    """What is switched off there that keeps commits safe, and what that can cost.

    Empty when an answer to a report means what it should. Raises Unavailable.
    """
    with driver_errors():
        driver = await connect_driver(url, name="durability", wait_seconds=wait_seconds)
        try:
            settings = await driver.fetch(
                "SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])", list(_LOST_BY)
            )
        finally:
            await driver.close(timeout=wait_seconds)
    off = [row["name"] for row in settings if row["setting"] == "off"]
    return [f"{name} is off in this PostgreSQL: {_LOST_BY[name]}" for name in off]
