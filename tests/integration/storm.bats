#!/usr/bin/env bats
# Many commands at once: who wins is counted, and that all come to an end.

load lib

# A command in the background; its status and its words go to files by its number.
job() { # NUMBER COMMAND [ARG...]: of rcrun
    local number=$1
    shift
    {
        timeout -k 2 60 "$RCRUN" "$@" && echo 0 >"status.$number" || echo $? >"status.$number"
    } </dev/null >"out.$number" 2>"said.$number" 3>&- &
    jobs_running+=($!)
}

finish_jobs() {
    wait "${jobs_running[@]}" || true
    jobs_running=()
}

# All at once, in a directory of their own, which is emptied.
jobs_dir() {
    rm -rf "$B/jobs"
    mkdir "$B/jobs"
    cd "$B/jobs"
    jobs_running=()
}

count() { # STATUS
    grep -lx "$1" status.* | wc -l
}

# What is left of an id that nobody has: nothing.
no_state() {
    is "$(find "$XDG_RUNTIME_DIR/rcrun" -mindepth 1 -maxdepth 1 ! -name .filters)" ''
    no_processes 3
}

@test "of twenty creates of one id one wins, the others leave nothing" {
    bundle
    args sh -c 'echo up >>/marker; exec sleep 1000'
    for round in 1 2; do
        jobs_dir
        for n in $(seq 20); do job "$n" create --bundle "$B" "$ID"; done
        finish_jobs
        is "$(count 0) $(count 1)" '1 19'
        is "$(cat said.* | sort | uniq -c | sed 's/^ *//')" \
            "19 rcrun: container with given ID already exists: $ID"
        is "$(find "$XDG_RUNTIME_DIR/rcrun" -mindepth 1 -maxdepth 1 ! -name .filters)" "$XDG_RUNTIME_DIR/rcrun/$ID"
        is "$(timeout 10 "$RCRUN" state "$ID" | jq -r .status)" created
        is "$(processes | wc -l)" 1

        # So it is with starts.
        jobs_dir
        for n in $(seq 10); do job "$n" start "$ID"; done
        finish_jobs
        is "$(count 0) $(count 1)" '1 9'
        is "$(cat said.* | sort -u)" 'rcrun: cannot start an already running container'
        until_ok 5 test -s "$B/rootfs/marker"
        is "$(cat "$B/rootfs/marker")" up
        rm "$B/rootfs/marker"

        # All that delete by force get what they want.
        jobs_dir
        for n in $(seq 10); do job "$n" delete --force "$ID"; done
        finish_jobs
        is "$(count 0) $(cat said.*)" '10 '
        no_state
    done
}

@test "create and delete of one id race, and one of the two is the truth" {
    bundle
    args sleep 1000
    for round in 1 2 3; do
        jobs_dir
        for n in 1 2 3 4 5 6; do
            job "c$n" create --bundle "$B" "$ID"
            job "d$n" delete --force "$ID"
        done
        finish_jobs
        is "$(cat status.d* | sort -u) $(cat said.d*)" '0 '
        # Each loser says why, in one line, whatever step it had come to.
        for n in 1 2 3 4 5 6; do
            is "$(grep -c '^rcrun: ' "said.c$n") $(wc -l <"said.c$n")" "$(cat "status.c$n") $(cat "status.c$n")"
        done
        # An init without state would be nobody's.
        if timeout 10 "$RCRUN" state "$ID" >/dev/null 2>&1; then
            is "$(processes | wc -l)" 1
        else
            no_processes 3
        fi
        rcrun delete --force "$ID"
        ok
        no_state
    done
}

@test "runs of different ids do not meet" {
    bundle
    args sh -c 'echo "$0"' word
    jobs_dir
    for n in $(seq 12); do job "$n" run --bundle "$B" "$ID.$n"; done
    finish_jobs
    is "$(count 0)" 12
    is "$(cat out.* | sort | uniq -c | sed 's/^ *//')" '12 word'
    is "$(cat said.*)" ''
    no_state
}

# A third of them fails, for there is no such container then; nothing else may be said, half a state be
# seen, or hang.
@test "a storm of all commands on three ids ends, and leaves nothing" {
    bundle
    args sh -c 'sleep 1000; :' "$ID"
    jobs_dir
    storm() { # NUMBER SEED
        local commands=(create start exec kill state list delete run) i command id worker=$1
        RANDOM=$2
        for i in $(seq 12); do
            command=${commands[RANDOM % 8]} id=$ID.$((RANDOM % 3))
            case $command in
            create) set -- create --bundle "$B" "$id" ;;
            run) set -- run --detach --bundle "$B" "$id" ;;
            exec) set -- exec "$id" true ;;
            kill) set -- kill "$id" KILL ;;
            list) set -- list --format json ;;
            delete) set -- delete --force "$id" ;;
            *) set -- "$command" "$id" ;;
            esac
            result=0 SECONDS=0
            timeout -k 2 60 "$RCRUN" "$@" </dev/null >"out.$worker.$i" 2>"err.$worker.$i" 3>&- || result=$?
            # A container that is killed takes what exec started with it.
            [ $command:$result != exec:137 ] || [ $SECONDS -ge 60 ] || result=killed
            echo "$command $result $(tr '\n' ' ' <"err.$worker.$i")" >>"log.$worker"
            case $command:$result in
            list:0) jq -e 'map(.status | IN("creating", "created", "running", "stopped")) | all' \
                "out.$worker.$i" >/dev/null || echo "list printed no list" >>"log.$worker" ;;
            state:0) jq -e '.status | IN("creating", "created", "running", "stopped")' \
                "out.$worker.$i" >/dev/null || echo "state printed no state" >>"log.$worker" ;;
            esac
        done
    }
    for n in 1 2 3 4 5 6; do
        storm "$n" "$n" 3>&- &
        jobs_running+=($!)
    done
    finish_jobs
    is "$(cat log.* | wc -l)" 72
    # list and delete by force never fail.
    ! grep -hE '^(list|delete) ' log.* | grep -v ' 0 $' || fail 'list or delete'
    ! grep -hE ' (124|137|139|134) ' log.* || fail 'hung or crashed'
    for i in 0 1 2; do
        rcrun delete --force "$ID.$i"
        ok
    done
    no_state
}
