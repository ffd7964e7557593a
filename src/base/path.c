#include "base/path.h"

#include <string.h>

char *path_join(struct arena *a, const char *dir, const char *name)
{
    size_t n = strlen(dir);

    while (*name == '/')
        name++;
    return arena_printf(a, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

char *path_clean(struct arena *a, const char *base, const char *path)
{
    char *in = *path == '/' ? arena_text(a, path) : path_join(a, base, path);
    char *out = arena_get(a, strlen(in) + 2);
    size_t n = 0;

    for (char *part = in; *part;) {
        size_t len;

        while (*part == '/')
            part++;
        len = strcspn(part, "/");
        if (len == 2 && part[0] == '.' && part[1] == '.') {
            while (n && out[--n] != '/')
                continue;
        } else if (len && !(len == 1 && part[0] == '.')) {
            out[n++] = '/';
            memcpy(out + n, part, len);
            n += len;
        }
        part += len;
    }
    if (n == 0)
        out[n++] = '/';
    out[n] = '\0';
    return out;
}

bool path_inside(const char *path, const char *dir)
{
    size_t n = strlen(dir);

    if (strcmp(dir, "/") == 0)
        return true;
    return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

const char *path_last(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
