# shellcheck shell=bash
# Two files of tests run at a time, in one mount namespace.

# The list of mounts, without the file systems that tests of other files have of their own.
own_mounts() {
    awk -v own="$BATS_RUN_TMPDIR/" '$5 !~ "/bats-run-" || index($5, own) == 1' /proc/self/mountinfo
}
