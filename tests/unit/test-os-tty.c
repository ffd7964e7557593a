#include "os/tty.h"

#include "tap.h"
#include "tools/namespace.h"

#include <signal.h>
#include <sys/ioctl.h>

#include "base/clean.h"
#include "os/cred.h"
#include "os/mount.h"

static struct err *const e = &tool_err;

/* A devpts of our own, detached: nothing outside has a name in it. */
static int new_devpts(void)
{
    OWN_FD context = -1;
    OWN_FD tree = -1;
    OWN_FD at = -1;

    FINE(os_fs_open("devpts", &context, e));
    FINE(os_fs_set(context, "ptmxmode", "0666", e));
    FINE(os_fs_mount(context, "devpts", 0, &tree, e));
    mkdir("pts", 0755);
    at = open("pts", O_PATH | O_CLOEXEC);
    FINE(os_move_mount(tree, at, e));
    return give_fd(&tree);
}

static void makes_a_pair(void)
{
    OWN_FD pts = new_devpts();
    OWN_FD master = -1, slave = -1;
    struct winsize size;
    char text[10];

    FINE(os_new_pty(pts, &master, &slave, e));
    EQ_INT(fcntl(master, F_GETFD), FD_CLOEXEC);
    EQ_INT(fcntl(slave, F_GETFD), FD_CLOEXEC);
    EQ_INT(write(master, "hi\n", 3), 3);
    EQ_INT(read(slave, text, sizeof text), 3);
    EQ_INT(tool_count("pts"), 2); /* ptmx, 0 */
    FINE(os_set_size(slave, 30, 100, e));
    EQ_INT(ioctl(master, TIOCGWINSZ, &size), 0);
    EQ_INT(size.ws_row, 30);
    EQ_INT(size.ws_col, 100);
    FAILS(os_set_size(slave, 65536, 1, e), ERANGE);
    EQ_STR(e->text, "terminal size 1 x 65536: numerical result out of range");
    FAILS(os_set_size(pts, 1, 1, e), EBADF);
}

TEST(makes_a_terminal_in_a_devpts)
{
    new_dir();
    apart_in(CLONE_NEWNS, makes_a_pair);
}

static void becomes_terminal(void)
{
    OWN_FD pts = new_devpts();
    OWN_FD master = -1;
    OWN_FD slave = -1;
    OWN_FD out = dup(1);
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    char text[10];

    sigaction(SIGHUP, &ignore, NULL); /* of the master's end */
    FINE(os_new_pty(pts, &master, &slave, e));
    FINE(os_new_session(e));
    FINE(os_use_terminal(slave, e));
    EQ_INT(write(1, "x", 1), 1);
    EQ_INT(fcntl(0, F_GETFD), 0);
    EQ_INT(isatty(0) && isatty(1) && isatty(2), 1);
    EQ_INT(tcgetsid(0), getsid(0));
    EQ_INT(read(master, text, sizeof text), 1);
    dup2(out, 1);
    FAILS(os_use_terminal(out, e), ENOTTY);
}

TEST(becomes_the_controlling_terminal)
{
    new_dir();
    apart_in(CLONE_NEWNS, becomes_terminal);
}

TEST(refuses_a_directory_that_is_no_devpts)
{
    OWN_FD dir = -1;
    int master, slave;

    new_dir();
    mkfifo("ptmx", 0666);
    dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    FAILS(os_new_pty(dir, &master, &slave, e), 0);
    EQ_STR(e->text, "no devpts for a terminal");
}

static void changes_settings(void)
{
    OWN_FD pts = new_devpts();
    OWN_FD master = -1, slave = -1, other_master = -1, other = -1;
    struct termios before, now;
    struct winsize size;

    FINE(os_new_pty(pts, &master, &slave, e));
    FINE(os_new_pty(pts, &other_master, &other, e));
    FINE(os_raw(slave, &before, e));
    tcgetattr(slave, &now);
    EQ_INT(now.c_lflag & (ECHO | ICANON | ISIG), 0);
    OK(before.c_lflag & ECHO);
    os_restore(slave, &before);
    tcgetattr(slave, &now);
    EQ_INT(now.c_lflag, before.c_lflag);
    FINE(os_no_onlcr(slave, e));
    tcgetattr(slave, &now);
    EQ_INT(now.c_oflag & ONLCR, 0);
    EQ_INT(now.c_lflag, before.c_lflag);
    FINE(os_set_size(master, 12, 34, e));
    FINE(os_copy_size(master, other, e));
    ioctl(other_master, TIOCGWINSZ, &size);
    EQ_INT(size.ws_row, 12);
    FAILS(os_raw(pts, &before, e), EBADF);
    SAYS("terminal settings");
}

TEST(changes_settings_and_restores_them)
{
    new_dir();
    apart_in(CLONE_NEWNS, changes_settings);
}
