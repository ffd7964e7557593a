#!/usr/bin/env bats
# Bundles out of archives and images.

load lib
load unpack

setup() {
    integration_setup
    need_mapped
    need_helper
}

# ---- tar -----------------------------------------------------------------------------------

@test "tar: a root directory is unpacked and runs" {
    cp -a "$BATS_FILE_TMPDIR/base" root
    tar "${AS_ROOT[@]}" -C root -cf root.tar .
    unpack tar:root.tar b
    ok
    [[ $output == 'unpacked b: '*' entries, '* ]] || show
    is "$(stat -c %a b)" 700
    cd b
    rcrun run --net none "$ID" -- sh -c 'id -u; echo kept >/new; cat /etc/passwd'
    ok
    line 0
    line user:x:1000:1000::/home/u:/bin/sh
    [ -e rootfs/new ]
    # Without a command it is the shell of it.
    is "$(jq -c .process.args config.json)" '["/bin/sh"]'
    is "$(jq -c '[.root.path, .root.readonly, .process.terminal]' config.json)" '["rootfs",null,null]'
}

@test "tar: from standard input, and in every compression" {
    local how
    tar "${AS_ROOT[@]}" -C "$BATS_FILE_TMPDIR/base" -cf root.tar .
    for how in cat 'gzip -c' 'xz -c0' 'bzip2 -c' 'zstd -c'; do
        command -v "${how%% *}" >/dev/null || continue
        run --separate-stderr sh -c "$how root.tar | \"\$RCRUN\" unpack tar:- b"
        ok
        mapped tar -C b/rootfs --compare -f root.tar
        rm -rf b
    done
}

@test "tar: owners, modes, times, links, holes, attributes, capabilities and access lists are kept" {
    command -v setcap >/dev/null && command -v setfattr >/dev/null && command -v setfacl >/dev/null ||
        skip 'needs setcap, setfattr and setfacl'
    mkdir src
    mapped sh -ec 'cd src; mkdir -m 2755 etc; mkdir -m 1777 tmp; mkdir -p -m 700 var/lib; echo x >etc/shadow; echo www-data:x:33:33::/: >etc/passwd; echo shadow:x:42: >etc/group; chown 33:42 etc/shadow
        chmod 640 etc/shadow; cp /bin/true su; chmod 4755 su; ln su su2; ln -s /etc/shadow link; ln -s nowhere dangling
        mkfifo -m 600 fifo; truncate -s 64M hole; echo end >>hole; setfattr -n user.a -v "b c" etc/shadow
        cp /bin/true ping; setcap cap_net_raw+ep ping; chown -h 1000:1000 link var/lib; chown -h 5:6 dangling
        touch -d "2001-02-03 04:05:06.123456789" etc/shadow; touch -h -d "2002-02-03 04:05:06.987654321" link
        setfacl -m u:33:r-x,g:42:r--,m::r-x,d:u:33:rwx var; touch -d "2003-02-03 04:05:06.111111111" var'
    mapped tar -C src --numeric-owner --xattrs --xattrs-include='*' --acls -S -cf src.tar .
    unpack tar:src.tar b
    fine
    # A second opinion.
    mapped tar -C b/rootfs --compare --numeric-owner --xattrs --xattrs-include='*' --acls -f src.tar
    is "$(tree b/rootfs)" "$(tree src)"
    is "$(mapped sh -c 'cd b/rootfs; find . -printf "%P %T@\n" | sort')" "$(mapped sh -c 'cd src; find . -printf "%P %T@\n" | sort')"
    is "$(mapped getcap b/rootfs/ping)" 'b/rootfs/ping cap_net_raw=ep'
    is "$(mapped getfattr -n user.a --only-values b/rootfs/etc/shadow)" 'b c'
    is "$(mapped getfacl -cn b/rootfs/var)" "$(mapped getfacl -cn src/var)"
    is "$(stat -c %i b/rootfs/su)" "$(stat -c %i b/rootfs/su2)"
    [ "$(stat -c %b b/rootfs/hole)" -lt 1000 ]
    rm -f src/fifo
    mapped rm -rf src
}

@test "tar: names in access lists are those of the root directory" {
    command -v setfacl >/dev/null || skip 'needs setfacl'
    mkdir -p src/etc
    echo 'games:x:77:88::/:/bin/sh' >src/etc/passwd
    echo 'shadow:x:99:' >src/etc/group
    echo >src/f
    setfacl -m u:games:rwx,g:shadow:r--,u:man:r-x src/f || skip 'no access lists here'
    tar "${AS_ROOT[@]:0:2}" -C src --acls -cf src.tar .
    unpack tar:src.tar b
    rc 0
    says '1 access control lists, or entries of such, are lost'
    mapped getfacl -cn b/rootfs/f >got
    grep -qx 'user:77:rwx' got
    grep -qx 'group:99:r--' got
    [ "$(grep -c '^user:' got)" -eq 2 ]
}

@test "tar: device nodes are left out, with one line, and directories that nobody may write are filled" {
    craft dev.tar <<'PYTHON'
add('dev', DIR); add('dev/null', CHAR, mode=0o666); add('dev/sda', BLOCK); add('dev/after')
add('closed', DIR, mode=0o500); add('closed/in', data=b'x'); add('none', DIR, mode=0); add('none/in', data=b'y')
PYTHON
    unpack tar:dev.tar b
    fine
    has '2 device nodes and sockets left out'
    [ "$(wc -l <<<"$output")" -eq 1 ]
    is "$(tree b/rootfs | cut -d' ' -f 1,2,4)" $'d 500 closed\nf 644 closed/in\nd 755 dev\nf 644 dev/after\nd 0 none\nf 644 none/in'
    mapped rm -rf b
}

@test "tar: attributes of another host are left out" {
    craft x.tar <<'PYTHON'
for name in ('security.selinux', 'security.ima', 'trusted.x', 'user.overlay.opaque', 'user.fuseoverlayfs.opaque', 'user.kept'):
    add('f' + name, pax={'SCHILY.xattr.' + name: 'y'})
PYTHON
    unpack tar:x.tar b
    fine
    has '5 attributes of another host left out'
    is "$(getfattr -d -m - b/rootfs/f* 2>/dev/null | grep -v '^#' | grep .)" 'user.kept="y"'
}

@test "tar: an owner beyond the map is an error, or nobody; never root" {
    craft far.tar <<'PYTHON'
add('etc', DIR); add('etc/near', uid=33, gid=42); add('etc/far', uid=200000, gid=5)
PYTHON
    unpack tar:far.tar b
    refused 'far.tar: etc/far: uid 200000 is not among the ' ' ids that are mapped'
    hint --ids=clamp
    gone b
    unpack --ids=clamp tar:far.tar b
    rc 0
    says '1 owners are stored as 65534'
    is "$(tree b/rootfs)" $'d 755 0:0 etc \nf 644 65534:5 etc/far \nf 644 33:42 etc/near '
}

@test "umoci 677, stacker 30: tar: with one id everything is the user's, and that is told" {
    craft owned.tar <<'PYTHON'
add('etc', DIR, mode=0o500); add('etc/a', uid=33, gid=42); add('etc/b', uid=200000); add('etc/c', mode=0o4755)
PYTHON
    unpack --userns single tar:owned.tar b
    rc 0
    says '2 files of others are yours now: only one id is mapped'
    is "$(find b/rootfs -user "$(id -u)" | wc -l)" 5
    is "$(jq -r '.annotations["org.rcrun.userns"]' b/config.json)" single
    # The same where there are no others to map.
    PREFIX=(unshare --user --map-root-user)
    unpack tar:owned.tar c
    rc 0
    says 'only one id is mapped'
    chmod 700 b/rootfs/etc c/rootfs/etc
}

@test "tar: keep-id makes the tree for the user's own id" {
    cp -a "$BATS_FILE_TMPDIR/base" root
    craft more.tar <<PYTHON
add('home', DIR); add('home/mine', uid=$(id -u), gid=$(id -g)); add('home/root'); add('home/www', uid=33, gid=33)
PYTHON
    tar "${AS_ROOT[@]}" -C root -cf root.tar .
    tar -A -f root.tar more.tar
    unpack --userns keep-id tar:root.tar b
    fine
    is "$(stat -c %u b/rootfs/home/mine)" "$(id -u)"
    [ "$(stat -c %u b/rootfs/home/root)" != "$(id -u)" ]
    cd b
    rcrun run --net none "$ID" -- stat -c '%u %n' /home/mine /home/root /home/www /bin/busybox
    ok
    out "$(printf '%s\n' "$(id -u) /home/mine" '0 /home/root' '33 /home/www' '0 /bin/busybox')"
    rcrun run --net none --userns default "$ID" -- true
    refused 'its files were made for --userns keep-id'
}

@test "tar: a limit ends a bomb, and nothing of it stays" {
    # Ten gigabytes of zeros.
    python3 - <<'PYTHON' || skip 'needs python3'
import gzip, tarfile
entry = tarfile.TarInfo('zeros')
entry.size = 10 << 30
with open('bomb.tar.gz', 'wb') as out:
    out.write(gzip.compress(entry.tobuf(tarfile.GNU_FORMAT)))
    zeros = gzip.compress(bytes(64 << 20), 1)
    for i in range(160):
        out.write(zeros)
    out.write(gzip.compress(bytes(10240)))
PYTHON
    unpack --limit 20m tar:bomb.tar.gz b
    refused 'bomb.tar.gz' '20971520 bytes of --limit'
    gone b
    unpack --limit 10x tar:bomb.tar.gz b
    refused '--limit: wants a size'
    gone b
}

@test "tar: names are bytes, whatever they are in another's alphabet" {
    local form
    mkdir -p src/$'d\xe9'
    echo 1 >src/$'d\xe9'/$'\xff\xfe\x01'
    echo 2 >src/$'f\xe9'
    ln -s $'f\xe9' src/$'s\xe9'
    ln src/$'f\xe9' src/$'h\xe9'
    echo 3 >src/$'\xc3\xbc'
    mapped chown 33:42 src/$'f\xe9'
    for form in gnu ustar pax; do
        mapped tar --format=$form --numeric-owner -C src -cf $form.tar .
        unpack tar:$form.tar b
        # In pax they should have been UTF-8, which is told.
        [ $form = pax ] || fine
        is "$(tree b/rootfs | od -c)" "$(tree src | od -c)"
        mapped tar -C b/rootfs --compare -f $form.tar
        mapped rm -rf b
    done
    # So is one that a layer takes away.
    printf '%s\n' "add('.wh.f\udce9'); add('d\udce9/.wh.\udcff\udcfe\x01')" | craft 2.tar
    layout image '{}' gnu.tar 2.tar
    unpack oci:image b
    rc 0
    is "$(ls -A b/rootfs | od -c)" "$(printf '%s\n' $'d\xe9' $'h\xe9' $'s\xe9' $'\xc3\xbc' | od -c)"
    is "$(ls -A b/rootfs/d*)" ''
}

@test "tar: what is cut off or broken is refused, and nothing of it stays" {
    local n file
    tar "${AS_ROOT[@]}" -C "$BATS_FILE_TMPDIR/base" -cf root.tar .
    gzip -k root.tar
    zstd -q root.tar
    for n in 100 5000 400000; do
        head -c $n root.tar.gz >cut.gz
        head -c $n root.tar.zst >cut.zst
        head -c $n root.tar >cut.tar
        for file in cut.tar cut.gz cut.zst; do
            unpack "tar:$file" b
            refused "$file"
            gone b
        done
    done
    echo 'no archive at all, but a line of text' >text
    unpack tar:text b
    refused text
    : >nothing
    unpack tar:nothing b
    refused nothing
    gone b
}

@test "tar: a wrong byte in a compressed archive is noticed" {
    local n
    tar "${AS_ROOT[@]}" -C "$BATS_FILE_TMPDIR/base" -cf root.tar .
    gzip -k root.tar
    zstd -q --check root.tar
    xz -k -0 root.tar
    for n in gz zst xz; do
        # One byte in the middle, another than it was.
        at=$(($(stat -c %s root.tar.$n) / 2))
        byte=$(od -An -tu1 -j $at -N 1 root.tar.$n)
        printf "\\x$(printf %x $((byte ^ 1)))" | dd of=root.tar.$n bs=1 seek=$at conv=notrunc 2>/dev/null
        unpack tar:root.tar.$n b
        refused "root.tar.$n"
        gone b
    done
}

# ---- the bundle ----------------------------------------------------------------------------

@test "the bundle: may be an empty directory, and nothing else" {
    craft f.tar <<'PYTHON'
add('f')
PYTHON
    mkdir empty full
    echo >full/f
    unpack tar:f.tar empty
    fine
    (cd empty && [ -e rootfs/f ] && [ -e config.json ] && [ -e .rcrun-map ])
    unpack tar:f.tar empty
    refused 'bundle empty: is not empty'
    unpack tar:f.tar full
    refused 'bundle full: is not empty'
    is "$(ls -A full)" f
    unpack tar:f.tar full/f
    refused full/f
    unpack tar:f.tar none/b
    refused none/b
    mkdir here
    cd here
    unpack tar:../f.tar .
    fine
    [ -e rootfs/f ]
}

@test "the bundle: a group that is handed down does no harm" {
    craft f.tar <<'PYTHON'
add('d', DIR); add('d/f', uid=33, gid=42); add('d/g', mode=0o2755)
PYTHON
    mkdir b
    other=$(id -G | tr ' ' '\n' | grep -vx "$(id -g)" | head -n 1)
    [ -z "$other" ] || chgrp "$other" b
    chmod 2755 b
    unpack tar:f.tar b
    rc 0
    is "$(tree b/rootfs)" $'d 755 0:0 d \nf 644 33:42 d/f \nf 2755 0:0 d/g '
    says 'programs in it run as their owner'
}

@test "the bundle: a default access list of it does no harm" {
    command -v setfacl >/dev/null || skip 'needs setfacl'
    craft f.tar <<'PYTHON'
add('d', DIR); add('d/f', mode=0o600)
PYTHON
    mkdir b
    setfacl -d -m u:12345:rwx,g::rwx,o::rwx b || skip 'no access lists here'
    unpack tar:f.tar b
    fine
    is "$(tree b/rootfs)" $'d 755 0:0 d \nf 600 0:0 d/f '
    is "$(mapped getfacl -cn b/rootfs/d | grep -c 12345)" 0
}

@test "an interrupted unpack leaves nothing, wherever it was" {
    local signal wait
    tar "${AS_ROOT[@]}" -C "$BATS_FILE_TMPDIR/base" -cf root.tar .
    truncate -s 1G filler
    for signal in INT TERM HUP; do
        for wait in 0 .02 .1 .4; do
            # An archive that does not end.
            mkfifo pipe.$signal$wait
            { cat root.tar; exec sleep 20; } >pipe.$signal$wait &
            feeder=$!
            # In the background a shell ignores SIGINT for its children.
            env --default-signal=INT,TERM,HUP "$RCRUN" unpack "tar:pipe.$signal$wait" b 2>err >out &
            pid=$!
            # shellcheck disable=SC2016 # for the other shell
            until_ok 5 sh -c 'tr "\0" "\n" <"/proc/$1/cmdline" | head -n 1 | grep -q rcrun' sh $pid
            sleep $wait
            kill -$signal $pid
            status=0
            wait $pid || status=$?
            kill $feeder 2>/dev/null || :
            wait $feeder 2>/dev/null || :
            [ $status -gt 128 ] || fail "status $status after $wait: $(cat err)"
            gone b
        done
    done
}

@test "after kill -9 the unfinished directory is named, and can be removed" {
    mkfifo pipe
    craft f.tar <<'PYTHON'
add('d', DIR, uid=33, mode=0o700); add('d/f', data=b'x' * 200000, uid=33)
PYTHON
    { head -c 100000 f.tar; exec sleep 20; } >pipe &
    feeder=$!
    "$RCRUN" unpack tar:pipe b &
    pid=$!
    until_ok 5 sh -c 'ls -d b/.rootfs.*/d'
    kill -9 $pid
    wait $pid || :
    kill $feeder
    [ ! -e b/config.json ]
    unpack tar:f.tar b
    refused 'bundle b: is not empty'
    hint 'an unpack was killed there; rcrun unshare rm -rf b removes what is left'
    until_ok 5 sh -c '"$RCRUN" unshare rm -rf b && [ ! -e b ]'
    unpack tar:f.tar b
    fine
    mapped rm -rf b
}

@test "no space left: told with the name, and all is removed" {
    craft f.tar <<'PYTHON'
add('a', DIR); add('a/big', data=b'x' * 3000000)
PYTHON
    mkdir small
    host 'mount -t tmpfs -o size=1m,mode=777 none small'
    unpack --userns single tar:"$PWD/f.tar" small/b
    refused 'f.tar: a/big: no space left on device'
}

@test "words that are wrong are named" {
    craft f.tar <<'PYTHON'
add('f')
PYTHON
    mkdir layout
    unpack f.tar b
    refused 'SOURCE "f.tar": wants tar:FILE'
    hint tar:f.tar
    unpack layout b
    hint oci:layout
    unpack docker://debian b
    refused 'SOURCE "docker://debian"'
    hint 'skopeo copy docker://debian oci:DIR:TAG'
    unpack tar: b
    refused 'SOURCE "tar:"'
    unpack tar:nothing b
    refused 'tar:nothing: no such file or directory'
    unpack oci:nothing:x b
    refused 'oci:nothing'
    unpack oci:f.tar b
    refused 'oci:f.tar: not a directory'
    unpack --userns other tar:f.tar b
    refused --userns
    unpack tar:f.tar
    rc 1
    gone b
}
