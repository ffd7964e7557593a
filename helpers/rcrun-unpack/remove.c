#include "remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/text.h"

/* Removes what is in an open directory, up to the first directory that is not empty, which becomes
 * *below; -1 there: all is gone. */
static int sweep(int dir, int *below, struct err *e)
{
    DIR *list = file_list(dir);
    int num = list ? 0 : errno;

    *below = -1;
    for (struct dirent *d; !num && *below < 0 && (d = readdir(list));) {
        if (text_is(d->d_name, ".") || text_is(d->d_name, ".."))
            continue;
        if (unlinkat(dir, d->d_name, 0) == 0 || unlinkat(dir, d->d_name, AT_REMOVEDIR) == 0)
            continue;
        if (errno == ENOTEMPTY || errno == EEXIST)
            *below = openat(dir, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        num = *below < 0 ? errno : 0;
    }
    if (list)
        closedir(list);
    return num ? err_set(e, num, "remove") : 0;
}

static int remove_tree(int top, struct err *e)
{
    OWN_FD dir = fcntl(top, F_DUPFD_CLOEXEC, 3);
    size_t depth = 0;

    if (dir < 0)
        return err_set(e, errno, "remove");
    for (;;) {
        int next;

        TRY(sweep(dir, &next, e));
        if (next < 0 && depth-- == 0)
            return 0;
        if (next >= 0)
            depth++;
        else
            next = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (next < 0)
            return err_set(e, errno, "remove");
        clean_fd(&dir);
        dir = next;
    }
}

int remove_at(int dir, const char *name, struct err *e)
{
    OWN_FD tree = -1;

    if (unlinkat(dir, name, 0) == 0 || unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return err_set(e, errno, "remove");
    tree = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (tree < 0)
        return err_set(e, errno, "remove");
    TRY(remove_tree(tree, e));
    return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? err_set(e, errno, "remove") : 0;
}
