/* write-acl.c - access control lists, as the kernel wants them. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "user.h"
#include "write.h"

#define ACL_MOST 1024 /* entries; more than an attribute can hold anyhow */

struct acl {
    struct {
        struct posix_acl_xattr_header header;
        struct posix_acl_xattr_entry v[ACL_MOST];
    } value;
    size_t n;
    const char *names[ACL_MOST]; /* who it is, where there is no number */
    bool named;
};

struct late_acl {
    const char *path, *key;
    uint64_t ino;
    struct posix_acl_xattr_header *value;
    const char **names; /* NULL = no entry has one */
    size_t n;           /* entries */
};

/* ---- out of an entry ---- */

static uint16_t tag_of(int tag)
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
static void put(struct acl *acl, struct posix_acl_xattr_entry x, const char *name)
{
    size_t i = acl->n++;

    for (; i && le16toh(acl->value.v[i - 1].e_tag) > le16toh(x.e_tag); i--) {
        acl->value.v[i] = acl->value.v[i - 1];
        acl->names[i] = acl->names[i - 1];
    }
    acl->value.v[i] = x;
    acl->names[i] = name;
    acl->named |= name != NULL;
}

static int add(struct writer *w, const struct place *p, struct acl *acl, int tag, int permset, int id,
               const char *name, struct err *e)
{
    bool user = tag == ARCHIVE_ENTRY_ACL_USER, who = user || tag == ARCHIVE_ENTRY_ACL_GROUP;
    uint32_t number = (uint32_t)ACL_UNDEFINED_ID;
    bool ignored = false;

    if (acl->n == ACL_MOST || !tag_of(tag) || (who && id < 0 && (!name || !*name))) {
        w->lost.acls++;
        return 0;
    }
    if (who && id >= 0) {
        TRY(write_take_id(w, user ? &w->uids : &w->gids, id, user ? "uid" : "gid", p->text, &number,
                          &ignored, e));
        name = NULL;
    }
    put(acl, (struct posix_acl_xattr_entry){ htole16(tag_of(tag)), htole16((uint16_t)(permset & 7)),
                                             htole32(number) },
        who && name ? arena_text(w->a, name) : NULL);
    return 0;
}

static int build(struct writer *w, struct archive_entry *entry, int type, const struct place *p,
                 struct acl *acl, struct err *e)
{
    int is, permset, tag, id;
    const char *name;

    acl->n = 0;
    acl->named = false;
    acl->value.header.a_version = htole32(POSIX_ACL_XATTR_VERSION);
    if (archive_entry_acl_reset(entry, type) == 0)
        return 0;
    while (archive_entry_acl_next(entry, type, &is, &permset, &tag, &id, &name) == ARCHIVE_OK)
        TRY(add(w, p, acl, tag, permset, id, name, e));
    return 0;
}

/* ---- into an inode ---- */

static size_t length(size_t n)
{
    return sizeof(struct posix_acl_xattr_header) + n * sizeof(struct posix_acl_xattr_entry);
}

/* What the file system or the kernel does not take is lost, and told. */
static int set(struct writer *w, const struct place *p, int fd, const char *key, const void *value,
               size_t n, struct err *e)
{
    if (fsetxattr(fd, key, value, n, 0) == 0)
        return 0;
    if (errno != EOPNOTSUPP && errno != EINVAL)
        return place_err(e, errno, p->text, "access control list");
    w->lost.acls++;
    return 0;
}

static void keep(struct writer *w, const struct place *p, int fd, const char *key, const void *value,
                 size_t n, const char *const *names)
{
    struct late_acl *l;
    struct stat st;

    if (fstat(fd, &st) < 0)
        return;
    l = LIST_ADD(w->a, &w->acls);
    *l = (struct late_acl){ .path = arena_printf(w->a, "/%s", p->text), .key = key,
                            .ino = st.st_ino, .n = n };
    l->value = arena_get(w->a, length(n));
    memcpy(l->value, value, length(n));
    if (!names)
        return;
    l->names = arena_get(w->a, n * sizeof *names);
    memcpy(l->names, names, n * sizeof *names);
}

static int use(struct writer *w, const struct place *p, int fd, const char *key, struct acl *acl,
               struct err *e)
{
    if (!acl->n)
        return 0;
    if (!acl->named && text_is(key, ACL_ACCESS))
        return set(w, p, fd, key, &acl->value, length(acl->n), e);
    keep(w, p, fd, key, &acl->value, acl->n, acl->named ? acl->names : NULL);
    return 0;
}

int write_acls(struct writer *w, struct archive_entry *entry, const struct place *p, int fd,
               struct err *e)
{
    struct acl acl;

    if (!(archive_entry_acl_types(entry) & ARCHIVE_ENTRY_ACL_TYPE_POSIX1E))
        return 0;
    TRY(build(w, entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, p, &acl, e));
    TRY(use(w, p, fd, ACL_ACCESS, &acl, e));
    if (archive_entry_filetype(entry) != AE_IFDIR)
        return 0;
    TRY(build(w, entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, p, &acl, e));
    return use(w, p, fd, ACL_DEFAULT, &acl, e);
}

int write_raw_acl(struct writer *w, const struct place *p, int fd, const char *key,
                  const void *value, size_t n, struct err *e)
{
    size_t entries = n < length(0) ? 0 : (n - length(0)) / sizeof(struct posix_acl_xattr_entry);

    if (text_is(key, ACL_ACCESS))
        return set(w, p, fd, ACL_ACCESS, value, n, e);
    if (entries)
        keep(w, p, fd, ACL_DEFAULT, value, entries, NULL);
    return 0;
}

mode_t write_dir_mode(struct archive_entry *entry, int fd, const struct stat *st)
{
    mode_t mode = archive_entry_perm(entry);
    bool listed = archive_entry_acl_types(entry) & ARCHIVE_ENTRY_ACL_TYPE_ACCESS;

    return listed && fgetxattr(fd, ACL_ACCESS, NULL, 0) > 0 ? (mode & ~(mode_t)070) | (st->st_mode & 070)
                                                            : mode;
}

/* ---- at the end ---- */

static bool number_of(struct writer *w, const struct posix_acl_xattr_entry *x, const char *name,
                      const char *passwd, const char *group, uint32_t *id)
{
    bool user = le16toh(x->e_tag) == ACL_USER, ignored = false;
    struct err e;

    if (!text_id(name, id) && !(user ? user_by_name(w->a, passwd, name, id)
                                     : group_by_name(w->a, group, name, id)))
        return false;
    return write_take_id(w, user ? &w->uids : &w->gids, *id, "id", "", id, &ignored, &e) == 0;
}

/* Who is not known has no entry. */
static void number_names(struct writer *w, struct late_acl *l, const char *passwd, const char *group)
{
    struct posix_acl_xattr_entry *v = (struct posix_acl_xattr_entry *)(l->value + 1);
    size_t kept = 0;

    for (size_t i = 0; l->names && i < l->n; i++) {
        uint32_t id = le32toh(v[i].e_id);

        if (l->names[i] && !number_of(w, &v[i], l->names[i], passwd, group, &id)) {
            w->lost.acls++;
            continue;
        }
        v[kept] = v[i];
        v[kept++].e_id = htole32(id);
    }
    if (l->names)
        l->n = kept;
}

int write_late_acls(struct writer *w, const char *passwd, const char *group, struct err *e)
{
    for (size_t i = 0; i < w->acls.n; i++) {
        struct late_acl *l = &w->acls.v[i];
        OWN_FD fd = open(l->path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        struct place p;
        struct stat st;

        /* Layers above may have put something else there. */
        if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != l->ino)
            continue;
        TRY(place_set(&p, l->path, e));
        number_names(w, l, passwd, group);
        TRY(set(w, &p, fd, l->key, l->value, length(l->n), e));
    }
    return 0;
}
