#include "host/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"

static const char *const folders[] = { "/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin" };

bool tool_is_program(const char *path, struct stat *st)
{
    if (stat(path, st) < 0 || !S_ISREG(st->st_mode))
        return false;
    return (st->st_mode & S_IXOTH) || access(path, X_OK) == 0;
}

const char *tool_find(struct arena *a, const char *name, struct stat *st)
{
    const char *list = getenv("PATH");
    char path[4096];

    while (list && *list) {
        size_t n = strcspn(list, ":");

        /* A relative folder would be whatever directory we happen to be in. */
        if (list[0] == '/' &&
            snprintf(path, sizeof path, "%.*s/%s", (int)n, list, name) < (int)sizeof path &&
            tool_is_program(path, st))
            return arena_text(a, path);
        list += n + (list[n] == ':');
    }
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        snprintf(path, sizeof path, "%s/%s", folders[i], name);
        if (tool_is_program(path, st))
            return arena_text(a, path);
    }
    return NULL;
}
