/* state/list.c - all containers of a root. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "state/store.h"

#define OLD_S 60 /* no create takes so long from its mkdir to its rename */

/* What a crash left: a create before its rename, a delete before its rmdir. */
static void sweep(int root, const char *name)
{
    OWN_FD dir = openat(root, name, STORE_DIR_FLAGS);
    struct err ignored;
    struct stat st;

    if (dir >= 0 && fstat(dir, &st) == 0 && st.st_mtime + OLD_S < time(NULL))
        (void)store_remove_dir(root, name, dir, &ignored);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int store_list(struct arena *a, int root, struct texts *ids, struct err *e)
{
    DIR *list = file_list(root);

    if (!list)
        return err_set(e, errno, "state root");
    for (struct dirent *d; (d = readdir(list));) {
        if (text_starts(d->d_name, STORE_NEW_PREFIX))
            sweep(root, d->d_name);
        else if (d->d_name[0] != '.' && (d->d_type == DT_DIR || d->d_type == DT_UNKNOWN))
            *LIST_ADD(a, ids) = arena_text(a, d->d_name);
    }
    closedir(list);
    if (ids->n)
        qsort(ids->v, ids->n, sizeof *ids->v, by_text);
    return 0;
}

int store_glance(struct arena *a, int root, const char *id, struct state *s, enum status *status,
                 struct err *e)
{
    char path[300];
    OWN_ENTRY x = ENTRY_NONE;

    /* The root is ours alone, and so is what is in it: no link to be afraid of. */
    snprintf(path, sizeof path, "%s/%s", id, phase_files[PHASE_RUNNING]);
    x.phase = PHASE_RUNNING;
    x.id = id;
    x.file = openat(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (x.file < 0) {
        if (store_open(root, id, false, &x, e) < 0) {
            if (x.file < 0 && x.dir >= 0)
                sweep(root, id);
            return -1;
        }
    }
    TRY(store_skim(a, &x, s, e));
    *status = store_judge(x.phase, identity_lives(&s->init));
    return 0;
}
