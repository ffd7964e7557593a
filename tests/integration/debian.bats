#!/usr/bin/env bats
# A Debian (or Ubuntu) as root directory: package tools, users, setuid programs.
#
# It is made by mmdebstrap(1) from the package sources that this host uses, which takes half a
# minute.  With RCRUN_TEST_CACHE, a directory, that is done once and for all.

load lib
load example

# The files with package sources of the distribution itself, not those of third parties.
sources() { # CODENAME
    local file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        if grep -v '^ *#' "$file" 2>/dev/null | grep -qwF -- "$1"; then
            # shellcheck disable=SC2016 # of awk
            grep -v '^ *#' "$file" | grep -qE '[[:space:]]main([[:space:]]|$)' && echo "$file"
        fi
    done
}

# A package to install is in /root of it: the container will have no network.
make_tar() { # FILE
    local codename
    # shellcheck disable=SC1091 # of the host
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    [ -n "$(sources "$codename")" ] || { echo 'E: Failed to fetch: no package sources of the distribution here' && return 1; }
    # shellcheck disable=SC2046 # files
    env -u TMPDIR timeout 600 mmdebstrap --mode=unshare --variant=minbase --include=adduser,iputils-ping \
        --customize-hook='chroot "$1" sh -c "cd /root && apt-get -q download hello"' \
        --format=tar "$codename" - $(sources "$codename") >"$1.new" </dev/null && mv "$1.new" "$1"
}

setup_file() {
    local tar
    base_root "$BATS_FILE_TMPDIR/base"
    tar=${RCRUN_TEST_CACHE:-$BATS_FILE_TMPDIR}/debian.tar
    [ "$(id -u)" -ne 0 ] || return 0
    command -v mmdebstrap >/dev/null || { echo 'mmdebstrap is not installed' >"$BATS_FILE_TMPDIR/reason" && return 0; }
    mapped true 2>/dev/null || { echo 'no subordinate ids' >"$BATS_FILE_TMPDIR/reason" && return 0; }
    if ! [ -s "$tar" ]; then
        mkdir -p "${tar%/*}"
        if ! make_tar "$tar" >"$BATS_FILE_TMPDIR/log" 2>&1; then
            grep -qE 'Failed to fetch|Could not (resolve|connect)|Temporary failure|Unable to connect|Connection (failed|timed out)' \
                "$BATS_FILE_TMPDIR/log" || { tail -n 20 "$BATS_FILE_TMPDIR/log" >&2 && return 1; }
            echo 'the package sources of this host cannot be reached' >"$BATS_FILE_TMPDIR/reason"
            return 0
        fi
    fi
    # As the container's root, who may not make device nodes and needs none; owners by number,
    # since the names in it are its own.
    if [ -x "${RCRUN%/*}/rcrun-unpack" ]; then
        "$RCRUN" unpack "tar:$tar" "$BATS_FILE_TMPDIR/unpacked" >"$BATS_FILE_TMPDIR/said" 2>&1 || {
            cat "$BATS_FILE_TMPDIR/said" >&2
            return 1
        }
        ln -s unpacked/rootfs "$BATS_FILE_TMPDIR/root"
        mapped sh -c 'cd "$2" && tar --compare --numeric-owner --xattrs --xattrs-include="*" --acls --exclude "./dev/*" -f "$1"' \
            sh "$tar" "$BATS_FILE_TMPDIR/root" >"$BATS_FILE_TMPDIR/differences" 2>&1 || :
    else
        mkdir "$BATS_FILE_TMPDIR/root"
        mapped tar -x -f "$tar" -C "$BATS_FILE_TMPDIR/root" --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*'
    fi
}

teardown_file() {
    [ ! -d "$BATS_FILE_TMPDIR/root" ] || mapped rm -rf "$BATS_FILE_TMPDIR/root" "$BATS_FILE_TMPDIR/unpacked"
}

debian() {
    if [ -s "$BATS_FILE_TMPDIR/reason" ]; then
        # There it must not be left out.
        [ -z "${CI-}" ] || fail "$(cat "$BATS_FILE_TMPDIR/reason")" || return
        skip "$(cat "$BATS_FILE_TMPDIR/reason")"
    fi
    bundle
    cfg --arg r "$BATS_FILE_TMPDIR/root" '.root.path = $r | .process.noNewPrivileges = false | .hostname = "debian"
        | .process.env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
            + .process.env[1:]'
    caps CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_NET_BIND_SERVICE \
        CAP_NET_RAW CAP_SYS_CHROOT CAP_MKNOD CAP_AUDIT_WRITE CAP_SETFCAP
    cfg 'del(.process.capabilities.inheritable)'
    mnt /tmp tmpfs tmpfs mode=1777
    mnt /run tmpfs tmpfs mode=755
    LIMIT=60
}

# In all of these tests there is this user.
user_exists='id tester >/dev/null 2>&1 || adduser --quiet --disabled-password --gecos "" --uid 1000 tester'

@test "Debian: rcrun unpack makes it as it is in the archive, and it runs without a word more" {
    debian
    [ -e "$BATS_FILE_TMPDIR/unpacked" ] || skip 'rcrun-unpack is not built'
    is "$(cat "$BATS_FILE_TMPDIR/differences")" ''
    is "$(cut -d' ' -f 1,2 "$BATS_FILE_TMPDIR/said")" "unpacked $BATS_FILE_TMPDIR/unpacked:"
    grep -q '8 device nodes and sockets left out$' "$BATS_FILE_TMPDIR/said"
    cd "$BATS_FILE_TMPDIR/unpacked"
    rcrun run --net none "$ID" -- apt-get --version
    ok
    [[ ${lines[0]} == 'apt '* ]] || show
}

@test "Debian: the package tools find a sound system" {
    debian
    gosh 'set -e; apt-get --version | head -n 1; apt-get check -q; dpkg --audit; dpkg -l | grep -c "^ii"; cat /etc/debian_version'
    rc 0
    [[ ${lines[0]} == 'apt '* ]] || show
    [ "$(grep -xE '[0-9]+' <<<"$output" | head -n 1)" -gt 60 ] || show
    # As it was made.
    gosh 'stat -c "%u:%g %a" /var/log/apt /var/cache/apt/archives/partial /etc/shadow /usr/bin/su /var/mail /tmp'
    ok
    line '0:42 640'
    line '0:8 2775'
    line '0:0 4755'
    line '0:0 1777'
}

@test "Debian: a package is installed, used and removed" {
    debian
    gosh 'set -e; cd /root; apt-get -q install -y ./hello_*.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
        hello; dpkg -s hello | grep ^Status; dpkg -V hello; apt-get -q purge -y hello >/tmp/log 2>&1; [ -e /usr/bin/hello ] || echo removed'
    rc 0
    out $'Hello, world!\nStatus: install ok installed\nremoved'
}

@test "Debian: without a config, and without a trace: a package is installed" {
    debian
    rm config.json
    rcrun run --rootfs "$BATS_FILE_TMPDIR/root:O" --net=none -e "RCRUN_TEST=$ID" -e DEBIAN_FRONTEND=noninteractive \
        -e LC_ALL=C.UTF-8 "$ID" -- sh -c 'set -e; cd /root
        apt-get -q install -y ./hello_*.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
        hello; adduser --quiet --disabled-password --gecos "" --uid 1001 other; su other -c "id -u"'
    rc 0
    out $'Hello, world!\n1001'
    [ ! -e "$BATS_FILE_TMPDIR/root/usr/bin/hello" ]
}

@test "Debian: what is installed into an upper layer is there the next time" {
    debian
    OPTIONS=(--upper up)
    gosh 'set -e; cd /root; apt-get -q install -y ./hello_*.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
        mv /usr/share/doc /usr/share/papers && [ ! -e /usr/share/doc ] && ls -d /usr/share/papers/hello'
    rc 0
    gosh 'hello; dpkg --audit; mv /usr/share/papers /usr/share/doc; dpkg -V hello && apt-get -q purge -y hello >/tmp/log 2>&1; [ -e /usr/bin/hello ] || echo removed'
    rc 0
    out $'Hello, world!\nremoved'
    [ ! -e "$BATS_FILE_TMPDIR/root/usr/bin/hello" ]
    "$RCRUN" unshare rm -rf up
}

@test "Debian: a user is made, and su changes to it and back" {
    debian
    gosh "set -e; $user_exists; su tester -c 'id -u; id -gn; cd; pwd; touch file; stat -c %U:%u file'
        echo root:secret | chpasswd; su tester -c 'echo secret | su root -c \"id -u\"' 2>/dev/null"
    rc 0
    out $'1000\ntester\n/home/tester\ntester:1000\n0'
    # Outside the file belongs to the subordinate id.
    first=$(awk -F: -v n="$(id -un)" -v u="$(id -u)" '$1 == n || $1 == u { print $2; exit }' /etc/subuid)
    is "$(mapped stat -c %u "$BATS_FILE_TMPDIR/root/home/tester/file")" 1000
    is "$(stat -c %u "$BATS_FILE_TMPDIR/root/home/tester")" $((first + 999))
    # And a container that is this user from the start sees the same.
    user 1000
    caps
    gosh 'id -un; echo $HOME; stat -c %U /home/tester/file; touch /home/tester/other; touch /root/x 2>/dev/null || echo closed'
    rc 0
    out $'tester\n/home/tester\ntester\nclosed'
}

@test "Debian: setuid programs work, and not with no_new_privs" {
    debian
    gosh "set -e; $user_exists; cp /usr/bin/id /usr/local/bin/suid-id; chmod 4755 /usr/local/bin/suid-id
        su tester -c 'suid-id -u; suid-id -ru; passwd -S | cut -d\" \" -f1'"
    rc 0
    out $'0\n1000\ntester'
    user 1000
    cfg '.process.noNewPrivileges = true'
    go suid-id -u
    rc 0
    out 1000
}

@test "Debian: ping, by root and by a user" {
    debian
    gosh "set -e; $user_exists; ping -q -c 1 -W 2 127.0.0.1 | grep -o '1 received'; su tester -c 'ping -q -c 1 -W 2 127.0.0.1' | grep -o '1 received'"
    rc 0
    out $'1 received\n1 received'
}

@test "Debian: a terminal, devices, proc" {
    debian
    [ "$(timeout 10 script -qec 'test -t 0 && echo yes' /dev/null </dev/null | tr -d '\r')" = yes ] || skip 'script(1) does not work here'
    gosh 'set -e; ls -l /proc/1/exe >/dev/null; df -h / >/dev/null; dd if=/dev/zero of=/dev/null bs=1M count=10 2>/dev/null
        perl -e "print \"perl\n\""; mktemp -d /tmp/x.XXXX >/dev/null; echo fine; script -qec "tty; test -t 1 && echo nested" /dev/null </dev/null | tr -d "\r"'
    rc 0
    line fine
    line perl
    line /dev/pts/0
    line nested
}

@test "Debian: the example, from the archive to the removal" {
    debian
    [ -x "${RCRUN%/*}/rcrun-unpack" ] || skip 'rcrun-unpack is not built'
    cd "$BATS_TEST_TMPDIR"
    # What it makes is there already.
    mmdebstrap() { cp "$DEBIAN_TAR" deb.tar; }
    export -f mmdebstrap
    DEBIAN_TAR=${RCRUN_TEST_CACHE:-$BATS_FILE_TMPDIR}/debian.tar example debian
}
