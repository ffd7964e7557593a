#!/usr/bin/env bats
# The options that edit a config, one by one.

load lib
load edit

# ---- mounts --------------------------------------------------------------------------------

@test "EC-15: -v mounts what is typed, from where it is typed" {
    root
    mkdir -p b src/below
    echo hello >src/file
    echo one >one
    "$RCRUN" spec -b b --rootfs rootfs --rw -T --net=none -e "RCRUN_TEST=$ID" >/dev/null
    mkdir b/src
    rcrun run -b b -v src:/src -v ./one:/etc/one:ro -v "$PWD/src/../src/below:/new/deep" "$ID" -- sh -c '
        cat /src/file /etc/one; echo out >/src/out; echo x >/etc/one; echo y >/new/deep/y'
    rc 0
    line hello
    line one
    is "$(cat src/out)" out
    is "$(cat one)" one
    is "$(cat src/below/y)" y
    # By its words; and rbind is what goes without saying.
    HOST='mount -t tmpfs none src/below; echo 1 >src/below/inner'
    into -v src:/src:ro,noexec,nosuid -- sh -c 'cat /src/below/inner; sed -n "s,.* /src \([^ ]* [^ ]*\) .*,\1,p" /proc/mounts
        sed -n "s,^[^ ]* [^ ]* [^ ]* [^ ]* /src \([^ ]*\) .*,\1,p" /proc/self/mountinfo'
    rc 0
    line 1
    has 'ro,nosuid,noexec'
    HOST=
    into -v src:/src:bind -- sh -c 'ls /src/below | wc -l'
    ok
    out 1
    # Two of them, one below the other.
    into -v src:/a -v one:/a/below/one:ro -- cat /a/below/one
    ok
    out one
    # The directory of both: a config in it would be in the container's hands.
    into -v .:/here -- true
    ok
    rcrun run -b b -v .:/here "$ID" -- true
    rc 0
    says "rcrun: warning: mounts[7]: $PWD has the bundle in it"
}

@test "EC-15: what -v refuses, it names" {
    root
    into -v nowhere:/x -- true
    refused "--volume nowhere:/x: source: $PWD/nowhere: no such file or directory"
    [ ! -e nowhere ]
    rcrun spec --rootfs rootfs -v nowhere:/x
    refused "--volume nowhere:/x: source: $PWD/nowhere: no such file or directory"
    [ ! -e config.json ]
    rcrun run "${OPTIONS[@]}" -v nowhere:/x:optional "$ID" -- true
    rc 0
    says 'optional'
    into -v src:/proc/sys -- true
    refused '--volume src:/proc/sys: destination: a mount on /proc/sys is not allowed'
    into -v src:/ -- true
    refused '--volume src:/: destination: the root itself cannot be a destination'
    for word in z Z; do
        into -v .:/x:$word -- true
        refused "--volume .:/x:$word: " 'not supported'
        hint chcon
    done
    into -v .:/x:U -- true
    refused 'not supported'
    hint 'rcrun unshare chown'
}

@test "EC-16: --mount says what -v cannot" {
    root
    mkdir 'a:b' 'c,d'
    touch a:b/colon c,d/comma
    into --mount type=bind,src=a:b,dst=/x:y,ro --mount '"src=c,d",target=/z,ro=true' -- \
        sh -c 'ls /x:y /z; touch /z/w 2>&1'
    rc 1
    line colon
    line comma
    has 'Read-only file system'
}

@test "EC-16: --tmpfs is empty, small and without programs, if not told otherwise" {
    root
    into --tmpfs /t:size=64k,mode=0700 --mount type=tmpfs,dst=/u,tmpfs-size=64k,exec -- sh -c '
        cp /bin/busybox /t/x; stat -c %a /t; cd /u; printf "#!/bin/sh\necho ran\n" >s; chmod 755 s; ./s
        cp s /t/s; /t/s; grep -cE " /t tmpfs .*nosuid,nodev,noexec" /proc/mounts'
    line 700
    line ran
    line 1
    says 'No space left'
    says 'Permission denied'
    # In place of the one that the config has, with all that lies in it.
    into --tmpfs /dev:mode=755,dev -- sh -c 'ls -d /dev/pts /dev/null /dev/shm; grep -c " /dev " /proc/mounts'
    ok
    line 1
    line /dev/null
}

# ---- the process ---------------------------------------------------------------------------

@test "EC-19: variables of the command line, of a file and of the caller" {
    root
    printf '# a comment\n\nA=file\r\nB="q" # no comment\nCALLER\n' >vars
    # shellcheck disable=SC2016 # the inner shell's
    CALLER=mine EMPTY='' into --env-file vars -e A=line -e EMPTY -e NOT_THERE -e TERM -- \
        sh -c 'echo "$A|$B|$CALLER|${EMPTY-unset}|${NOT_THERE-unset}|$TERM"'
    ok
    out "line|\"q\" # no comment|mine||unset|${TERM-xterm}"
    printf 'A\0B=1\n' >vars
    into --env-file vars -- true
    refused '--env-file vars: a zero byte is in it'
    into --env-file nowhere -- true
    refused '--env-file: nowhere: no such file or directory'
    printf 'A B=1\n' >vars
    into --env-file vars -- true
    refused '--env-file vars: line 1: a blank in the name'
}

@test "EC-12 EC-19: the command, its directory and the name of its host" {
    root
    into --cwd /var/new --hostname box -- sh -c 'pwd; hostname; echo "$@"' sh 'a b' -- -x
    ok
    out $'/var/new\nbox\na b -- -x'
    is "$(stat -c %a rootfs/var/new)" 755
    # A relative one would be of nobody.
    into --cwd tmp -- pwd
    refused '--cwd'
    into --hostname "$(printf 'x%.0s' {1..65})" -- true
    refused '--hostname'
}

@test "EC-19: ids and capabilities" {
    need_ids
    root
    into -u 33:34 -- sh -c 'id -u; id -g; touch /tmp/mine; stat -c %u:%g /tmp/mine'
    ok
    line 33
    line 33:34
    into -u www-data -- true
    refused '--user: wants UID or UID:GID, in digits, found "www-data"'
    hint passwd
    into -u 70000 -- true
    refused 'uid 70000 is not mapped'
    # Who is not root has what was added, and nothing else.
    into -u 33 --cap-add net_raw -- sed -n 's/Cap\(Eff\|Bnd\):\t*//p' /proc/self/status
    ok
    is "$(head -n 1 <<<"$output")" 0000000000002000
    into --cap-drop ALL --cap-add CAP_CHOWN -- sed -n 's/Cap\(Eff\|Bnd\):\t*//p' /proc/self/status
    ok
    is "$output" "$(printf '0000000000000001\n0000000000000001')"
    into --cap-drop chown -- chown 33 /tmp
    rc 1
}

@test "options that contradict each other are refused in one line" {
    local words
    root
    while read -r words; do
        # shellcheck disable=SC2086 # words
        into $words -- true
        rc 1
        [[ $stderr == *'exclude each other'* || $stderr == *'given twice'* ]] || show "$words"
        [[ ${stderr%%$'\n'*} == *--* ]] || show "no option is named: $words"
    done <<'END'
--ro --rw
-t -T
--ephemeral --upper up
--cwd / --cwd /
--user 1 -u 2
--net=none
--cap-add chown --cap-drop CHOWN
--rootfs rootfs
--hostname a --hostname b
--userns single --userns default
--ephemeral --ephemeral
END
}

# ---- roots that are layers -----------------------------------------------------------------

@test "FS-12 FS-31: what is written to an ephemeral root is gone" {
    local before how
    root
    before=$(cd rootfs && find . | sort)
    for how in '--rootfs rootfs:O' '--rootfs rootfs --ephemeral' '--rootfs rootfs --ephemeral=8m'; do
        # shellcheck disable=SC2086 # words
        rcrun run $how --net=none -e "RCRUN_TEST=$ID" "$ID" -- \
            sh -c 'touch /made && rm -r /home && mkdir /home && ls /home | wc -l && test -e /made && echo there'
        ok
        line 0
        line there
        is "$(cd rootfs && find . | sort)" "$before"
    done
    # A name that ends so, with a slash behind.
    mv rootfs rootfs:O
    rcrun run --rootfs rootfs:O/ --net=none -e "RCRUN_TEST=$ID" "$ID" -- touch /made
    ok
    [ -e rootfs:O/made ]
}

@test "FS-32 FS-33: --upper keeps, --lower lies above the root" {
    root
    mkdir -p one/etc two/etc
    echo 1 >one/etc/from
    echo 2 >two/etc/from
    echo 2 >two/etc/second
    # shellcheck disable=SC2016 # the inner shell's
    into --upper up --lower one --lower two -- sh -c 'cat /etc/from /etc/second; echo 3 >/etc/from; rm /etc/passwd'
    ok
    out $'1\n2'
    into --upper up --lower one --lower two -- sh -c 'cat /etc/from; test -e /etc/passwd || echo gone'
    ok
    out $'3\ngone'
    [ -e rootfs/etc/passwd ]
    is "$(cat one/etc/from)" 1
    [ -d up/diff ]
    # Relative to where it was typed, not to the bundle.
    mkdir b
    rcrun run -b b "${OPTIONS[@]}" --upper up --lower two --lower one "$ID" -- cat /etc/from
    ok
    out 3
    mapped rm -rf up
}

@test "FS-31 to FS-34: the command line wins over annotations, which keep what it does not say" {
    local words want
    root
    "$RCRUN" spec --rootfs rootfs --rw -T --net=none --upper up --volatile --overlay-driver kernel --lower l1 --lower l2
    mkdir l1 l2
    touch l1/1 l2/2
    while IFS='|' read -r words want; do
        # shellcheck disable=SC2086 # words
        rcrun run $words --print-config "$ID"
        is "$words: $(jq -rc '.annotations | with_entries(select(.key | startswith("org.rcrun.root."))
            | .key |= ltrimstr("org.rcrun.root.")) | to_entries | map("\(.key)=\(.value | split("/")[-1])") | sort | join(" ")' \
            <<<"$output")" "$words: $want"
    done <<'END'
|driver=kernel lower.0=l1 lower.1=l2 overlay=upper upper=up volatile=true
--ephemeral|driver=kernel lower.0=l1 lower.1=l2 overlay=ephemeral volatile=true
--ephemeral=9m|driver=kernel lower.0=l1 lower.1=l2 overlay=ephemeral size=9m volatile=true
--upper other|driver=kernel lower.0=l1 lower.1=l2 overlay=upper upper=other volatile=true
--lower l2|driver=kernel lower.0=l2 overlay=upper upper=up volatile=true
--overlay-driver fuse|driver=fuse lower.0=l1 lower.1=l2 overlay=upper upper=up volatile=true
END
    rcrun run --ephemeral --lower l2 -e "RCRUN_TEST=$ID" "$ID" -- sh -c 'ls /1 /2 2>/dev/null; echo >/new'
    rc 0
    out /2
    [ ! -e up ]
}

@test "FS-36: -v with O is written to, and its source is not" {
    root
    mkdir src
    echo one >src/file
    into -v src:/src:O -- sh -c 'echo two >/src/file; touch /src/more; cat /src/file'
    ok
    out two
    is "$(ls src) $(cat src/file)" 'file one'
    into -v nowhere:/src:O -- true
    refused "--volume nowhere:/src:O: source: $PWD/nowhere: no such file or directory"
    into -v src/file:/file:O -- true
    refused "--volume src/file:/file:O: options: lowerdir $PWD/src/file is not a directory"
    hint 'mount a file with bind'
}

@test "words of a layer that are wrong are said of the option" {
    root
    into --ephemeral=lots -- true
    refused '--ephemeral: "lots" is no size'
    into --lower nowhere --ephemeral -- true
    refused --lower "$PWD/nowhere"
    into --volatile -- true
    refused --volatile
    into --userns nobody -- true
    refused '--userns: nobody: wants default'
    into --upper rootfs/up -- true
    refused --upper
}
