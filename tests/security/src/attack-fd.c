/* attack-fd.c - descriptors: what was inherited, and how many are needed. */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "file";
    case S_IFDIR:
        return "dir";
    case S_IFCHR:
        return "char";
    case S_IFIFO:
        return "pipe";
    case S_IFSOCK:
        return "socket";
    default:
        return "other";
    }
}

/* "NUMBER KIND MAJOR:MINOR", the link's text is for the reader.  By fstat, not by /proc: that
 * may be the container's own idea. */
int do_fds(int argc, char **argv)
{
    FILE *log = NULL;
    struct stat st[1024];
    char open_[1024];

    for (int fd = 0; fd < 1024; fd++)
        open_[fd] = fstat(fd, &st[fd]) == 0;
    log = argc > 1 ? fopen(argv[1], "ae") : stdout;
    if (!log)
        die(argv[1]);
    for (int fd = 0; fd < 1024; fd++)
        if (open_[fd])
            fprintf(log, "%d %s %u:%u\n", fd, kind_of(st[fd].st_mode), major(st[fd].st_rdev),
                    minor(st[fd].st_rdev));
    fclose(log);
    return 0;
}

int do_closed(int argc, char **argv)
{
    if (argc < 2)
        return 99;
    for (int fd = 0; fd <= 2; fd++)
        close(fd);
    execvp(argv[1], argv + 1);
    return 99;
}

/* Some descriptors of the caller are a root directory of the host. */
int do_hold(int argc, char **argv)
{
    int i = 1;

    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        int want = atoi(argv[i]);
        int fd = open("/", O_RDONLY | O_DIRECTORY);

        if (fd < 0 || (fd != want && (dup2(fd, want) < 0 || close(fd) < 0)))
            die(argv[i]);
    }
    if (i + 1 >= argc)
        return 99;
    execvp(argv[i + 1], argv + i + 1);
    die(argv[i + 1]);
}

int do_nofile(int argc, char **argv)
{
    struct rlimit limit;

    if (argc < 3)
        return 99;
    limit.rlim_cur = limit.rlim_max = (rlim_t)atoi(argv[1]);
    /* What the caller has above would not be counted. */
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        die("RLIMIT_NOFILE");
    execvp(argv[2], argv + 2);
    die(argv[2]);
}
