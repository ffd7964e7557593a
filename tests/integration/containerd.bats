#!/usr/bin/env bats
# Containerd without root: in a user and a mount namespace, as rootlesskit would give it.

load lib
load containerd

ENTER=(--user --mount --preserve-credentials)

teardown() {
    local left
    end_containerd
    left=$(left_behind)
    remove_all
    [ -z "$left" ] || fail "$left"
}

containerd_here() {
    need_ids
    need_mapped
    start_containerd unshare --user --map-root-user --map-auto --mount
}

@test "containerd without root runs containers" {
    containerd_here
    containers_run
}

@test "containerd without root executes, kills and deletes" {
    containerd_here
    containers_live
}
