#include "host/facts.h"

#include <string.h>

/* Sorted, since a config may have thousands of mounts. */
const struct path_fact *facts_path(const struct facts *f, const char *path)
{
    size_t low = 0, high = f->paths.n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, f->paths.v[middle].path);

        if (order == 0)
            return &f->paths.v[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct ns_fact *facts_namespace(const struct facts *f, const char *path)
{
    for (size_t i = 0; i < f->namespaces.n; i++)
        if (strcmp(f->namespaces.v[i].path, path) == 0)
            return &f->namespaces.v[i];
    return NULL;
}
