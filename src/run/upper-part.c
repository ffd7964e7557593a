#include "run/upper-part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/path.h"

/* The root of what is merged is that of the upper layer: it shall look like the lowest one. */
static int make_diff(int dir, const char *what, const struct stat *like, bool *made, struct err *e)
{
    static const uint32_t overflow = 65534;

    *made = mkdirat(dir, "diff", like->st_mode & 0777) == 0;
    if (!*made && errno == EEXIST)
        return 0;
    if (!*made)
        return err_set(e, errno, "%s/diff", what);
    /* Who is not mapped here cannot be its owner. */
    if ((like->st_uid || like->st_gid) &&
        fchownat(dir, "diff", like->st_uid == overflow ? 0 : like->st_uid,
                 like->st_gid == overflow ? 0 : like->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return err_set(e, errno, "owner of %s/diff", what);
    if ((like->st_mode & 07000) && fchmodat(dir, "diff", like->st_mode & 07777, 0) < 0)
        return err_set(e, errno, "mode of %s/diff", what);
    return 0;
}

/* A link there would be somebody's trick, another mount another file system. */
static int open_part(int dir, const char *name, const char *what, int *fd, struct err *e)
{
    *fd = os_open_below(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    return *fd < 0 ? err_set(e, errno, "%s/%s", what, name) : 0;
}

int upper_parts(int dir, const char *what, const struct stat *like, bool *fresh, int *diff,
                int *work, struct err *e)
{
    TRY(make_diff(dir, what, like, fresh, e));
    if (mkdirat(dir, "work", 0700) < 0 && errno != EEXIST)
        return err_set(e, errno, "%s/work", what);
    TRY(open_part(dir, "diff", what, diff, e));
    return open_part(dir, "work", what, work, e);
}
