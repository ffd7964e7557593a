/* attack-tty.c - terminals: typing into that of the caller. */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* The kernel looks at the low half of the request; a filter that compares all 64 bits does not
 * see the second form. */
static const struct {
    unsigned long request;
    const char *name;
    char byte;
} requests[] = {
    { TIOCSTI, "TIOCSTI", '#' },
    { 0x100000000UL | TIOCSTI, "TIOCSTI+high", '#' },
    { TIOCLINUX, "TIOCLINUX", 2 },
    { 0x100000000UL | TIOCLINUX, "TIOCLINUX+high", 2 },
};

static void try_all(int fd, const char *name)
{
    if (!isatty(fd)) {
        printf("%s no terminal\n", name);
        return;
    }
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        char c = requests[i].byte;
        long got = syscall(SYS_ioctl, fd, requests[i].request, &c);

        printf("%s %s %s\n", name, requests[i].name, got < 0 ? strerrorname_np(errno) : "done");
    }
}

int do_tiocsti(int argc, char **argv)
{
    static const char *const names[] = { "0", "1", "2" };
    int fd;

    (void)argc;
    (void)argv;
    for (int i = 0; i < 3; i++)
        try_all(i, names[i]);
    fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        printf("/dev/tty %s\n", strerrorname_np(errno));
    else
        try_all(fd, "/dev/tty");
    return 0;
}

/* ---- a terminal for the caller ---------------------------------------------------------------- */

static pid_t start_on(int slave, char **argv)
{
    pid_t pid = fork();

    if (pid < 0)
        die("fork");
    if (pid > 0)
        return pid;
    setsid();
    if (ioctl(slave, TIOCSCTTY, 0) < 0)
        die("TIOCSCTTY");
    for (int fd = 0; fd < 3; fd++)
        dup2(slave, fd);
    execvp(argv[0], argv);
    die(argv[0]);
}

/* Passes the output on; at the end "typed N" when N bytes lie in the input that nobody typed. */
int do_pty(int argc, char **argv)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    int slave = -1, typed = 0, status = 0, done = 0;
    struct termios raw;
    char text[4096];
    pid_t pid;

    if (argc < 2)
        return 99;
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
        die("pty");
    slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0 || tcgetattr(slave, &raw) < 0)
        die("pty");
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    pid = start_on(slave, argv + 1);
    while (!done) {
        struct pollfd p = { .fd = master, .events = POLLIN };

        done = waitpid(pid, &status, WNOHANG) == pid;
        while (poll(&p, 1, done ? 0 : 50) > 0 && p.revents & POLLIN) {
            ssize_t n = read(master, text, sizeof text);

            if (n <= 0 || write(STDOUT_FILENO, text, (size_t)n) < 0)
                break;
        }
    }
    ioctl(slave, FIONREAD, &typed);
    if (typed)
        printf("typed %d\n", typed);
    return outcome(status);
}
