#!/bin/sh
# Migrates the database; the server does it at its start, too.
#   docker compose run --rm --entrypoint migrate.sh api
exec incidents migrate "$@"
