#!/usr/bin/env bats
# Subordinate ids and their helpers in every state, for an ordinary user of the host.

load lib

show_map='awk "{ printf \"%s:%s:%s \", \$1, \$2, \$3 }"'

maps() { # WANTED-UIDS WANTED-GIDS
    gosh "$show_map /proc/self/uid_map; echo; $show_map /proc/self/gid_map"
    is "$output" "$1 
$2 "
}

one_id() { # WORD...: one id, and a warning that has these words
    maps "0:$uid:1" "0:$gid:1"
    rc 0
    is "$(grep -c . <<<"$stderr")" 1
    says 'rcrun: warning: only one id is available'
    for word; do says "$word"; done
}

subids() { # TEXT [TEXT-OF-SUBGID]
    HOST=:
    instead /etc/subuid "$1"
    instead /etc/subgid "${2-$1}"
}

@test "several ranges, by name and by number, with comments and gaps" {
    bundle
    subids "# comment

other:100000:65536
$TEST_USER:300000:1000
$uid:500000:1000
$TEST_USER:700000:0
nonsense
$TEST_USER:x:5
$TEST_USER:301000:500
$TEST_USER:900000:65536"
    maps "0:$uid:1 1:300000:1000 1001:500000:1000 2001:301000:500 2501:900000:65536" \
        "0:$gid:1 1:300000:1000 1001:500000:1000 2001:301000:500 2501:900000:65536"
    ok
    # Neighbours are one.
    subids "$TEST_USER:300000:1000
$TEST_USER:301000:1000"
    maps "0:$uid:1 1:300000:2000" "0:$gid:1 1:300000:2000"
    ok
}

@test "the own id inside of a range is mapped once" {
    bundle
    subids "$TEST_USER:$((uid - 10)):100" "$TEST_USER:$((gid - 20)):100"
    maps "0:$uid:1 1:$((uid - 10)):10 11:$((uid + 1)):89" "0:$gid:1 1:$((gid - 20)):20 21:$((gid + 1)):79"
    ok
}

@test "keep-id where the own id is inside of a range" {
    bundle
    subids "$TEST_USER:$((uid - 10)):100" "$TEST_USER:$((gid - 20)):100"
    cfg '.annotations["org.rcrun.userns"] = "keep-id:uid=5,gid=21" | .process.user = {uid: 5, gid: 21}'
    maps "0:$((uid - 6)):1 1:$((uid - 10)):4 5:$uid:1 6:$((uid - 5)):5 11:$((uid + 1)):89" \
        "0:$((gid + 1)):1 1:$((gid - 20)):20 21:$gid:1 22:$((gid + 2)):78"
    ok
}

@test "thirty ranges" {
    bundle
    text='' want=0:$uid:1
    for i in $(seq 30); do
        text+="$TEST_USER:$((i * 100000)):10"$'\n'
        want+=" $((i * 10 - 9)):$((i * 100000)):10"
    done
    subids "$text"
    gosh "$show_map /proc/self/uid_map"
    ok
    is "$(tr ' ' '\n' <<<"$output" | sort)" "$(tr ' ' '\n' <<<"$want " | sort)"
}

@test "without ranges there is one id and a warning that says why" {
    bundle
    subids ''
    one_id /etc/subuid "$TEST_USER"
    subids "$TEST_USER:300000:1000" ''
    one_id /etc/subgid
    subids "$TEST_USER:4294967000:1000"
    one_id 'line 1 of /etc/subuid'
    subids "$TEST_USER:300000:1000"$'\r\n'
    one_id 'CR LF'
    subids "$TEST_USER;300000:1000"
    one_id /etc/subuid
}

@test "helpers that have lost their power are told, with the reason" {
    bundle
    real=$(command -v newuidmap)
    cp "$real" plain
    chmod 755 plain
    HOST="mount --bind $PWD/plain $real"
    one_id newuidmap set-user-id
    HOST="mount --bind $(dirname "$real") $(dirname "$real"); mount -o remount,bind,nosuid $(dirname "$real")"
    one_id nosuid
    HOST=:
    PREFIX=(setpriv --bounding-set -setuid --reuid "$uid" --regid "$gid" --init-groups)
    one_id CAP_SETUID
    PREFIX=(setpriv --no-new-privs --reuid "$uid" --regid "$gid" --init-groups)
    one_id no_new_privs
}

@test "in another group than the primary one there is one id" {
    bundle
    other=$(awk -F: -v g="$gid" '$3 != g && $3 > 0 && $3 < 60000 { print $3; exit }' /etc/group)
    PREFIX=(setpriv --reuid "$uid" --regid "$other" --clear-groups)
    chgrp "$other" "$B" "$B/config.json"
    gid=$other
    one_id group "$other"
}

@test "a user without a line in passwd has one id" {
    bundle
    uid=3456789 gid=3456789
    PREFIX=(setpriv --reuid "$uid" --regid "$gid" --clear-groups)
    chown -R "$uid:$gid" "$B" "$XDG_RUNTIME_DIR" "$TMPDIR"
    one_id 3456789
}

@test "a map of what the files do not give is refused by newuidmap, and the line to add is shown" {
    bundle
    subids "$TEST_USER:300000:1000"
    cfg --argjson u "$uid" --argjson g "$gid" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}, {containerID: 1, hostID: 300500, size: 1000}]
        | .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}, {containerID: 1, hostID: 300000, size: 1000}]'
    go true
    refused 300500
    hint usermod
    cfg '.linux.uidMappings[1].size = 500'
    gosh "$show_map /proc/self/uid_map"
    ok
    is "$output" "0:$uid:1 1:300500:500 "
}

@test "the caller's groups do not come along, and do not go away with the file system's" {
    bundle
    groups=4,5,6
    PREFIX=(setpriv --reuid "$uid" --regid "$gid" --groups "$groups")
    go sed -n 's/^Groups:[ \t]*//p' /proc/self/status
    ok
    is "$output" ''
    # A source that the caller reaches by one of them only.
    mkdir -p group/src
    echo text >group/src/file
    chown 0:5 group
    chmod 750 group
    mnt /m none group/src bind
    go cat /m/file
    ok
    out text
    PREFIX=(setpriv --reuid "$uid" --regid "$gid" --groups 4)
    go cat /m/file
    refused 'mounts[4].source' "$B/group" 'permission denied'
}

# ---- removal -------------------------------------------------------------------------------

remove() { # DIRECTORY [MAP]
    RCRUN=$builddir/tests/tools/remove rcrun "$@"
}

@test "an immutable file is named, and what can be done about it" {
    mkdir t && echo >t/f && mkdir t/d && echo >t/d/f
    chown -R "$uid:$gid" t .
    chattr +i t/f 2>/dev/null || skip 'this file system has no attributes'
    remove "$PWD/t"
    chattr -i t/f
    rc 1
    says "$PWD/t/f: operation not permitted"
    hint 'root has made it immutable: chattr -i -a, as root'
    [ ! -e t/d ]
    mkdir t/d && echo >t/d/f && chown -R "$uid:$gid" t/d
    chattr +a t/d
    remove "$PWD/t"
    chattr -a t/d
    rc 1
    says "$PWD/t/d/f: operation not permitted"
    hint 'root has made its directory immutable'
    remove "$PWD/t"
    ok
    [ ! -e t ]
}

@test "when the line of /etc/subuid is gone, the ids that were in it are named" {
    subids "$TEST_USER:300000:1000"
    mkdir t && chown "$uid:$gid" t .
    install -d -o 300032 -g 300041 t/a t/a/b
    HOST=:
    subids "$TEST_USER:400000:1000"
    remove "$PWD/t"
    rc 1
    hint 'what is left belongs to uid 300032 and gid 300041, which are not yours; as root: usermod --add-subuids 300032-300032 --add-subgids 300041-300041'
    HOST=:
    subids "$TEST_USER:300000:1000"
    remove "$PWD/t"
    ok
    [ ! -e t ]
}

# ---- sources that not everybody may search ---------------------------------------------------

# With a root that is not the caller; what is mounted was opened before that.
@test "parents of a volume: 0700 of the caller, 0711 and 0700 of somebody else" {
    bundle
    cfg --argjson u "$uid" --argjson g "$gid" \
        '.annotations["org.rcrun.userns"] = "keep-id" | .process.user = {uid: $u, gid: $g}'
    mkdir -p home/src foreign/src
    echo mine >home/src/f
    echo theirs >foreign/src/f
    chown -R "$uid:$gid" home
    chmod 700 home
    chown -R 54321:54321 foreign
    chmod 711 foreign
    mnt /home/u bind "$PWD/home/src" rbind ro
    mnt /tmp bind "$PWD/foreign/src" rbind ro
    go cat /home/u/f /tmp/f
    ok
    out $'mine\ntheirs'
    chmod 700 foreign
    go true
    refused "mounts[5].source: $PWD/foreign/src: permission denied"
    hint "cannot search $PWD/foreign, which belongs to uid 54321 and gid 54321 and has mode 0700"
}
