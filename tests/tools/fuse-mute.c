/* fuse-mute --version | fuse-mute ... /dev/fd/N
 * In the place of fuse-overlayfs: begins a session as a server does, takes each question, and answers
 * none.  Who asked waits as long as this runs, and cannot even be killed. */
#include <linux/fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char question[1 << 20];

int main(int argc, char **argv)
{
    const struct fuse_in_header *in = (const void *)question;
    struct {
        struct fuse_out_header head;
        struct fuse_init_out init;
    } out = { .head.len = sizeof out,
              .init = { .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096 } };
    int fd;

    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts("fuse-overlayfs: version 1.10") < 0;
    if (argc < 2 || sscanf(argv[argc - 1], "/dev/fd/%d", &fd) != 1)
        return 2;
    for (;;) {
        if (read(fd, question, sizeof question) < (ssize_t)sizeof *in)
            return 0;
        out.head.unique = in->unique;
        if (in->opcode == FUSE_INIT && write(fd, &out, sizeof out) != sizeof out)
            return 1;
    }
}
