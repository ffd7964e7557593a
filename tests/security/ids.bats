#!/usr/bin/env bats
# Ids, groups and capabilities.  What needs a second user or helpers of another kind stands in
# tests/root/security.bats.

load lib

setup() { security_setup; }

# ---- MAP-01: the kernel's map is the one that was asked for ---------------------------------------------

# A random map of the caller's id and the subordinate ones in N ranges, in random order: as in the
# config, and as in uid_map.
random_map() { # N
    local i left=60000 inside=1 outside=$sub_first size
    echo "0 $(id -u) 1" >map
    for ((i = 1; i < $1; i++)); do
        size=$((1 + RANDOM % (left / ($1 - i + 1))))
        echo "$inside $outside $size"
        left=$((left - size - 3))
        inside=$((inside + size + RANDOM % 3)) outside=$((outside + size + RANDOM % 3))
    done | shuf >>map
}

attack_map() { # N
    random_map "$1"
    bundle box
    jq --slurpfile m <(jq -Rs 'split("\n")[:-1]|map(split(" ")|map(tonumber)|{containerID:.[0],hostID:.[1],size:.[2]})' map) \
        '.linux.uidMappings=$m[0]|.linux.gidMappings=$m[0]' "$bundle/config.json" >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
    script 'cat /proc/self/uid_map; echo; cat /proc/self/gid_map'
    start
    [ "$status" = 0 ] || { cat "$out"; return 1; }
    [ "$(awk '!NF { exit } { print $1, $2, $3 }' "$out" | sort)" = "$(sort map)" ] || breach "uids: $(<"$out")"
    [ "$(awk 'on { print $1, $2, $3 } !NF { on = 1 }' "$out" | sort)" = "$(sort map)" ] || breach "gids: $(<"$out")"
}

@test "MAP-01: random maps arrive as they are" {
    local n
    need_subids
    for n in 1 2 3 5 6 7 40 100 150; do holds map "$n"; done
}
@test "MAP-01 control: a runtime that does not look what came out" {
    need_subids
    falls mutant:map map 5
}

attack_bad_map() { # MAP
    bundle box ".linux.uidMappings=[$1]" ".linux.gidMappings=[$1]"
    start
    [ "$status" != 0 ] || breach "the map $1 is taken"
    [ "$runtime" != rcrun ] || refused
}

map_line() { echo "{containerID:$1,hostID:$2,size:$3}"; }

@test "MAP-01: maps that overlap, wrap or reach for other ids are refused" {
    local own line
    own=$(map_line 0 "$(id -u)" 1)
    for line in "$(map_line 0 0 1)" "$own,$(map_line 0 "${sub_first:-100000}" 10)" \
        "$own,$(map_line 1 "$(id -u)" 1)" "$own,$(map_line 1 "${sub_first:-100000}" 0)" \
        "$own,$(map_line 1 "${sub_first:-100000}" 4294967295)" "$own,$(map_line 4294967295 "${sub_first:-100000}" 2)" \
        "$own,$(map_line 1 4294967295 2)" "$own,$(map_line 1 1 10)" "$own,$(map_line 1 "$((${sub_first:-100000} + 65530))" 100)" \
        "$own,$(map_line 1 "${sub_first:-100000}" 100),$(map_line 50 "$((${sub_first:-100000} + 200))" 100)" \
        "$(map_line 0 $(($(id -u) + 4294967296)) 1)" "$(map_line 0 -1 1)"; do
        echo "map $line"
        holds bad_map "$line"
    done
    holds bad_map "$own,$(for ((i = 1; i <= 341; i++)); do map_line "$i" "$((${sub_first:-100000} + 2 * i))" 1; done | paste -sd,)"
}
@test "MAP-01 control: a runtime that is content with a part" {
    need_subids
    falls mutant:map bad_map "$(map_line 0 "$(id -u)" 1),$(map_line 1 "$sub_first" 9),$(map_line 10 1 9)"
}

# A helper in PATH that has no power is not run in the place of one that has.
attack_weak_helper() {
    local inner
    mkdir -p fake
    printf '#!/bin/sh\ntouch %s/ran\nexit 0\n' "$PWD" >fake/newuidmap
    cp fake/newuidmap fake/newgidmap
    chmod 755 fake/*
    inner=(env PATH="$PWD/fake:$PATH")
    bundle box
    script 'cat /proc/self/uid_map'
    start
    [ "$status" != 0 ] || [ "$(wc -l <"$out")" = 2 ] || breach "another map than was asked for: $(<"$out")"
    [ "$runtime" != rcrun ] || { refused && grep -q 'set-user-id' "$out"; }
}

@test "MAP-01: a helper without power is refused by name" {
    need_subids
    holds weak_helper
}

# ---- MAP-02, MAP-03: groups ------------------------------------------------------------------------------

attack_groups() { # WANTED FILTER...
    bundle box "${@:2}"
    program /bin/id -G
    start
    # 65534: what the caller had and the container has no name for; only setgroups(2) could drop it.
    [ "$(tr ' ' '\n' <"$out" | grep -v '^65534$' | paste -sd' ')" = "$1" ] || breach "groups: $(<"$out")"
}

@test "MAP-03: the groups are exactly those of the config" {
    need_subids
    holds groups '0'
    holds groups '0 10 20' '.process.user.additionalGids=[10,20]'
    holds groups '7 3' '.process.user={uid:5,gid:7,additionalGids:[3]}'
}
@test "MAP-03 control: a runtime that does not set them" {
    need_subids
    falls mutant:groups groups '0 10 20' '.process.user.additionalGids=[10,20]'
}

attack_setgroups() {
    bundle box "$one_map"
    program /bin/cat /proc/self/setgroups
    start
    [ "$(<"$out")" = deny ] || breach "setgroups: $(<"$out")"
}

@test "MAP-02: with one id, groups cannot be shed" { holds setgroups; }
@test "MAP-02 control: maps of the helpers, where root of the container may" {
    need_subids
    attack_setgroups() {
        bundle box
        program /bin/cat /proc/self/setgroups
        start
        [ "$(<"$out")" = deny ] || breach "setgroups: $(<"$out")"
    }
    falls rcrun setgroups
}

# ---- CAP-01: CVE-2022-29162, CVE-2016-8867 -----------------------------------------------------------------

attack_caps() { # INH PRM EFF BND AMB FILTER...: the sets as hexadecimal numbers
    local want
    bundle box "${@:6}"
    program /bin/cat /proc/self/status
    start
    want=$(printf 'CapInh:\t%016x CapPrm:\t%016x CapEff:\t%016x CapBnd:\t%016x CapAmb:\t%016x' \
        "$((16#$1))" "$((16#$2))" "$((16#$3))" "$((16#$4))" "$((16#$5))")
    [ "$(grep '^Cap' "$out" | paste -sd' ')" = "$want" ] || breach "$(grep -E '^Cap|warning' "$out"); wanted $want"
}

caps_of='.process.capabilities=(reduce ("bounding","effective","permitted","inheritable","ambient") as $s
    ({};.[$s]=[]))|.process.capabilities+='

@test "CAP-01: capabilities are those of the config, inheritable ones none" {
    # Root gets what is in the bounding set, but with no_new_privs no more than it has.
    holds caps 0 20 20 20 0
    holds caps 0 0 0 0 0 '.process.capabilities={}'
    holds caps 0 0 0 0 0 'del(.process.capabilities)'
    holds caps 0 20 20 2020 0 "$caps_of"'{bounding:["CAP_KILL","CAP_NET_RAW"],permitted:["CAP_KILL"],effective:["CAP_KILL"]}'
    holds caps 0 2020 2020 2020 0 '.process.noNewPrivileges=false' "$caps_of"'{bounding:["CAP_KILL","CAP_NET_RAW"],permitted:["CAP_KILL"],effective:["CAP_KILL"]}'
}
@test "CAP-01: for another user there are only ambient ones" {
    need_subids
    local user='.process.user={uid:5,gid:5}'
    holds caps 0 0 0 20 0 "$user"
    holds caps 2000 2000 2000 2020 2000 "$user" \
        "$caps_of"'{bounding:["CAP_KILL","CAP_NET_RAW"],permitted:["CAP_NET_RAW"],effective:["CAP_NET_RAW"],ambient:["CAP_NET_RAW"]}'
    # Ambient without permitted is none.
    holds caps 0 0 0 20 0 "$user" "$caps_of"'{bounding:["CAP_KILL"],ambient:["CAP_KILL"]}'
}
@test "CAP-01: a name that nobody knows gives nothing" {
    runtime=rcrun
    bundle box '.process.capabilities.bounding+=["CAP_EVERYTHING"]'
    program /bin/grep CapBnd /proc/self/status
    start
    # The specification wants a warning here, not an error.
    grep -q 'warning: .*CAP_EVERYTHING' "$out"
    grep -q 'CapBnd:.0000000000000020$' "$out"
}
@test "CAP-01 control: runtimes that fill the inheritable, ambient and bounding sets" {
    need_subids
    falls mutant:caps caps 0 20 20 20 0
    falls mutant:ambient caps 0 0 0 20 0 '.process.user={uid:5,gid:5}'
    falls mutant:bounding caps 0 20 20 20 0
}

# ---- USR-02: ids in the config ------------------------------------------------------------------------------

attack_user() { # VALUE: JSON, as text
    bundle box
    jq '.process.user={uid:"HERE",gid:0}' "$bundle/config.json" | sed "s/\"HERE\"/$1/" >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
    sed -i 's,"/bin/true","/bin/id",' "$bundle/config.json"
    start
    breach_if "uid $1 is root: $(<"$out")" grep -q 'uid=0' "$out"
    [ "$status" != 0 ] || breach "uid $1 is taken"
}

@test "USR-02: what is no id is refused" {
    local value
    for value in -1 4294967295 4294967296 18446744073709551616 18446744073709551617 0.5 1e3 0x0 00 '"0"' '"root"' \
        true '[]' '{}' 1e400 -0.0 999999999999999999999999999999; do
        echo "value $value"
        holds user "$value"
    done
}
@test "USR-02 control: a runtime whose numbers wrap" { falls mutant:number user 4294967296; }
@test "USR-02 control: crun" { falls crun user 4294967295; }
