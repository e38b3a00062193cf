"""Ids that are settled, as SQL: what whoever stores under them has to say to PostgreSQL.

Of a block of ids that is settled the times of its incidents are kept (see search/settling.py), and
finds go by them. So nothing is stored there without a word.
"""

# The condition of a row that is stored under an id that was reserved: who comes too late stores
# nothing. Settling waits for those who began before.
NOT_SETTLED = "id >= (SELECT below FROM incidents_settled)"

# Until the end of the transaction of whoever holds it, no block is settled.
HOLD_SETTLED = "SELECT FROM incidents_settled FOR SHARE"
# In the same transaction: the blocks of what is stored are not known any more, from then on.
FORGET_BLOCKS = """
    DELETE FROM incidents_blocks AS block USING (
        SELECT id, (SELECT max(low) FROM incidents_blocks WHERE low <= id) AS low
        FROM unnest($1::bigint[]) AS id
    ) AS stored
    WHERE block.low = stored.low AND stored.id < block.high
"""
FORGET_BLOCKS_BETWEEN = "DELETE FROM incidents_blocks WHERE low >= $1 AND low < $2"
