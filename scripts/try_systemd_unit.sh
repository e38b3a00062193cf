#!/bin/bash
# Tries ops/systemd/incidents.service under a real systemd, and prints what it found.
#
# The systemd runs in a container over a copy on write of this machine's files, with a network of its
# own: nothing here is changed. Needs root, python3 with venv, curl, and systemd-container.
set -eu
cd "$(dirname "$0")/.."

if [ "${1-}" != --inside ]; then
    exec unshare --mount --propagation private "$0" --inside
fi

place=$(mktemp -d)
mount -t tmpfs none "$place"
mkdir "$place"/{lower,upper,work,root}
mount --bind / "$place/lower"
mount -t overlay overlay \
    -o "lowerdir=$place/lower,upperdir=$place/upper,workdir=$place/work" "$place/root"
root=$place/root

# As docs/how-to/recipes/systemd.md says; the services of this machine stay out.
rm -rf "$root"/etc/systemd/system/*.wants "$root/opt/incidents" "$root/var/lib/incidents"
chroot "$root" sh -eu -c "
    cd '$PWD'
    id incidents >/dev/null 2>&1 ||
        useradd --system --home-dir /var/lib/incidents --shell /usr/sbin/nologin incidents
    /usr/bin/python3 -m venv /opt/incidents
    pip='/opt/incidents/bin/pip --quiet --disable-pip-version-check install'
    \$pip --require-hashes -r requirements/requirements.txt -r requirements/requirements.build.txt
    mkdir /tmp/incidents-source
    cp -r pyproject.toml README.md LICENSE src /tmp/incidents-source
    \$pip --no-deps --no-build-isolation /tmp/incidents-source
"
cp ops/systemd/incidents.service "$root/etc/systemd/system/"
mkdir "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../incidents.service ../try.service "$root/etc/systemd/system/multi-user.target.wants/"
: >"$root/etc/machine-id"

cat >"$root/etc/systemd/system/try.service" <<'END'
[Unit]
After=incidents.service
[Service]
ExecStart=/bin/bash /try.sh
ExecStopPost=/bin/systemctl poweroff
StandardOutput=file:/try.log
StandardError=file:/try.log
END

cat >"$root/try.sh" <<'END'
url=http://127.0.0.1:8000
ready() { for _ in $(seq 300); do sleep 0.2; curl -sf $url/readyz >/dev/null && return; done; exit 1; }
kept() { curl -sf $url/find -H "$json" -H 'Accept: application/x-ndjson' -d '{}' | wc -l; }
json='Content-Type: application/json'
report() {
    for n in $(seq 300); do
        curl -s -o /dev/null -w '%{http_code}\n' $url/problems -H "$json" -d "{\"n\": $n}"
    done | grep -c 201 >/acknowledged
    echo "acknowledged while $1: $(cat /acknowledged)"
}
main() { systemctl show incidents -p MainPID --value; }
systemctl --version | head -n 1
ready
grep -E '^(Uid|CapBnd|NoNewPrivs|Seccomp):' "/proc/$(main)/status"
before=$(kept); report "it is stopped" & sleep 0.5
systemctl stop incidents; wait
systemctl show incidents -p Result -p ExecMainStatus
echo "processes left: $(pgrep -c -u incidents)"
systemctl start incidents; ready
echo "kept: $(($(kept) - before))"
before=$(kept); report "its first process is killed" & sleep 0.5
kill -9 "$(main)"; wait
ready
echo "kept: $(($(kept) - before))"
before=$(kept); report "PostgreSQL is killed" & sleep 0.5
kill -9 "$(pgrep -o -u incidents postgres)"; wait
ready
echo "kept: $(($(kept) - before))"
systemd-analyze security incidents --no-pager | tail -n 1
END

timeout --kill-after=5 600 systemd-nspawn --quiet --register=no --keep-unit --private-network \
    --machine=incidents-try --directory="$root" --boot --console=pipe </dev/null >/dev/null 2>&1 || :
cat "$root/try.log"
