#include "host/owners.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "host/facts.h"
#include "os/path.h"

#define DEPTH_MAX 48

struct look {
    const struct id_map *uids, *gids;
    struct owners *out;
};

static void note(struct id_span *span, const struct id_map *map, uint32_t id)
{
    if (facts_map_has_outside(map, id, NULL))
        return;
    if (!span->any || id < span->low)
        span->low = id;
    if (!span->any || id > span->high)
        span->high = id;
    span->any = true;
}

static void look(const struct look *x, int own_fd, int depth)
{
    DIR *list = own_fd < 0 ? NULL : fdopendir(own_fd);
    const struct dirent *d;
    struct stat st;

    if (!list) {
        clean_fd(&own_fd);
        return;
    }
    while ((d = readdir(list))) {
        if (strcmp(d->d_name, "..") == 0 ||
            fstatat(dirfd(list), d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        note(&x->out->uids, x->uids, st.st_uid);
        note(&x->out->gids, x->gids, st.st_gid);
        if (S_ISDIR(st.st_mode) && strcmp(d->d_name, ".") != 0 && depth < DEPTH_MAX)
            look(x, os_open_below(dirfd(list), d->d_name, O_RDONLY | O_DIRECTORY), depth + 1);
    }
    closedir(list);
}

void owners_beyond(const char *dir, const struct id_map *uids, const struct id_map *gids,
                   struct owners *out)
{
    const struct look x = { uids, gids, out };

    *out = (struct owners){ 0 };
    look(&x, open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), 0);
}
