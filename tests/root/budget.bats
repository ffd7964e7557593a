#!/usr/bin/env bats
# The budgets of the starts that need the map helpers: only root can trace those, as the test user.

@test "a start keeps to its budget of system calls, processes and programs" {
    run "$BATS_TEST_DIRNAME/../budget/budget.sh"
    printf '%s\n' "$output" >&2
    [ "$status" -eq 0 ]
    [[ $output == *'ok 1 - full: '* ]]
}
