#!/bin/sh
# Builds both images without a Docker engine or a registry, starts the program of the first and runs
# the tests of the second. Needs root, buildah, debootstrap, and the package servers of Debian and
# Python; pip uses PIP_CONF if it is set. Takes minutes. Leaves the images incidents-api and
# incidents-tests, and a base under the tag that the Dockerfile uses.
set -eu
cd "$(dirname "$0")/.."
python=$(sed -n 's/@.*//; s/^ARG PYTHON=//p' docker/Dockerfile)  # the base is no official one here
base=docker.io/library/$python
work=$(mktemp -d)
containers=
clean() {
    for each in $containers; do buildah rm "$each" >/dev/null; done
    rm -rf "$work"
}
trap clean EXIT

if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
    version=$(expr "$base" : '.*:\([0-9.]*\)')
    debootstrap --variant=minbase \
        --include="ca-certificates,netbase,tzdata,python$version,python$version-venv" \
        trixie "$work/root" >"$work/debootstrap.log" 2>&1 || { tail "$work/debootstrap.log"; exit 1; }
    # Where the official image has it.
    ln -s "/usr/bin/python$version" "$work/root/usr/local/bin/python"
    made=$(buildah from scratch)
    containers=$made
    buildah copy --quiet "$made" "$work/root" /
    buildah config --env PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --env LANG=C.UTF-8 "$made"
    buildah commit --quiet "$made" "$base"
fi

set -- --volume /etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro
if [ -n "${PIP_CONF-}" ]; then set -- "$@" --volume "$PIP_CONF:/etc/pip.conf:ro"; fi
for target in api tests; do
    buildah build --isolation chroot --format docker --layers --pull=never "$@" \
        --build-arg "PYTHON=$python" \
        --file docker/Dockerfile --target "$target" --tag "incidents-$target" .
done

api=$(buildah from --pull-never incidents-api)
containers="$containers $api"
in_api() { buildah run --isolation chroot "$api" -- "$@"; }
in_api sh -c 'test "$(id -u)" = 10001 && ! command -v cc make'
# Its own PostgreSQL, a free port, and SIGTERM as a container's engine sends it.
in_api sh -euc '
    INCIDENTS_PORT=18000 INCIDENTS_PUBLISHED_ADDRESS=127.0.0.1 incidents serve & server=$!
    until INCIDENTS_PORT=18000 health.py 2>/dev/null; do kill -0 $server; sleep 1; done
    incidents send --url http://127.0.0.1:18000 checked=true
    incidents find --url http://127.0.0.1:18000 checked=true | grep -q checked
    kill -TERM $server
    wait $server'
echo "the image of the API works"

tests=$(buildah from --pull-never incidents-tests)
containers="$containers $tests"
buildah run --isolation chroot "$tests" -- docker/scripts/tests.sh --quiet
