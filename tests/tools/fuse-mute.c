/* fuse-mute --version | fuse-mute ... /dev/fd/N
 * fuse-mute-two --version | fuse-mute-two ... DIRECTORY
 * In the place of fuse-overlayfs, of version 1 and 2: begins a session as a server does, takes each
 * question, and answers none.  Who asked waits as long as this runs, and cannot even be killed.
 * The second mounts itself, and before writes to /upper/diff/told, when it can be made, what became of
 * calls that a server has no use for. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

static char question[1 << 20];

#ifdef TWO
#define SAYS "2.1"

static void tell(FILE *to, const char *what, int result)
{
    fprintf(to, "%s: %s\n", what, result < 0 ? strerror(errno) : "done");
}

static void try_all(const char *place)
{
    FILE *to = fopen("/upper/diff/told", "w");

    if (!to)
        return;
    tell(to, "namespace", unshare(CLONE_NEWNS));
    tell(to, "bind", mount("/lower", place, NULL, MS_BIND, NULL));
    tell(to, "remount", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
    tell(to, "move", mount("/lower", place, NULL, MS_MOVE, NULL));
    tell(to, "propagation", mount(NULL, "/", NULL, MS_SHARED, NULL));
    tell(to, "umount", umount2("/lower/0", MNT_DETACH));
    tell(to, "socket", socket(AF_INET, SOCK_STREAM, 0));
    fclose(to);
}

static int device(const char *place)
{
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    char options[128];

    try_all(place);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u,allow_other", fd,
             getuid(), getgid());
    return fd < 0 || mount("mute", place, "fuse", MS_NOSUID, options) < 0 ? -1 : fd;
}
#else
#define SAYS "1.10"

static int device(const char *name)
{
    int fd;

    return sscanf(name, "/dev/fd/%d", &fd) == 1 ? fd : -1;
}
#endif

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
        return puts("fuse-overlayfs: version " SAYS) < 0;
    fd = argc < 2 ? -1 : device(argv[argc - 1]);
    if (fd < 0)
        return 2;
    for (;;) {
        if (read(fd, question, sizeof question) < (ssize_t)sizeof *in)
            return 0;
        out.head.unique = in->unique;
        if (in->opcode == FUSE_INIT && write(fd, &out, sizeof out) != sizeof out)
            return 1;
    }
}
