/* write-meta.c - owners, modes, times, extended attributes, access control lists. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "write.h"

#define CAPABILITY "security.capability"
#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

void write_time(struct archive_entry *entry, struct timespec *mtime)
{
    long nsec = archive_entry_mtime_nsec(entry);

    mtime->tv_sec = archive_entry_mtime(entry);
    mtime->tv_nsec = nsec >= 0 && nsec < 1000000000 ? nsec : 0;
}

/* ---- owners ---- */

static int take_id(struct writer *w, const struct ids *ids, int64_t id, const char *kind,
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

    TRY(take_id(w, &w->uids, archive_entry_uid(entry), "uid", p->text, &uid, &changed, e));
    TRY(take_id(w, &w->gids, archive_entry_gid(entry), "gid", p->text, &gid, &changed, e));
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

/* ---- access control lists ---- */

#define ACL_MOST 1024 /* entries; the kernel takes what fits into 64 KiB */

static uint16_t acl_tag(int tag)
{
    switch (tag) {
    case ARCHIVE_ENTRY_ACL_USER_OBJ:
        return ACL_USER_OBJ;
    case ARCHIVE_ENTRY_ACL_USER:
        return ACL_USER;
    case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
        return ACL_GROUP_OBJ;
    case ARCHIVE_ENTRY_ACL_GROUP:
        return ACL_GROUP;
    case ARCHIVE_ENTRY_ACL_MASK:
        return ACL_MASK;
    case ARCHIVE_ENTRY_ACL_OTHER:
        return ACL_OTHER;
    default:
        return 0;
    }
}

/* In the order that the kernel wants, which is that of the tags. */
static void acl_sort(struct posix_acl_xattr_entry *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k && le16toh(v[k].e_tag) < le16toh(v[k - 1].e_tag); k--) {
            struct posix_acl_xattr_entry other = v[k];

            v[k] = v[k - 1];
            v[k - 1] = other;
        }
}

struct acl {
    struct posix_acl_xattr_header header;
    struct posix_acl_xattr_entry v[ACL_MOST];
};

/* Length of the attribute, 0 = there is none. */
static int acl_build(struct writer *w, struct archive_entry *entry, int type, const struct place *p,
                     struct acl *acl, size_t *length, struct err *e)
{
    int is, permset, tag, qualifier;
    const char *name;
    size_t n = 0;

    *length = 0;
    if (archive_entry_acl_reset(entry, type) == 0)
        return 0;
    acl->header.a_version = htole32(POSIX_ACL_XATTR_VERSION);
    while (archive_entry_acl_next(entry, type, &is, &permset, &tag, &qualifier, &name) == ARCHIVE_OK) {
        struct posix_acl_xattr_entry *x = &acl->v[n];
        uint32_t id = (uint32_t)ACL_UNDEFINED_ID;
        bool ignored = false, who = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;

        if (n == ACL_MOST || !acl_tag(tag) || (who && qualifier < 0)) {
            w->lost.acls++;
            continue;
        }
        if (who)
            TRY(take_id(w, tag == ARCHIVE_ENTRY_ACL_USER ? &w->uids : &w->gids, qualifier,
                        tag == ARCHIVE_ENTRY_ACL_USER ? "uid" : "gid", p->text, &id, &ignored, e));
        *x = (struct posix_acl_xattr_entry){ htole16(acl_tag(tag)), htole16((uint16_t)(permset & 7)),
                                             htole32(id) };
        n++;
    }
    acl_sort(acl->v, n);
    *length = n ? sizeof acl->header + n * sizeof acl->v[0] : 0;
    return 0;
}

/* What the file system or the kernel does not take is lost, and told. */
static int set_acl(struct writer *w, const struct place *p, int fd, const char *key,
                   const void *value, size_t n, struct err *e)
{
    if (fsetxattr(fd, key, value, n, 0) == 0)
        return 0;
    if (errno != EOPNOTSUPP && errno != EINVAL)
        return place_err(e, errno, p->text, "access control list");
    w->lost.acls++;
    return 0;
}

static void keep_default(struct writer *w, const struct place *p, int fd, const void *value, size_t n)
{
    struct late_acl *l;
    struct stat st;

    if (fstat(fd, &st) < 0)
        return;
    l = LIST_ADD(w->a, &w->acls);
    *l = (struct late_acl){ .path = arena_printf(w->a, "/%s", p->text), .ino = st.st_ino, .n = n };
    l->value = arena_copy(w->a, value, n);
}

static int set_acls(struct writer *w, struct archive_entry *entry, const struct place *p, int fd,
                    struct err *e)
{
    struct acl acl;
    size_t n;

    if (!(archive_entry_acl_types(entry) & ARCHIVE_ENTRY_ACL_TYPE_POSIX1E))
        return 0;
    TRY(acl_build(w, entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, p, &acl, &n, e));
    if (n)
        TRY(set_acl(w, p, fd, ACL_ACCESS, &acl, n, e));
    TRY(acl_build(w, entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, p, &acl, &n, e));
    if (n && archive_entry_filetype(entry) == AE_IFDIR)
        keep_default(w, p, fd, &acl, n);
    return 0;
}

mode_t write_dir_mode(struct archive_entry *entry, int fd, const struct stat *st)
{
    mode_t mode = archive_entry_perm(entry);
    bool listed = archive_entry_acl_types(entry) & ARCHIVE_ENTRY_ACL_TYPE_ACCESS;

    return listed && fgetxattr(fd, ACL_ACCESS, NULL, 0) > 0 ? (mode & ~(mode_t)070) | (st->st_mode & 070)
                                                            : mode;
}

int write_late_acls(struct writer *w, struct err *e)
{
    for (size_t i = 0; i < w->acls.n; i++) {
        const struct late_acl *l = &w->acls.v[i];
        OWN_FD fd = open(l->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct place p;
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != l->ino)
            continue;
        TRY(place_set(&p, l->path, e));
        TRY(set_acl(w, &p, fd, ACL_DEFAULT, l->value, l->n, e));
    }
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
        return text_is(name, ACL_ACCESS) ? set_acl(w, p, fd, name, value, n, e)
                                         : (keep_default(w, p, fd, value, n), 0);
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
    return fd >= 0 ? set_acls(w, entry, p, fd, e) : 0;
}
