# shellcheck shell=bash
# until_ok SECONDS COMMAND...: polls; for scripts that are not of bats.
until_ok() {
    local tries=$(($1 * 50))
    shift
    until "$@"; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.02
    done
}
