/* write-meta.c - owners, modes, times, extended attributes, access control lists. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "write.h"

#define CAPABILITY "security.capability"

void write_time(struct archive_entry *entry, struct timespec *mtime)
{
    long nsec = archive_entry_mtime_nsec(entry);

    mtime->tv_sec = archive_entry_mtime(entry);
    mtime->tv_nsec = nsec >= 0 && nsec < 1000000000 ? nsec : 0;
}

/* ---- owners ---- */

int write_take_id(struct writer *w, const struct ids *ids, int64_t id, const char *kind,
                  const char *name, uint32_t *out, bool *changed, struct err *e)
{
    enum ids_answer how;

    TRY(ids_take(ids, id, kind, name, out, &how, e));
    if (how == IDS_CHANGED && !ids->one)
        w->lost.clamped++;
    *changed |= how == IDS_CHANGED && ids->one;
    return 0;
}

static int set_owner(struct writer *w, struct archive_entry *entry, const struct place *p, int fd,
                     struct err *e)
{
    bool changed = false;
    uint32_t uid, gid;

    TRY(write_take_id(w, &w->uids, archive_entry_uid(entry), "uid", p->text, &uid, &changed, e));
    TRY(write_take_id(w, &w->gids, archive_entry_gid(entry), "gid", p->text, &gid, &changed, e));
    w->lost.one += changed;
    /* What we make is ours, but a directory of lower layers may be anybody's. */
    if (uid == geteuid() && gid == getegid() && !w->tree.setgid &&
        (fd < 0 || archive_entry_filetype(entry) != AE_IFDIR))
        return 0;
    if (fd >= 0 ? fchown(fd, uid, gid) < 0
                : fchownat(w->tree.dir, p->name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
        return place_err(e, errno, p->text, "owner %" PRIu32 ":%" PRIu32, uid, gid);
    return 0;
}

/* ---- attributes ---- */

enum fate { KEPT, KEPT_CAPABILITY, KEPT_ACL, DROPPED };

static enum fate attribute_fate(const char *name)
{
    if (text_is(name, CAPABILITY))
        return KEPT_CAPABILITY;
    if (text_is(name, ACL_ACCESS) || text_is(name, ACL_DEFAULT))
        return KEPT_ACL;
    /* Marks of overlays: where this tree is a layer of one, they would be believed. */
    if (text_starts(name, "user.overlay.") || text_starts(name, "user.fuseoverlayfs."))
        return DROPPED;
    return text_starts(name, "user.") ? KEPT : DROPPED;
}

/* A capability that was bound to the root of another user namespace shall be of the one that the
 * tree is for: the kernel adds that by itself when none is said. */
static size_t unbind(const void *value, size_t n, struct vfs_cap_data *out)
{
    uint32_t magic;

    if (n < XATTR_CAPS_SZ_2 || n > XATTR_CAPS_SZ_3)
        return 0;
    memcpy(out, value, XATTR_CAPS_SZ_2);
    magic = le32toh(out->magic_etc);
    if ((magic & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_3)
        out->magic_etc = htole32(VFS_CAP_REVISION_2 | (magic & VFS_CAP_FLAGS_MASK));
    return XATTR_CAPS_SZ_2;
}

static int set_attribute(struct writer *w, const struct place *p, int fd, const char *name,
                         const void *value, size_t n, struct err *e)
{
    enum fate fate = fd < 0 ? DROPPED : attribute_fate(name);
    struct vfs_cap_data cap;

    if (fate == DROPPED) {
        w->lost.attributes++;
        return 0;
    }
    if (fate == KEPT_ACL)
        return write_raw_acl(w, p, fd, name, value, n, e);
    if (fate == KEPT_CAPABILITY) {
        n = unbind(value, n, &cap);
        value = &cap;
    }
    if (fsetxattr(fd, name, value, n, 0) == 0)
        return 0;
    if (errno != EOPNOTSUPP && errno != EINVAL)
        return place_err(e, errno, p->text, "attribute %.60s", name);
    w->lost.refused++;
    return 0;
}

static int set_attributes(struct writer *w, struct archive_entry *entry, const struct place *p,
                          int fd, struct err *e)
{
    const char *name;
    const void *value;
    size_t n;

    if (archive_entry_xattr_reset(entry) == 0)
        return 0;
    while (archive_entry_xattr_next(entry, &name, &value, &n) == ARCHIVE_OK)
        TRY(set_attribute(w, p, fd, name, value, n, e));
    return 0;
}

/* ---- all of it ---- */

int write_meta(struct writer *w, struct archive_entry *entry, const struct place *p, int fd,
               bool late, struct err *e)
{
    mode_t special = archive_entry_perm(entry) & 07000;
    unsigned type = archive_entry_filetype(entry);

    /* A new owner costs a file its capabilities and set-user-ID bits. */
    TRY(set_owner(w, entry, p, fd, e));
    TRY(set_attributes(w, entry, p, fd, e));
    if (special && type != AE_IFLNK && !late) {
        w->setid += special & (S_ISUID | S_ISGID) && type == AE_IFREG;
        if (fd >= 0 ? fchmod(fd, archive_entry_perm(entry)) < 0
                    : fchmodat(w->tree.dir, p->name, archive_entry_perm(entry), 0) < 0)
            return place_err(e, errno, p->text, "mode");
    }
    return fd >= 0 ? write_acls(w, entry, p, fd, e) : 0;
}
