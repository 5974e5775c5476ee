# For the scripts of this folder. To be sourced.

# quietly COMMAND...: what it says is shown when it fails.
quietly() {
    "$@" >"$out/log" 2>&1 </dev/null || { cat "$out/log" >&2 && return 1; }
}

# equal WHAT FOUND EXPECTED
equal() { [ "$2" = "$3" ] || { echo "$1: found '$2', expected '$3'" >&2 && return 1; }; }

# says PROGRAM...: it prints versions and the digest that all others print.
digest=
says() {
    local line
    line=$("$@" | tr -d '\r')
    equal "versions that $* prints" "${line% *}" "$expected"
    digest=${digest:-${line##* }}
    equal "digest that $* prints" "${line##* }" "$digest"
    programs=$((${programs:-0} + 1))
}

# How many shared libraries of tutee a program loads.
uses() { readelf -d "$1" | grep -c "NEEDED.*libtutee" || true; }

# Version and number of the interface, as the header has them.
version=$(sed -nE 's/^#define TUTEE_VERSION "(.*)"/\1/p' include/tutee.h)
abi=$(sed -nE 's/^#define TUTEE_ABI_VERSION ([0-9]+)/\1/p' include/tutee.h)
expected="$version $abi"
