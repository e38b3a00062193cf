"""Groups that there are: which group a new incident joins, where its own one may not be new.

The table `incidents_groups` lags some seconds behind what is stored (see groups/learning.py). It
answers only what is asked of a new group, so nothing else depends on it.
"""

from collections.abc import Iterable

import asyncpg

# The group of a row of a batch, as SQL over its key, old_key and service_key (see
# core/grouping/keys.py). What an old version of the algorithm puts into a group that is there stays
# there; and where too many groups are new, more of them fall into the group of their service.
GROUP_KEY = """
    CASE
        WHEN old_key IS NOT NULL AND EXISTS (
            SELECT FROM incidents_groups AS known WHERE known.key = old_key
        ) THEN old_key
        WHEN (SELECT groups_full FROM incidents_settled) AND NOT EXISTS (
            SELECT FROM incidents_groups AS known WHERE known.key = batch.key
        ) THEN service_key
        ELSE batch.key
    END
"""

_LEARN_OLD = """
    INSERT INTO incidents_groups (key, first_at)
    SELECT DISTINCT key, '-infinity'::timestamptz FROM unnest($1::bigint[]) AS key
    WHERE key IS NOT NULL
    ON CONFLICT DO NOTHING
"""


async def learn_old_groups(driver: asyncpg.Connection, keys: Iterable[int | None]) -> None:
    """These groups are there from the end of the transaction on; none of them counts as new."""
    await driver.execute(_LEARN_OLD, list(keys))
