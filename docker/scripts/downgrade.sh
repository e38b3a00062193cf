#!/bin/sh
# Brings the database one revision back, or to the revision that is named. What an older revision
# does not have is lost, so it says what that is and does nothing, until --lose-data is given too.
#   docker compose run --rm --entrypoint downgrade.sh api [REVISION] [--lose-data]
case "${1:--}" in
    -*) to=-1 ;;
    *) to=$1 && shift ;;
esac
exec incidents migrate "--to=$to" "$@"
