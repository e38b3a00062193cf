# Exports the settings in envs/local.incidents.env into this shell. To be sourced:
#   . ./scripts/export_env.sh
if [ -f envs/local.incidents.env ]; then
    set -a
    . ./envs/local.incidents.env
    set +a
else
    echo "envs/local.incidents.env is missing: copy envs/local.incidents.env.example there" >&2
fi
