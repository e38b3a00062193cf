#!/usr/bin/env bash
# Installs the programs that the tests run beside Python, on Debian or Ubuntu, as root.
# A test whose program is missing is skipped with a message. No service is started.
set -euo pipefail

packages=(
  chromium-headless-shell chromium fonts-dejavu-core  # the page: the first where there is one, as it is quicker
  prometheus prometheus-alertmanager  # alerts, and the recipe for Alertmanager
  nginx caddy  # the recipes for proxies
  curl jq systemd rsyslog zabbix-server-pgsql  # the other recipes
  pgbouncer  # what is said to a pooler
  postgresql  # data of an older major version
  faketime  # faults: clocks that are wrong
  fuse3 libfuse3-dev gcc pkg-config  # power cuts: a file system that loses what was not synced
)
# Senders in Node; `make test` installs their packages, by tests/node/package-lock.json. A Node.js that is
# not Debian's brings an npm of its own, beside which Debian's cannot be installed.
command -v npm >/dev/null || packages+=(nodejs npm)

installed() { dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

apt-get update -qq
wanted=()
for package in "${missing[@]}"; do
  if [ -n "$(apt-cache show --no-all-versions "$package" 2>/dev/null)" ]; then
    wanted+=("$package")
  else
    echo "$package is in no package list here: what needs it is skipped" >&2
  fi
done
[ ${#wanted[@]} -eq 0 ] && exit 0

# https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

install() { DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$@" >/dev/null; }

# All at once is quick; one by one, what cannot be installed here keeps nothing else away.
install "${wanted[@]}" && exit 0
for package in "${wanted[@]}"; do
  install "$package" || echo "$package cannot be installed here: what needs it is skipped" >&2
done
