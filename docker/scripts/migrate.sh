#!/bin/sh
# Brings the database to what this version needs; the server does so too when it starts.
#   docker compose run --rm --entrypoint migrate.sh api
exec incidents migrate "$@"
