/* remove DIRECTORY [MAP]: removes it as rcrun removes what a container has left behind. */
#include <stdio.h>

#include "base/fd.h"
#include "base/log.h"
#include "cli/userns.h"

int main(int argc, char **argv)
{
    const struct global global = { 0 };
    struct call c = { .arena = arena_new(), .global = &global, .argv = argv };
    const struct userns_map map = { .words = argc > 2 ? argv[2] : NULL };
    struct err e = { 0 };

    if (argc < 2 || fd_fill_stdio(&e) < 0 || fd_cloexec_from(3, &e) < 0)
        return 2;
    if (userns_remove(&c, argv[1], &map, &e) == 0)
        return 0;
    log_final("remove", &e);
    return 1;
}
