#!/bin/sh
# Pins every image that docker/Dockerfile and compose.yaml name to the digest that its tag has today.
# Needs Docker with buildx, and a way to the registries. `git diff` shows what it changed; build and
# try what it pinned before it is committed.
set -eu
cd "${1:-$(dirname "$0")/..}"
files="docker/Dockerfile compose.yaml"
# shellcheck disable=SC2086 - two words
for image in $(sed -n 's/@.*//; s/^ARG PYTHON=//p; s/^ *image: *//p' $files | sort -u); do
    digest=$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$image")
    if ! expr "$digest" : 'sha256:[0-9a-f]\{64\}$' >/dev/null; then
        echo "no digest came back for $image, but: $digest" >&2
        exit 1
    fi
    for file in $files; do
        sed -E "s|^(ARG PYTHON=\| *image: *)$image(@.*)?\$|\1$image@$digest|" "$file" >"$file.new"
        cat "$file.new" >"$file"
        rm "$file.new"
    done
    echo "$image@$digest"
done
