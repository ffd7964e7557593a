# shellcheck shell=bash
# What the files about options that edit a config share.

need_tun() {
    (: <>/dev/net/tun) 2>/dev/null || skip 'needs /dev/net/tun for everyone'
}

# A root directory beside no config, as somebody has it who reads the tutorial.
root() {
    mkdir "$BATS_TEST_TMPDIR/w"
    cp -a "$BATS_FILE_TMPDIR/base" "$BATS_TEST_TMPDIR/w/rootfs"
    B=$BATS_TEST_TMPDIR/w
    cd "$B" || return
    # So that what is left behind is found.
    OPTIONS=(--rootfs rootfs --net=none -e "RCRUN_TEST=$ID")
}

into() { # OPTION... -- COMMAND...: runs in the root directory
    rcrun run "${OPTIONS[@]}" "$ID" "$@"
}
