#include "host/probe-overlay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "host/kernel.h"
#include "os/path.h"

#define ATTRIBUTE "user.rcrun.probe"

/* ---- what a file system can do ---- */

static const struct {
    uint32_t magic;
    const char *name;
} file_systems[] = {
    { EXT4_SUPER_MAGIC, "ext4" },   { XFS_SUPER_MAGIC, "xfs" },        { BTRFS_SUPER_MAGIC, "btrfs" },
    { TMPFS_MAGIC, "tmpfs" },       { RAMFS_MAGIC, "ramfs" },          { OVERLAYFS_SUPER_MAGIC, "overlay" },
    { NFS_SUPER_MAGIC, "nfs" },     { V9FS_MAGIC, "9p" },              { FUSE_SUPER_MAGIC, "fuse" },
    { F2FS_SUPER_MAGIC, "f2fs" },   { SQUASHFS_MAGIC, "squashfs" },    { SMB2_SUPER_MAGIC, "smb" },
    { CIFS_SUPER_MAGIC, "cifs" },   { CEPH_SUPER_MAGIC, "ceph" },      { MSDOS_SUPER_MAGIC, "vfat" },
};

static const char *name_of_fs(struct arena *a, int fd)
{
    struct statfs fs;

    if (fstatfs(fd, &fs) < 0)
        return NULL;
    for (size_t i = 0; i < COUNT_OF(file_systems); i++)
        if (file_systems[i].magic == (uint32_t)fs.f_type)
            return file_systems[i].name;
    return arena_printf(a, "0x%x", (uint32_t)fs.f_type);
}

static int try_attribute(int fd)
{
    return fsetxattr(fd, ATTRIBUTE, "1", 1, 0) < 0 ? errno : 0;
}

/* Memory of our own is of the file system that a tmpfs is, and asks for no privilege. */
static bool tmpfs_has_attributes(void)
{
    OWN_FD fd = memfd_create("rcrun", MFD_CLOEXEC);

    return fd >= 0 && try_attribute(fd) == 0;
}

/* Where there are no files without a name: in a directory that is gone again at once. */
static void try_directory(struct arena *a, int at, const char *unique, struct upper_fact *out)
{
    const char *name = arena_printf(a, ".rcrun-%s", unique);
    struct err e = { 0 };
    OWN_FD dir = -1;

    if (mkdirat(at, name, 0700) < 0) {
        out->num = errno;
        return;
    }
    dir = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0) {
        out->num = errno;
    } else {
        out->xattr = try_attribute(dir);
        /* What hides a file of a lower layer. */
        if (os_make_node(dir, "w", S_IFCHR, 0, &e) < 0)
            out->num = e.num;
        else
            unlinkat(dir, "w", 0);
    }
    unlinkat(at, name, AT_REMOVEDIR);
}

static void try_place(struct arena *a, int at, const char *unique, struct upper_fact *out)
{
    OWN_FD fd = openat(at, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        out->xattr = try_attribute(fd);
    else if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)
        try_directory(a, at, unique, out);
    else
        out->num = errno;
}

/* The directory, or the nearest above that is there. */
static int open_nearest(struct arena *a, const char *path)
{
    int fd;

    for (;;) {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0 || errno != ENOENT || text_is(path, "/"))
            return fd;
        path = path_clean(a, path, "..");
    }
}

/* Returns the directory, or the nearest above, for the caller to close. */
static int probe_upper(struct arena *a, const char *path, const char *unique,
                       struct upper_fact *out)
{
    int fd = open_nearest(a, path);

    *out = (struct upper_fact){ .path = path };
    if (fd < 0) {
        out->num = errno;
        return -1;
    }
    out->fs = name_of_fs(a, fd);
    try_place(a, fd, unique, out);
    return fd;
}

/* ---- what is there already ---- */

static bool has_attribute(int fd, const char *prefix)
{
    char names[4096];
    ssize_t n = flistxattr(fd, names, sizeof names);

    for (ssize_t i = 0; i < n; i += (ssize_t)strlen(names + i) + 1)
        if (text_starts(names + i, prefix))
            return true;
    return false;
}

/* Drivers of overlays keep what was deleted in ways that the others take for files. */
static const char *find_maker(int dir, int depth)
{
    DIR *list = file_list(dir);
    const char *maker = has_attribute(dir, "user.fuseoverlayfs.") ? "fuse-overlayfs"
                        : has_attribute(dir, "trusted.overlay.")  ? "an overlay of root"
                                                                  : NULL;

    if (!list)
        return maker;
    for (struct dirent *d; !maker && (d = readdir(list));) {
        if (text_is(d->d_name, ".wh..opq"))
            maker = "fuse-overlayfs";
        else if (text_starts(d->d_name, ".wh."))
            maker = "fuse-overlayfs, or unpacked from the layer of an image";
        else if (depth && d->d_name[0] != '.' && (d->d_type == DT_DIR || d->d_type == DT_UNKNOWN)) {
            OWN_FD below = openat(dir, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            if (below >= 0)
                maker = find_maker(below, depth - 1);
        }
    }
    closedir(list);
    return maker;
}

static void find_marks(struct arena *a, struct upper_fact *out)
{
    OWN_FD diff = open(path_join(a, out->path, "diff"),
                       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (diff >= 0 && access(path_join(a, out->path, UPPER_MARK), F_OK) < 0)
        out->made_by = find_maker(diff, 1);
}

/* ---- layers in each other ---- */

/* Is a directory another, or below it?  By what it is, whatever links lead there; on another mount it
 * may be below. */
static bool is_below(int at, const char *path, const struct stat *above)
{
    OWN_TEXT way = { 0 };
    struct stat last = { 0 };
    struct stat st;

    for (text_add(&way, path);; text_add(&way, "/..")) {
        if (fstatat(at, way.s, &st, 0) < 0 || st.st_dev != above->st_dev)
            return false;
        if (st.st_ino == above->st_ino)
            return true;
        if (st.st_ino == last.st_ino)
            return false; /* "/" */
        last = st;
    }
}

static void find_meeting(const struct questions *q, int nearest, struct upper_fact *out)
{
    struct stat upper, lower;
    bool there = stat(out->path, &upper) == 0;

    for (size_t i = 0; i < q->lower.n && !out->meets; i++)
        if (stat(q->lower.v[i], &lower) == 0 &&
            (is_below(nearest, ".", &lower) ||
             (there && is_below(AT_FDCWD, q->lower.v[i], &upper))))
            out->meets = q->lower.v[i];
}

/* ---- places ---- */

static const char *make_unique(struct arena *a)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned char bytes[6] = { 0 };
    char text[sizeof bytes + 1] = "";

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return "";
    for (size_t i = 0; i < sizeof bytes; i++)
        text[i] = letters[bytes[i] % 32];
    return arena_copy(a, text, sizeof bytes);
}

static void add_place(struct arena *a, const char *path, struct facts *f)
{
    OWN_FD nearest = -1;

    if (!path || *path != '/')
        return;
    for (size_t i = 0; i < f->upper.places.n; i++)
        if (text_is(f->upper.places.v[i].path, path))
            return;
    nearest = probe_upper(a, path, f->upper.unique, LIST_ADD(a, &f->upper.places));
}

void overlay_probe(struct arena *a, const struct questions *q, struct facts *f)
{
    const char *tmp = getenv("TMPDIR");

    if (q->upper) {
        OWN_FD nearest = -1;

        f->upper.unique = make_unique(a);
        nearest = probe_upper(a, q->upper, f->upper.unique, &f->upper.kept);
        find_marks(a, &f->upper.kept);
        find_meeting(q, nearest, &f->upper.kept);
    }
    if (!q->ephemeral)
        return;
    f->upper.tmpfs_xattrs = kernel_is_at_least(f, 6, 6) && tmpfs_has_attributes();
    if (f->upper.tmpfs_xattrs)
        return;
    if (!f->upper.unique)
        f->upper.unique = make_unique(a);
    add_place(a, tmp && *tmp == '/' ? path_clean(a, "/", tmp) : NULL, f);
    add_place(a, "/var/tmp", f);
    add_place(a, f->state_root ? path_join(a, f->state_root, ".uppers") : NULL, f);
}
