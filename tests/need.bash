# For scripts of tests: tools and libraries that they need. To be sourced.

# A command that fails in silence is named, so that no script ends without a word.
set -E
trap 'echo "failed: ${BASH_SOURCE[0]:-$0}, line $LINENO: $BASH_COMMAND" >&2' ERR

# tried COMMAND...: a command that needs the network, which may be away for a moment: three times at most.
tried() {
    local pause
    for pause in 5 20; do
        if "$@"; then return; fi
        echo "once more in $pause s: $*" >&2
        sleep "$pause"
    done
    "$@"
}

# need COMMAND PACKAGE...: true when there is the command, installed from Debian's packages where it was missing. In CI a
# tool that cannot be had is a failure; elsewhere the caller says what it leaves out.
need() { need_there 'command -v' "$@"; }
# The same for a file, and for a module of Python.
need_file() { need_there 'test -e' "$@"; }
need_module() { need_there 'python3 -m pydoc' "$@"; }

# apt-get, one at a time: two scripts may want to install something at the same moment, and the second would fail.
apt_get() {
    local root=()
    [ "$(id -u)" = 0 ] || root=(sudo -n)
    DEBIAN_FRONTEND=noninteractive flock "${TMPDIR:-/tmp}/tutee-apt.lock" "${root[@]}" apt-get "$@"
}

# need_there TEST WHAT PACKAGE...: TEST is a command that succeeds when WHAT, its last argument, is there.
need_there() {
    local there=$1 what=$2
    shift 2
    $there "$what" >/dev/null 2>&1 && return
    if command -v apt-get >/dev/null; then
        apt_get install -y -qq "$@" >/dev/null 2>&1 ||
            { apt_get update -qq && apt_get install -y -qq "$@"; } >/dev/null 2>&1 || true
    fi
    $there "$what" >/dev/null 2>&1 && return
    if [ "${CI:-}" = true ]; then
        echo "there is no $what, and $* could not be installed" >&2
        exit 1
    fi
    echo "left out, for want of $what: what follows" >&2
    return 1
}

# The number that a program printed before a word: counted "in 12 checks" checks -> 12; the sum over all lines.
counted() {
    awk -v word="$2" '{ for (i = 2; i <= NF; i++) { gsub(/,$/, "", $i); if ($i == word) sum += $(i - 1) } } END { print sum + 0 }' <<<"$1"
}
