#include "host/members.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/procstat.h"
#include "base/text.h"
#include "os/proc.h"

struct process {
    int64_t pid, parent;
    bool inside; /* by itself; else it may be by a parent */
    bool ended;
};

struct processes {
    struct process *v;
    size_t n;
};

/* The namespace that marks a member; ino 0: there is none, or it may not be seen. */
struct mark {
    char link[8];
    dev_t dev;
    ino_t ino;
};

static bool namespace_of(int proc, int64_t pid, const char *link, struct stat *st)
{
    char path[48];

    snprintf(path, sizeof path, "%lld/ns/%s", (long long)pid, link);
    return fstatat(proc, path, st, 0) == 0;
}

static bool read_process(int proc, const char *pid, struct process *out)
{
    struct procstat stat;
    char path[48];

    snprintf(path, sizeof path, "%.20s/stat", pid);
    if (!text_i64(pid, &out->pid) || !procstat_read(proc, path, &stat))
        return false;
    out->parent = stat.parent;
    out->ended = stat.ended;
    return true;
}

static int by_pid(const void *a, const void *b)
{
    const struct process *x = a, *y = b;

    return (x->pid > y->pid) - (x->pid < y->pid);
}

static int read_all(struct arena *a, int proc, int64_t init, const struct mark *mark,
                    struct processes *out, struct err *e)
{
    DIR *list = file_list(proc);

    if (!list)
        return err_set(e, errno, "/proc");
    for (struct dirent *d; (d = readdir(list));) {
        struct process p = { 0 };
        struct stat st;

        /* One that has ended since is none. */
        if (d->d_name[0] < '1' || d->d_name[0] > '9' || !read_process(proc, d->d_name, &p))
            continue;
        p.inside = p.pid == init || (mark->ino && namespace_of(proc, p.pid, mark->link, &st) &&
                                     st.st_ino == mark->ino && st.st_dev == mark->dev);
        *LIST_ADD(a, out) = p;
    }
    closedir(list);
    if (out->n)
        qsort(out->v, out->n, sizeof *out->v, by_pid);
    return 0;
}

/* By itself or by one of its parents.  What was read at different times may go in a circle, so
 * the steps are counted. */
static bool is_member(const struct processes *all, const struct process *p)
{
    for (size_t steps = 0; p && steps <= all->n; steps++) {
        struct process key = { .pid = p->parent };

        if (p->inside)
            return true;
        p = bsearch(&key, all->v, all->n, sizeof key, by_pid);
    }
    return false;
}

int members_find(struct arena *a, int64_t init, uint32_t made, struct members *out, struct err *e)
{
    struct mark mark = { .link = "" };
    struct processes all = { 0 };
    OWN_FD proc = -1;
    struct stat st;

    *out = (struct members){ 0 };
    TRY(os_proc_host(&proc, e));
    if (made & (NS_PID | NS_MOUNT))
        snprintf(mark.link, sizeof mark.link, "%s", made & NS_PID ? "pid" : "mnt");
    if (mark.link[0] && namespace_of(proc, init, mark.link, &st)) {
        mark.dev = st.st_dev;
        mark.ino = st.st_ino;
    }
    TRY(read_all(a, proc, init, &mark, &all, e));
    for (size_t i = 0; i < all.n; i++)
        if (!all.v[i].ended && is_member(&all, &all.v[i]))
            *LIST_ADD(a, out) = all.v[i].pid;
    if (!(made & NS_PID))
        out->lack = "it has no pid namespace of its own";
    else if (!mark.ino)
        out->lack = "its first process may not be looked at";
    return 0;
}
