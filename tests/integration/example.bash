# shellcheck shell=bash
# shellcheck disable=SC2154 # bats sets status and output
# Runs an example in a directory of its own: see tests/tools/transcript.

TOP=$BATS_TEST_DIRNAME/../..

example() { # NAME
    mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/here"
    ln -s "$RCRUN" "$BATS_TEST_TMPDIR/bin/rcrun"
    cd "$BATS_TEST_TMPDIR/here" || return
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$TOP/tests/tools/transcript" "$TOP/examples/$1.md"
    echo "$output"
    [ "$status" -eq 0 ]
}
