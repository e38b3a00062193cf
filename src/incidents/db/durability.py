"""Whether a PostgreSQL keeps what it has committed."""

from incidents.db.driver import connect_driver, driver_errors

# https://www.postgresql.org/docs/current/runtime-config-wal.html
_LOST_BY = {
    "fsync": "a crash of the machine can lose or spoil the whole database",
    "full_page_writes": "a crash of the machine can spoil pages of the database",
    "synchronous_commit": "what others commit can be lost in a crash; the intake sets it to on "
    "for itself",
}


async def lapses(url: str, wait_seconds: float) -> list[str]:
    """Settings of PostgreSQL that make commits unsafe, each with its consequence.

    Empty if an acknowledged report is durable. Raises Unavailable.
    """
    with driver_errors():
        driver = await connect_driver(url, name="durability", wait_seconds=wait_seconds)
        try:
            settings = await driver.fetch(
                "SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])", list(_LOST_BY)
            )
            elsewhere = await driver.backend.switched_off(driver, list(_LOST_BY))
        finally:
            await driver.close(timeout=wait_seconds)
    off = [("this PostgreSQL", row["name"]) for row in settings if row["setting"] == "off"]
    off += [(f"that of {machine}", name) for machine, name in elsewhere]
    return [f"{name} is off in {where}: {_LOST_BY[name]}" for where, name in off]
