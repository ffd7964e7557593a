#include "host/exe.h"

#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/seal.h"

/* Capabilities that make permission bits and owners meaningless. */
#define STRONG_CAPS                                                                            \
    (1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_FOWNER | 1ull << CAP_SETFCAP | \
     1ull << CAP_SYS_ADMIN)

/* Could the root of a container write this inode?  It has at most our ids and our subordinate
 * ones, and capabilities only over what belongs to these.  The group bits bound every entry of
 * an access control list, so the mode tells enough. */
static bool is_out_of_reach(const struct facts *f, const struct stat *st)
{
    return st->st_uid != f->self.euid && st->st_uid != f->self.uid &&
           !facts_map_has_outside(&f->subid.uids, st->st_uid, NULL) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* SEAL_NONE only when file and folder are out of reach (the kernel itself refuses then).  A
 * program of another user than root may be in an id map that we do not know: that one is sealed,
 * too. */
static enum seal_kind choose(const struct facts *f)
{
    struct stat file, folder;
    char dir[PATH_MAX];

    if (stat("/proc/self/exe", &file) < 0)
        return SEAL_MEMFD;
    if (f->self.euid != 0 && !(f->self.caps & STRONG_CAPS) && file.st_uid == 0 &&
        is_out_of_reach(f, &file)) {
        size_t n = (size_t)(strrchr(f->exe.path, '/') - f->exe.path);

        memcpy(dir, f->exe.path, n + 1);
        dir[n ? n : 1] = '\0';
        if (stat(dir, &folder) == 0 && is_out_of_reach(f, &folder))
            return SEAL_NONE;
    }
    /* An overlay needs the file by its name. */
    return file.st_nlink == 0 ? SEAL_MEMFD : SEAL_OVERLAY;
}

void exe_probe(struct arena *a, struct facts *f)
{
    const char *origin = getenv(SEAL_ORIGIN);
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

    f->exe.seal = SEAL_MEMFD;
    if (n > 0 && path[0] == '/') {
        path[n] = '\0';
        f->exe.path = arena_text(a, path);
        f->exe.seal = choose(f);
    }
    /* Where nothing can be written nothing is sealed, so there is nothing to look for. */
    f->exe.sealed = f->exe.seal != SEAL_NONE && os_is_sealed();
    if (f->exe.sealed && origin && *origin == '/')
        f->exe.path = arena_text(a, origin);
}
