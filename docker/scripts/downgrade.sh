#!/bin/sh
# Takes the database one revision back, or to the named revision. It says what would be lost and
# changes nothing, unless --lose-data is given.
#   docker compose run --rm --entrypoint downgrade.sh api [REVISION] [--lose-data]
case "${1:--}" in
    -*) to=-1 ;;
    *) to=$1 && shift ;;
esac
exec incidents migrate "--to=$to" "$@"
