#!/usr/bin/env bats
# The examples do what they say.

load lib

TOP=$BATS_TEST_DIRNAME/../..

example() { # NAME
    mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/here"
    ln -s "$RCRUN" "$BATS_TEST_TMPDIR/bin/rcrun"
    cd "$BATS_TEST_TMPDIR/here" || return
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$TOP/tests/tools/transcript" "$TOP/examples/$1.md"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test 'a root directory by hand' {
    mapped true || skip 'no subordinate ids'
    example by-hand
}

@test 'a place to work' {
    mapped true || skip 'no subordinate ids'
    example workshop
}

# The one that runs the examples can say no.
@test 'an example that does something else is found' {
    cd "$BATS_TEST_TMPDIR"
    printf '    $ echo %s\n    %s\n' one one two three >other.md
    run ! "$TOP/tests/tools/transcript" other.md
    [[ $output == *$'wanted:\nthree\ngot:\ntwo'* ]]
    printf '    $ false\n' >false.md
    run ! "$TOP/tests/tools/transcript" false.md
    printf 'nothing\n' >none.md
    run ! "$TOP/tests/tools/transcript" none.md
}
