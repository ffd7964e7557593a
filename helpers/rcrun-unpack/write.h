/* write.h - entries of an archive become inodes.
 * Runs in: the jail, the target as its root. */
#ifndef RCRUN_UNPACK_WRITE_H
#define RCRUN_UNPACK_WRITE_H

#include <archive.h>
#include <archive_entry.h>

#include "ids.h"
#include "tree.h"

#define ENTRIES_MAX (8u << 20)

/* What did not go as the archive says. */
struct losses {
    uint64_t devices;    /* not possible in a user namespace */
    uint64_t attributes; /* labels of the host that made it, and the like */
    uint64_t refused;    /* user.* and capabilities that the file system does not take */
    uint64_t acls;       /* that it does not take, or that name nobody we know */
    uint64_t one;        /* owners that became the only id */
    uint64_t clamped;
    uint64_t odd;        /* that libarchive had doubts about */
    char odd_text[200];  /* the first */
};

struct writer {
    struct tree tree;
    struct ids uids, gids;
    uint64_t bytes_max; /* UINT64_MAX = no limit */
    uint64_t bytes, entries;
    uint64_t setid; /* programs that run as their owner */
    struct losses lost;
    struct {
        struct late_acl *v;
        size_t n;
    } acls; /* those that are inherited: set when nothing can inherit them any more */
    struct arena *a;
};

/* One entry, with its data.  layered: whiteouts are such, not files. */
int write_entry(struct writer *w, struct archive *ar, struct archive_entry *entry, bool layered,
                struct err *e);

/* write-meta.c: owner, attributes, access control lists, mode, in the order that keeps them all.  fd: of
 * a file or directory, or -1.  late: the mode comes later. */
int write_meta(struct writer *w, struct archive_entry *entry, const struct place *p, int fd,
               bool late, struct err *e);
void write_time(struct archive_entry *entry, struct timespec *mtime);
/* ids_take(), and what it lost is counted; *changed: the only id took the place. */
int write_take_id(struct writer *w, const struct ids *ids, int64_t id, const char *kind,
                  const char *name, uint32_t *out, bool *changed, struct err *e);

/* write-acl.c */
#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

int write_acls(struct writer *w, struct archive_entry *entry, const struct place *p, int fd,
               struct err *e);
/* One that is an attribute in the archive. */
int write_raw_acl(struct writer *w, const struct place *p, int fd, const char *key,
                  const void *value, size_t n, struct err *e);
/* The mode of a directory: with a list, the bits of the group are the mask of that. */
mode_t write_dir_mode(struct archive_entry *entry, int fd, const struct stat *st);
/* Lists that directories hand down, and those with names in them, which /etc/passwd and /etc/group of
 * the tree turn into numbers: after all layers. */
int write_late_acls(struct writer *w, const char *passwd, const char *group, struct err *e);

#endif
