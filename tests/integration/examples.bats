#!/usr/bin/env bats
# The examples do what they say.

load lib
load unpack
load example

@test 'a root directory by hand' {
    need_ids
    example by-hand
}

@test 'a place to work' {
    need_ids
    example workshop
}

# What is fetched is made here.
@test 'an image of a registry' {
    need_helper
    need_ids
    mkdir -p image/bin image/etc image/srv
    cp "$(command -v busybox)" image/bin/busybox
    ln -s busybox image/bin/sh
    tar -C image "${AS_ROOT[@]}" -czf layer.tar.gz .
    layout made '{"config": {"Cmd": ["/bin/sh", "-c", "echo hello from the image"], "Env": ["PATH=/bin", "GREETING=hello"],
        "WorkingDir": "/srv"}}' layer.tar.gz
    jq '.manifests[0].annotations[] = "box"' made/index.json >index.json
    mv index.json made/
    skopeo() { cp -a "$MADE" layout; }
    export -f skopeo
    MADE=$PWD/made example image
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
