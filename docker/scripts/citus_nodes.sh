#!/bin/sh
# Registers the named PostgreSQL servers as workers of the coordinator. Known ones stay.
set -eu
export PGHOST=coordinator PGUSER="$POSTGRES_USER" PGPASSWORD="$POSTGRES_PASSWORD" PGDATABASE="$POSTGRES_DB"
ask() {
    psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --set="name=${2-}"<<SQL
$1
SQL
}
ask "SELECT citus_set_coordinator_host('coordinator')" >/dev/null
for worker in "$@"; do
    ask "SELECT citus_add_node(:'name', 5432)" "$worker" >/dev/null
done
ask "SELECT nodename || CASE WHEN shouldhaveshards THEN ' keeps incidents' ELSE ' coordinates' END
     FROM pg_dist_node ORDER BY nodeid"
