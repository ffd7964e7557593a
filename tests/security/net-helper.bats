#!/usr/bin/env bats
load ../integration/lib
load ../integration/net
setup() { integration_setup; world; bundle_talk; }
teardown() { [ -z "${WORLD-}" ] || rcrun delete --force "$ID"; net_end; finish_test; }
@test "look" {
    OPTIONS=(-p 8080:80 --detach)
    args talk serve tcp 0.0.0.0 80 say:inside
    lives run "${OPTIONS[@]}" "$ID"
    ok
    rcrun state "$ID"
    detail=$(jq -r '.annotations["org.rcrun.network.detail"]' <<<"$output")
    echo "$detail" >&3
    for who in pid worker mint; do
        p=$(jq -r ".$who" <<<"$detail")
        {
        echo "== $who $p"
        at_host cat /proc/$p/environ | xxd | head -3
        at_host ls -l /proc/$p/fd
        cat /proc/$p/status
        cat /proc/$p/limits
        cat /proc/$p/oom_score_adj
        at_host ls -l /proc/$p/ns
        at_host ls -la /proc/$p/root/ 
        at_host ls -la /proc/$p/cwd 
        at_host cat /proc/$p/cmdline | tr '\0' ' '
        cat /proc/$p/cgroup
        cat /proc/$p/stat
        } >&3 2>&3
    done
}
