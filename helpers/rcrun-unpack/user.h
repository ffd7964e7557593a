/* user.h - the user that an image names, as numbers.  Pure. */
#ifndef RCRUN_UNPACK_USER_H
#define RCRUN_UNPACK_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct user {
    uint32_t uid, gid;
    struct {
        uint32_t *v;
        size_t n;
    } groups; /* more of them, when no group is named */
};

/* word: "", NAME, UID, and either with ":GROUP" or ":GID" behind.  passwd and group: texts of the
 * image's files, "" when it has none.  A number need not be in them. */
int user_find(struct arena *a, const char *word, const char *passwd, const char *group,
              struct user *out, struct err *e);

/* Only one number by its name; false: it is not there. */
bool user_by_name(struct arena *a, const char *passwd, const char *name, uint32_t *uid);
bool group_by_name(struct arena *a, const char *group, const char *name, uint32_t *gid);

#endif
