#include "host/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/path.h"

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

const char *tool_find_helper(struct arena *a, const char *exe, const char *name)
{
    static const char *const places[] = { RCRUN_BINDIR, "/usr/local/bin", "/usr/bin", "/bin" };
    struct stat st;

    if (exe && *exe == '/') {
        const char *beside = arena_printf(a, "%.*s%s", (int)(path_last(exe) - exe), exe, name);

        if (tool_is_program(beside, &st))
            return beside;
    }
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const char *path = path_join(a, places[i], name);

        if (tool_is_program(path, &st))
            return path;
    }
    return NULL;
}
