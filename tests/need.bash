# For scripts of tests: tools and libraries that they need. To be sourced.

# need COMMAND PACKAGE...: true when there is the command, installed from Debian's packages where it was missing. In CI a
# tool that cannot be had is a failure; elsewhere the caller says what it leaves out.
need() {
    local command=$1
    shift
    command -v "$command" >/dev/null && return
    local root=()
    [ "$(id -u)" = 0 ] || root=(sudo -n)
    if command -v apt-get >/dev/null; then
        "${root[@]}" apt-get install -y -qq "$@" >/dev/null 2>&1 ||
            { "${root[@]}" apt-get update -qq && "${root[@]}" apt-get install -y -qq "$@"; } >/dev/null 2>&1 || true
    fi
    command -v "$command" >/dev/null && return
    if [ "${CI:-}" = true ]; then
        echo "there is no $command, and $* could not be installed" >&2
        exit 1
    fi
    echo "left out, for want of $command: what follows" >&2
    return 1
}

# The number that a program printed before a word: counted "in 12 checks" checks -> 12; the sum over all lines.
counted() {
    awk -v word="$2" '{ for (i = 2; i <= NF; i++) { gsub(/,$/, "", $i); if ($i == word) sum += $(i - 1) } } END { print sum + 0 }' <<<"$1"
}
