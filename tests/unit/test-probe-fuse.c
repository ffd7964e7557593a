#include "host/probe-fuse.h"

#include "tap.h"

static const struct {
    const char *text;
    bool known;
    uint32_t major, minor;
} rows[] = {
    { "fuse-overlayfs: version 1.10\nFUSE library version 3.14.0\n", true, 1, 10 },
    { "fusermount3 version: 3.14.0\nfuse-overlayfs: version 1.9\n", true, 1, 9 },
    { "fuse-overlayfs: version 1.14-dev\n", true, 1, 14 },
    { "fuse-overlayfs 2.0.1\n", true, 2, 0 },
    { "fuse-overlayfs: version 2\n", false, 0, 0 },
    { "fuse-overlayfs: version unknown\nFUSE library version 3.14.0\n", false, 0, 0 },
    { "fusermount3 version: 3.14.0\n", false, 0, 0 },
    { "fuse-overlayfs: version 99999999999.1\n", false, 0, 0 },
    { "", false, 0, 0 },
};

TEST(the_version_is_that_of_the_program_itself)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t major = 0, minor = 0;

        EQ_INT(fuse_parse_version(rows[i].text, &major, &minor), rows[i].known);
        if (!rows[i].known)
            continue;
        EQ_INT(major, rows[i].major);
        EQ_INT(minor, rows[i].minor);
    }
}
