#!/usr/bin/env bats
# The budgets of the starts that need the map helpers: only root can trace those, as the test user.

@test "a start keeps to its budget of system calls, processes and programs" {
    # As installed: root's own, so that it need not seal itself.
    place=$(mktemp -d)
    chmod 755 "$place"
    install "$RCRUN" "$place/rcrun"
    RCRUN=$place/rcrun run "$BATS_TEST_DIRNAME/../budget/budget.sh"
    rm -r "$place"
    printf '%s\n' "$output" >&2
    [ "$status" -eq 0 ]
    [[ $output == *'ok 1 - full: '* ]]
}
