# Source this in a bash script: when the script fails, it reports where.
#
#   set -eu -o pipefail
#   . /usr/local/lib/incidents-trap.sh
#
# A script with its own EXIT trap calls incidents_report_failure $? there, as its first command.
# incidents-send must be in PATH.

incidents_failed_code=0

incidents_report_failure() {
    local code=$1
    if [ "$code" -eq 0 ]; then
        return
    fi
    set -- script="$0" exit_code:="$code" seconds:="$SECONDS" host="$(uname -n)" user="$(id -un)"
    # Only if that command ended the script, not an `exit` after it.
    if [ "$incidents_failed_code" -eq "$code" ]; then
        set -- "$@" command="$incidents_failed_command" line:="$incidents_failed_line"
    fi
    incidents-send "$@" >/dev/null || echo "$0: failed, and the report could not be sent" >&2
}

set -E # functions and subshells, too
trap 'incidents_failed_code=$? incidents_failed_line=$LINENO incidents_failed_command=$BASH_COMMAND' ERR
trap 'incidents_report_failure $?' EXIT
