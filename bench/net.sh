#!/bin/bash
# net.sh [out|publish|idle|ready|all] [-n ROUNDS] [-t MS]
#
# Measures networks of containers: rcrun-net beside slirp4netns, pasta and rootlesskit.  Two network
# namespaces joined by a veth pair stand for the host and a machine of its LAN, so nothing of the
# real network is touched.  Root measures as an ordinary user; an ordinary user does all of it in a
# user namespace, where rootlesskit does not run.
#
#   out        from a container to the LAN
#   publish    from the host's loopback, and for UDP from the LAN, to a published port
#   idle       beside 1000 idle connections
#   ready      until the network works, and memory at rest
#
#   -n ROUNDS  (7)
#   -t MS      how long each load lasts (700)
#
# What is not installed or does not start is left out.  RCRUN_NET=FILE measures another program,
# BENCH_DIR and BENCH_USER are as in lib.bash.
set -u
. "$(dirname "$0")/lib.bash"

host=192.0.2.2 lan=192.0.2.9 lan_port=7001 inside_port=7002 flows=1000

# ---- the rig --------------------------------------------------------------------------------

# Prefixes of commands, not functions: what is started in the background has the pid of the command.
#   power    power over the network of the host
#   as_host  the user that has containers
#   as_lan   on the LAN

started=()

# Who closes first keeps the connection for a minute, and with it a port: after 28,000 connections from one
# address to one port there is no other, and to look for one takes the kernel milliseconds.  That would
# measure how many connections came before; so each network keeps only a few.
forget='echo 64 >/proc/sys/net/ipv4/tcp_max_tw_buckets'

keep() { # COMMAND...: starts it with a process that only keeps namespaces; $kept is its pid
    "$@" sleep 1d </dev/null >/dev/null 2>&1 &
    kept=$!
    started+=("$kept")
}

wait_for() { # COMMAND...
    local i
    for ((i = 0; i < 200; i++)); do
        "$@" >/dev/null 2>&1 && return
        sleep .05
    done
    return 1
}

# Has the process a network of its own by now, and its ids?  On its way there it is first in ours, then
# in that which it starts from.
apart() { # PID FROM-PID
    local own other here
    here=$(readlink /proc/self/ns/net) && own=$("${power[@]}" readlink "/proc/$1/ns/net") &&
        other=$("${power[@]}" readlink "/proc/$2/ns/net") && [ "$own" != "$here" ] &&
        [ "$own" != "$other" ] && grep -q . "/proc/$1/uid_map"
}

rig() {
    local new=(unshare -n) user_too=()
    is_root || new=(unshare -Urn) user_too=(-U --preserve-credentials)
    power=()
    keep "${new[@]}"
    host_pid=$kept
    wait_for apart "$host_pid" $$ || die 'no network namespace for the host'
    power=(nsenter -t "$host_pid" -n "${user_too[@]}")
    as_host=("${power[@]}")
    ! is_root || as_host+=(setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups --reset-env
        env "XDG_RUNTIME_DIR=$state" "PATH=$PATH")
    keep "${power[@]}" unshare -n
    wait_for apart "$kept" "$host_pid" || die 'no network namespace for the LAN'
    as_lan=("${power[@]}" nsenter -t "$kept" -n)
    "${power[@]}" sh -ec "$forget; ip link set lo up
        ip link add eth0 type veth peer name eth0 netns $kept
        ip link set eth0 up
        ip address add $host/24 dev eth0
        ip route add default via $lan" || die 'no link between host and LAN'
    "${as_lan[@]}" sh -ec "$forget; ip link set lo up
        ip link set eth0 up
        ip address add $lan/24 dev eth0" || die 'no LAN'
    serve "$lan_port" "${as_lan[@]}"
}

serve() { # PORT PREFIX...
    local port=$1
    shift
    "$@" "$load" server "$port" </dev/null >/dev/null 2>&1 &
    started+=($!)
    wait_for "$@" "$load" client echo 127.0.0.1 "$port" 1
}

finish() {
    local i
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do kill "${started[i]}" 2>/dev/null; done
    rm -rf "$state"
}

# ---- contenders -----------------------------------------------------------------------------

declare -A net=() port=() by=() # pid in the container's network; published port; pid of what works for it

into() { # CONTENDER: sets prefix
    prefix=(nsenter -t "${net[$1]}" -n)
    is_root || prefix+=(-U --preserve-credentials)
}

new_container() { # sets kept
    keep "${as_host[@]}" unshare -Urn
    wait_for apart "$kept" "$host_pid" &&
        nsenter -t "$kept" -U -n --preserve-credentials sh -c "$forget"
}

# The command line, which writes to descriptor 3 when it is ready, or ends then (pasta).
words_of() { # CONTENDER PID [PORT]
    local to=${3-}:$inside_port ports=()
    words=()
    case $1 in
    slirp4netns-jailed)
        words=(slirp4netns -c --mtu=1500 --enable-sandbox --enable-seccomp --disable-host-loopback
            -a "$state/$1-$2" -r 3 "$2" tap0)
        ;;
    slirp4netns-*)
        words=(slirp4netns -c "--mtu=${1#*-}" --disable-host-loopback -a "$state/$1-$2" -r 3 "$2" tap0)
        ;;
    pasta-*)
        ports=(-t none -u none)
        [ -z "${3-}" ] || ports=(-t "$to" -u "$to")
        words=(pasta -q --config-net -m "${1#*-}" -T none -U none --no-map-gw -P "$state/$1-$2"
            "${ports[@]}" "$2")
        ;;
    floor) words=("$work/bin/net-floor" "$3" "$2" "$inside_port") ;;
    rcrun-net)
        [ -z "${3-}" ] || ports=("--publish=0.0.0.0:$to" "--publish=0.0.0.0:$to/udp")
        words=("$rcrun_net" -c --mtu=1500 -r 3 "${ports[@]}" "$2" tap0)
        ;;
    esac
    command -v "${words[0]}" >/dev/null || ! echo "not installed" >"$state/said"
}

publish_by_api() { # SOCKET PORT
    local protocol
    for protocol in tcp udp; do
        "${as_host[@]}" "$load" tell "$1" '{"execute":"add_hostfwd","arguments":{"proto":"'$protocol'",
            "host_addr":"0.0.0.0","host_port":'"$2"',"guest_port":'"$inside_port"'}}' || return
    done
}

start_rootlesskit() { # PORT
    is_root || ! echo "only where root measures" >"$state/said" || return
    command -v rootlesskit >/dev/null || ! echo "not installed" >"$state/said" || return
    "${as_host[@]}" rootlesskit --net=slirp4netns --mtu=65520 --disable-host-loopback \
        --port-driver=builtin -p "0.0.0.0:$1:$inside_port/tcp" -p "0.0.0.0:$1:$inside_port/udp" \
        --state-dir="$state/rk" sleep 1d </dev/null >"$state/said" 2>&1 &
    by[rootlesskit]=$!
    started+=("${by[rootlesskit]}")
    wait_for test -s "$state/rk/child_pid" || return
    net[rootlesskit]=$(cat "$state/rk/child_pid")
    sleep .5
}

start_network() { # CONTENDER
    local name=$1 words
    new_container || return
    net[$name]=$kept
    words_of "$name" "$kept" "${port[$name]}" || return
    if [ "$name" = floor ]; then
        # The others do so themselves.
        nsenter -t "$kept" -U -n ip link set lo up || return
        "${as_host[@]}" "${words[@]}" </dev/null >"$state/said" 2>&1 &
        by[floor]=$!
    elif [[ $name = pasta-* ]]; then
        "${as_host[@]}" "${words[@]}" </dev/null >"$state/said" 2>&1 || return
        by[$name]=$(cat "$state/$name-$kept")
    else
        rm -f "$state/ready" && mkfifo -m 666 "$state/ready" && exec 5<>"$state/ready"
        "${as_host[@]}" "${words[@]}" </dev/null >"$state/said" 2>&1 3>&5 5>&- &
        by[$name]=$!
        started+=($!)
        read -r -t 10 -n 1 -u 5 || return
        exec 5>&-
    fi
    started+=("${by[$name]}")
    [[ $name != slirp4netns-* ]] ||
        publish_by_api "$state/$name-$kept" "${port[$name]}" >"$state/said" 2>&1
}

# A container that serves, and its network.
start() { # CONTENDER
    local name=$1 prefix
    [ -z "${net[$name]-}" ] || return 0
    port[$name]=$((7010 + ${#port[@]}))
    case $name in
    host)
        port[host]=$inside_port net[host]=$host_pid by[host]=''
        ;;
    rootlesskit) start_rootlesskit "${port[$name]}" ;;
    *) start_network "$name" ;;
    esac && into "$name" && serve "$inside_port" "${prefix[@]}" &&
        { [ "$name" = host ] || wait_for "${as_host[@]}" "$load" client echo 127.0.0.1 "${port[$name]}" 1; } && return
    net[$name]=''
    printf -- '- left out: %s (%s)\n' "$name" "$(tail -n 1 "$state/said" | cut -c1-120)"
    return 1
}

# Sets there: those that work.
assemble() { # CONTENDER...
    local name
    there=()
    for name; do
        case " ${left_out[*]-} " in *" $name "*) continue ;; esac
        if start "$name"; then there+=("$name"); else left_out+=("$name"); fi
    done
}

# ---- sections -------------------------------------------------------------------------------

declare_rows() { # SECTION CASE...
    local section=$1 case name
    shift
    for case; do
        for name in "${there[@]}"; do printf '%s\t%s\t%s\n' "$section" "$case" "$name"; done
    done >>"$state/order"
}

# The kernel has one limit of memory for all TCP of the machine, by default a sixteenth of it all; near
# that, windows close, and what is measured is somebody else's load.
tcp_pages() {
    awk '$1 == "TCP:" { print $NF }' /proc/net/sockstat
}

calm() {
    [ "$(tcp_pages)" -lt "$(awk -v page="$(getconf PAGESIZE)" '$1 == "MemTotal:" { print int($2 * 1024 / page / 32) }' /proc/meminfo)" ]
}

sample() { # SECTION CASE CONTENDER COMMAND...
    local row="$round"$'\t'"$1"$'\t'"$2"$'\t'"$3" said
    shift 3
    calm || wait_for calm || echo "$row: others have most of the memory for TCP" >>"$state/errors"
    if said=$("$@" 2>"$state/said" | sed -n '/^[0-9]/p') && [ -n "$said" ]; then
        printf '%s\tok\t%s\t%s\n' "$row" "${said% *}" "${said#* }"
    else
        printf '%s\tfailed\n' "$row"
        tail -n 1 "$state/said" >>"$state/errors"
    fi >>"$state/samples"
}

shuffled() {
    printf '%s\n' "${there[@]}" | shuf
}

# shellcheck disable=SC2086 # no pid or one
out() {
    local name case prefix cases=(up down echo udp-echo rate udp-up udp-down)
    assemble host slirp4netns-1500 slirp4netns-65520 pasta-1500 pasta-65520 rcrun-net
    declare_rows out "${cases[@]}"
    for ((round = 1; round <= rounds; round++)); do
        for case in "${cases[@]}"; do
            for name in $(shuffled); do
                into "$name"
                sample out "$case" "$name" "${prefix[@]}" "$load" client "$case" "$lan" "$lan_port" "$ms" ${by[$name]}
                sleep .05
            done
        done
    done
}

# UDP from the LAN: what pasta and slirp4netns do to keep a container from the host's loopback also keeps
# the answers to datagrams from there.
# shellcheck disable=SC2086 # no pid or one
publish() {
    local name case prefix to cases=(up down echo rate udp-up)
    assemble host floor slirp4netns-1500 slirp4netns-65520 pasta-65520 rootlesskit rcrun-net
    declare_rows publish "${cases[@]}"
    for ((round = 1; round <= rounds; round++)); do
        for case in "${cases[@]}"; do
            prefix=("${as_host[@]}") to=127.0.0.1
            [ "$case" != udp-up ] || prefix=("${as_lan[@]}") to=$host
            for name in $(shuffled); do
                # It answers each question, and has no time for more.
                case $name-$case in floor-up | floor-down | floor-udp-up) continue ;; esac
                sample publish "$case" "$name" "${prefix[@]}" "$load" client "$case" "$to" "${port[$name]}" "$ms" ${by[$name]}
                sleep .05
            done
        done
    done
}

# shellcheck disable=SC2086 # no pid or one
idle() {
    local name case prefix holder
    assemble slirp4netns-1500 pasta-1500 rcrun-net
    declare_rows idle echo echo-1000 rate rate-1000 memory-1000
    for ((round = 1; round <= rounds; round++)); do
        for name in $(shuffled); do
            into "$name"
            for case in echo rate; do
                sample idle "$case" "$name" "${prefix[@]}" "$load" client "$case" "$lan" "$lan_port" "$ms" ${by[$name]}
            done
            coproc "${prefix[@]}" "$load" hold "$lan" "$lan_port" "$flows" 2>>"$state/errors"
            holder=$COPROC_PID
            if read -r -t 30 _ <&"${COPROC[0]}"; then
                for case in echo rate; do
                    sample idle "$case-1000" "$name" "${prefix[@]}" "$load" client "$case" "$lan" "$lan_port" "$ms" ${by[$name]}
                done
                sample idle memory-1000 "$name" "$load" memory ${by[$name]}
            else
                for case in echo rate memory; do sample idle "$case-1000" "$name" false; done
            fi
            kill "$holder" 2>/dev/null
            wait "$holder" 2>/dev/null
            sleep .5
        done
    done
}

# Memory with the two published ports that all have, the start without any: slirp4netns gets them later.
ready() {
    local name words way
    assemble slirp4netns-1500 slirp4netns-jailed pasta-1500 rcrun-net
    declare_rows ready start memory
    for ((round = 1; round <= rounds; round++)); do
        for name in $(shuffled); do
            [ "$round" != 1 ] || sample ready memory "$name" "$load" memory "${by[$name]}"
            way=fd
            [[ $name != pasta-* ]] || way="exit"
            new_container || die 'no container'
            words_of "$name" "$kept" || die "$name is not there any more"
            sample ready start "$name" "${as_host[@]}" "$load" ready "$way" "${words[@]}"
            [ "$way" = fd ] || kill "$(cat "$state/$name-$kept")"
            kill "$kept"
        done
    done
}

measure() { # SECTION
    left_out=() there=()
    : >"$state/errors"
    : >"$state/samples"
    : >"$state/order"
    printf '## Networks, %s rounds, %s ms each\n\n' "$rounds" "$ms"
    [ ! -x "$rcrun_net" ] || printf -- '- rcrun-net: %s\n' "$("$rcrun_net" --version | head -n 3 | tr '\n' ' ')"
    ! command -v slirp4netns >/dev/null || printf -- '- %s\n' "$(slirp4netns --version | tr '\n' ' ')"
    ! command -v pasta >/dev/null || printf -- '- pasta: %s\n' "$(dpkg-query -W -f '${Version}' passt 2>/dev/null || pasta --version | head -n 1)"
    ! command -v rootlesskit >/dev/null || printf -- '- %s\n' "$(rootlesskit --version)"
    printf -- '- kernel %s, %s processors\n' "$(uname -r)" "$(nproc)"
    printf -- '- load average before: %s\n' "$(load)"
    case $1 in
    all) ready && out && publish && idle ;; # memory before they have worked
    *) "$1" ;;
    esac
    printf -- '- load average after: %s\n' "$(load)"
    cp "$state/samples" "$state/order" "$state/errors" "$work/"
    sort "$state/errors" | uniq -c | sort -rn | head -n 5 | sed 's/^ */- said: /'
    echo
    awk -f "$bench/net.awk" "$state/order" "$state/samples"
}

# ---- outside --------------------------------------------------------------------------------

usage() {
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

build_net() {
    local made=$work/build
    mkdir -p "$made" "$work/bin"
    [ -x "$top/configure" ] || (cd "$top" && autoreconf -i) || return
    if [ -f "$top/config.status" ]; then
        made=$top
    elif [ ! -f "$made/config.status" ]; then
        (cd "$made" && "$top/configure" --quiet) || return
    fi
    make -s -C "$made" -j2 bench/net-load bench/net-floor || return
    install -m 755 "$made/bench/net-load" "$made/bench/net-floor" "$work/bin/" || return
    if [ -n "${RCRUN_NET-}" ]; then
        install -m 755 "$RCRUN_NET" "$work/bin/rcrun-net"
    else
        make -s -C "$made" -j2 rcrun-net && install -m 755 "$made/rcrun-net" "$work/bin/"
    fi
}

if [ "${1-}" = --inside ]; then
    enter "$2"
    load=$work/bin/net-load rcrun_net=$work/bin/rcrun-net
    rounds=$4 ms=$5
    trap finish EXIT
    rig
    measure "$3"
    exit
fi

section=all rounds=7 ms=700
while [ $# -gt 0 ]; do
    case $1 in
    out | publish | idle | ready | all) section=$1 ;;
    -n | -t)
        [[ ${2-} =~ ^[1-9][0-9]*$ ]] || usage
        if [ "$1" = -n ]; then rounds=$2; else ms=$2; fi
        shift
        ;;
    *) usage ;;
    esac
    shift
done

for program in ip make nsenter setpriv unshare; do
    command -v "$program" >/dev/null || die "$program is needed and not installed"
done
scratch build_net
inside root net.sh "$section" "$rounds" "$ms"
