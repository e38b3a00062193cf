#!/bin/sh
# Copies Swagger UI into the program, at the version that tests/node/package.json names. Needs npm:
# after a new version in that file run `npm install --package-lock-only` in tests/node, then this.
set -eu
cd "$(dirname "$0")/.."
make tests/node/node_modules/installed
for name in LICENSE NOTICE swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css; do
    cp "tests/node/node_modules/swagger-ui-dist/$name" src/incidents/page/swagger-ui/
done
