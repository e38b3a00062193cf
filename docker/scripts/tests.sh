#!/bin/sh
# Runs the tests on the PostgreSQL that the API uses, in databases of their own; arguments go to pytest.
#   docker compose run --rm tests [ARGUMENTS]
export INCIDENTS_TEST_DATABASE_URL="${INCIDENTS_TEST_DATABASE_URL-${INCIDENTS_DATABASE_URL-}}"
exec python -m pytest -p no:cacheprovider "$@"
