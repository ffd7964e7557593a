#!/usr/bin/env python3
"""The flags of mounts: what is asked for, and what the kernel says it is.

    flags.py make CASE SOURCE    the mounts of a config.json, as JSON
    flags.py judge CASE          reads mountinfo of the container, prints each difference

CASE names a kind of mount.  The options of mount number N of a case are always the same, so that
`judge` needs nothing but the name.
"""

import itertools
import json
import sys

BITS = ["ro", "nosuid", "nodev", "noexec"]
MORE = ["nodiratime", "nosymfollow"]
ATIME = ["noatime", "relatime", "strictatime"]
# Not bits, but what several words in a row must come to: the last one wins.
ROWS = [
    (["ro", "rw"], set()),
    (["rw", "ro"], {"ro"}),
    (["nosuid", "suid", "nosuid"], {"nosuid"}),
    (["nosuid", "suid"], set()),
    (["nodev", "dev", "nodev", "noexec", "exec"], {"nodev"}),
    (["noatime", "strictatime"], {"strictatime"}),
    (["strictatime", "noatime", "nodiratime", "diratime"], {"noatime"}),
    (["nosymfollow", "symfollow"], set()),
    (["defaults", "ro", "nosuid", "nodev", "noexec"], set(BITS)),
]

# kind: file system type, options that make it one, is it a new file system?
KINDS = {
    "bind": ("bind", ["bind"], False),
    "rbind": ("none", ["rbind"], False),
    "tree": ("none", ["rbind"], False),
    "tmpfs": ("tmpfs", [], True),
    "proc": ("proc", [], True),
    "sysfs": ("sysfs", [], True),
    "mqueue": ("mqueue", [], True),
    "devpts": ("devpts", [], True),
    "cgroup2": ("cgroup2", [], True),
    "shared-network": ("sysfs", [], True),
    "shared-pid": ("proc", [], True),
    "shared-cgroup": ("cgroup2", [], True),
}


FROM_HOST = ["bind", "rbind", "tree", "proc", "sysfs", "shared-network", "shared-pid", "shared-cgroup"]
TIMES = set(ATIME) | {"nodiratime", "diratime", "norelatime"}


def subsets(words):
    return itertools.chain.from_iterable(
        itertools.combinations(words, n) for n in range(len(words) + 1))


def combinations(kind):
    """Lists of (options, flags that must be there, the same for all mounts below)."""
    found = []
    # Without root the access times of what the host has mounted are not to be changed.
    more = ["nosymfollow"] if kind in FROM_HOST else MORE
    times = [[]] if kind in FROM_HOST else [[]] + [[word] for word in ATIME]
    for words in subsets(BITS + more):
        for time in times:
            flags = list(words) + time
            found.append((flags, set(flags), set()))
            # The same for the tree, and so for the mount itself.
            found.append((["r" + word for word in flags], set(flags), set(flags)))
    for words, flags in ROWS:
        found.append((words, flags, set()))
    if kind in ("rbind", "tree"):
        found.append((["rro", "nosuid"], {"ro", "nosuid"}, {"ro"}))
        found.append((["ro", "rnoexec", "rnosymfollow"], {"ro", "noexec", "nosymfollow"},
                      {"noexec", "nosymfollow"}))
    # What is locked on the source cannot be taken away: that is refused, and tested elsewhere.
    if kind == "tree":
        found = [f for f in found if not {"suid", "rw", "dev", "exec"} & set(f[0])]
    if kind in FROM_HOST:
        found = [f for f in found if not TIMES & set(f[0])]
    return found


def make(kind, source):
    fs, words, new = KINDS[kind]
    mounts = [{"destination": "/m", "type": "tmpfs", "source": "m"}]
    for i, (options, _, _) in enumerate(combinations(kind)):
        mounts.append({
            "destination": "/m/%03d" % i,
            "type": fs,
            "source": fs if new else source,
            "options": words + options,
        })
    json.dump(mounts, sys.stdout)


def flags_of(text):
    flags = set(text.split(","))
    if not flags & {"noatime", "relatime"}:
        flags.add("strictatime")
    return flags


def judge(kind):
    at = {}
    for line in sys.stdin:
        field = line.split()
        at[field[4]] = flags_of(field[5])
    exact = kind in ("tmpfs", "bind", "rbind")
    seen = 0
    for i, (options, flags, tree) in enumerate(combinations(kind)):
        point = "/m/%03d" % i
        if point not in at:
            print("%s: not mounted" % point)
            continue
        seen += 1
        missing = flags - at[point]
        # relatime is the kernel's own choice, rw says that nothing was asked.
        surplus = at[point] - flags - {"relatime", "rw"} if exact else set()
        if missing or surplus:
            print("%s %s %s: lacks %s, has %s too" % (kind, point, ",".join(options),
                                                      ",".join(sorted(missing)) or "nothing",
                                                      ",".join(sorted(surplus)) or "nothing"))
        for below in at:
            if below.startswith(point + "/"):
                seen += 1
                if not tree <= at[below]:
                    print("%s %s %s: lacks %s" % (kind, below, ",".join(options),
                                                  ",".join(sorted(tree - at[below]))))
    print("%d mounts seen" % seen, file=sys.stderr)


if sys.argv[1] == "make":
    make(sys.argv[2], sys.argv[3])
else:
    judge(sys.argv[2])
