/* attack-root.c - what the tests that root sets up need. */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Without no_new_privs, so that set-user-ID helpers still work: needs root. */
int do_without(int argc, char **argv)
{
    unsigned call, num;

    if (argc < 4)
        return 99;
    call = strcmp(argv[1], "openat2") == 0 ? SYS_openat2 : (unsigned)atoi(argv[1]);
    num = strcmp(argv[2], "EPERM") == 0 ? EPERM : ENOSYS;
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | num),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof code / sizeof code[0], code };

    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        die("filter");
    execvp(argv[3], argv + 3);
    die(argv[3]);
}

/* ---- a helper that does what the file "mode" beside it says ---------------------------------- */

extern char **environ;

static void dump(const char *dir, int argc, char **argv)
{
    char path[4200];
    FILE *f;

    snprintf(path, sizeof path, "%s/seen", dir);
    f = fopen(path, "ae");
    if (!f)
        return;
    for (char **e = environ; *e; e++)
        fprintf(f, "env %s\n", *e);
    for (int fd = 0; fd < 1024; fd++)
        if (fd != fileno(f) && fcntl(fd, F_GETFD) >= 0)
            fprintf(f, "fd %d\n", fd);
    fprintf(f, "args");
    for (int i = 0; i < argc; i++)
        fprintf(f, " %s", argv[i]);
    fprintf(f, "\ncwd %s\n", getcwd(path, sizeof path) ? path : "?");
    fclose(f);
}

/* A map that nobody asked for: one id, the first of the arguments. */
static void write_other(int argc, char **argv, int gids)
{
    char path[64], text[64];
    int fd, n;

    if (argc < 4)
        return;
    snprintf(path, sizeof path, "/proc/%s/%s", argv[1], gids ? "gid_map" : "uid_map");
    n = snprintf(text, sizeof text, "0 %s 1\n", argv[3]);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, (size_t)n) != n)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
}

int do_map_stub(int argc, char **argv)
{
    char dir[4096], path[4200], mode[32] = "";
    ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
    FILE *f;

    dir[n < 0 ? 0 : n] = '\0';
    if (n > 0)
        *strrchr(dir, '/') = '\0';
    umask(0);
    snprintf(path, sizeof path, "%s/mode", dir);
    f = fopen(path, "re");
    if (f && fscanf(f, "%31s", mode) < 1)
        mode[0] = '\0';
    if (f)
        fclose(f);
    dump(dir, argc, argv);
    if (strcmp(mode, "fail") == 0) {
        fprintf(stderr, "newuidmap: no such luck\n");
        return 1;
    }
    while (strcmp(mode, "hang") == 0)
        pause();
    if (strcmp(mode, "lie") == 0)
        return 0;
    if (strcmp(mode, "other") == 0) {
        write_other(argc, argv, strstr(argv[0], "gid") != NULL);
        return 0;
    }
    if (strcmp(mode, "noise") == 0) {
        for (int i = 0; i < 900; i++)
            fprintf(stderr, "newuidmap: all work and no play makes a long message %d\n", i);
        return 1;
    }
    /* Else the real one, which is set-user-ID itself. */
    snprintf(path, sizeof path, "/usr/bin/%s", strstr(argv[0], "gid") ? "newgidmap" : "newuidmap");
    execv(path, argv);
    return 1;
}
