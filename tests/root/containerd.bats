#!/usr/bin/env bats
# Containerd as a service has it: with root.

load lib
load ../integration/containerd

ENTER=(--mount)

teardown() {
    local left
    end_containerd
    left=$(left_behind)
    remove_all
    [ -z "$left" ] || fail "$left"
}

@test "containerd runs containers" {
    start_containerd unshare --mount --propagation private
    containers_run
}

@test "containerd executes, kills and deletes" {
    start_containerd unshare --mount --propagation private
    containers_live
}
