# Words for the patches of the cases.

# ---- config ----
def bind($destination; $source; $options):
    .mounts += [{ destination: $destination, source: $source, options: $options }];
def mount($type; $destination; $options):
    .mounts += [{ destination: $destination, type: $type, source: $type, options: $options }];
def no_mounts: .mounts = [];
def new($type): .linux.namespaces += [{ type: $type }];
def without($type): .linux.namespaces |= map(select(.type != $type));
def join($type; $path): without($type) | .linux.namespaces += [{ type: $type, path: $path }];
def ids($inside; $outside; $size): { containerID: $inside, hostID: $outside, size: $size };
def maps($uids; $gids): .linux.uidMappings = $uids | .linux.gidMappings = $gids;
def mapped($uids; $gids): .mounts[-1] += { uidMappings: $uids, gidMappings: $gids };
def root_key($key; $value): .annotations["org.rcrun.root.\($key)"] = $value;
def ephemeral: root_key("overlay"; "ephemeral");
def kept($dir): root_key("overlay"; "upper") | root_key("upper"; $dir);
def lowers($n): reduce range($n) as $i (.; root_key("lower.\($i)"; "/l\($i)"));

# ---- facts ----
def extent($inside; $outside; $size): { inside: $inside, outside: $outside, size: $size };
def bit($n): pow(2; $n);
def all_caps: bit(41) - 1;
def lacks($caps; $bit): if ($caps / bit($bit) | floor) % 2 == 1 then $caps - bit($bit) else $caps end;
def cap_mknod: 27;
def cap_setgid: 6;
def cap_setuid: 7;
def cap_sys_admin: 21;
def cap_sys_resource: 24;
def cap_setfcap: 31;
def dir($path; $uid): { path: $path, kind: "dir", dev: 1, ino: 2, mode: 493, uid: $uid, gid: $uid };
def file($path): dir($path; 1000) | .kind = "file" | .mode = 420;
def device($kind; $path; $major; $minor):
    dir($path; 0) | .kind = $kind | .mode = 438 | .rdev = $major * 256 + $minor;
def missing($path): { path: $path, kind: "missing", errno: 2 };
def change_path($path; f): .paths |= map(if .path == $path then f else . end);
def limit($number; $soft; $hard): .self.rlimits[$number] = { soft: $soft, hard: $hard };
def place($path): { path: $path, fs: "ext4" };
def kept_at($path): .upper.kept = place($path);
def no_tmpfs($places): .upper |= (.tmpfsXattrs = false | .places = $places);
def with_dirs($n): .paths += [range($n) | dir("/l\(.)"; 1000)];
def layers($paths): .paths += [$paths[] | dir(.; 1000)];
def old_kernel: .kernel |= (.overlayFdLayers = false | .overlayLowerdirPlus = false | .cloneDetached = false);
def fuse_works: .fuse = { program: "/usr/bin/fuse-overlayfs", major: 1, minor: 10 };
