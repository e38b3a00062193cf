#!/bin/sh
# Writes requirements/*.txt from poetry.lock. Needs Poetry with its export plugin.
set -eu
cd "$(dirname "$0")/.."
export_group() {
    poetry export --without-urls --format requirements.txt --output "requirements/$1" --only "$2"
}
export_group requirements.txt main
export_group requirements.build.txt build
export_group requirements.test.txt main,test
