#include "os/landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clean.h"
#include "os/compat.h"

/* Newer kernels know more than the header that we were built with; they are asked by number. */
#define CREATE_VERSION 1u

/* struct landlock_ruleset_attr of Linux 6.12. */
struct rules {
    uint64_t files, net, scopes;
};

/* Rights over files by version of the interface. */
static uint64_t rights(long version)
{
    unsigned n = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;

    return (UINT64_C(1) << n) - 1;
}

int os_landlock_nothing(bool *there, struct err *e)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    struct rules rules = { .files = rights(version), .scopes = version >= 6 ? 3 : 0 };
    size_t size = version >= 6 ? sizeof rules : sizeof rules.files;
    OWN_FD set = -1;

    *there = version > 0;
    if (version <= 0)
        return 0;
    set = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (set < 0)
        return err_set(e, errno, "landlock rules");
    if (syscall(SYS_landlock_restrict_self, set, 0) < 0)
        return err_set(e, errno, "landlock");
    return 0;
}
