#include "os/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clean.h"
#include "os/compat.h"
#include "os/path.h"

int os_new_pty(int pts_fd, int *master, int *slave, struct err *e)
{
    OWN_FD own = -1;
    struct statfs fs;
    int unlock = 0;
    int peer;

    /* The image may have put anything at the place of the devpts, but the kernel alone makes
     * the names inside one. */
    if (fstatfs(pts_fd, &fs) < 0)
        return err_set(e, errno, "devpts");
    if (fs.f_type != DEVPTS_SUPER_MAGIC)
        return err_set(e, 0, "no devpts for a terminal");
    own = os_open_below(pts_fd, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW);
    if (own < 0)
        return err_set(e, errno, "ptmx of the devpts");
    if (ioctl(own, TIOCSPTLCK, &unlock) < 0)
        return err_set(e, errno, "unlock of a terminal");
    peer = ioctl(own, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (peer < 0)
        return err_set(e, errno, "new terminal");
    *slave = peer;
    *master = give_fd(&own);
    return 0;
}

int os_use_terminal(int slave, struct err *e)
{
    if (ioctl(slave, TIOCSCTTY, 0) < 0)
        return err_set(e, errno, "controlling terminal");
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(slave, fd) < 0)
            return err_set(e, errno, "terminal as descriptor %d", fd);
    return 0;
}

int os_set_size(int tty, uint32_t rows, uint32_t columns, struct err *e)
{
    struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

    if (size.ws_row != rows || size.ws_col != columns)
        return err_set(e, ERANGE, "terminal size %u x %u", columns, rows);
    if (ioctl(tty, TIOCSWINSZ, &size) < 0)
        return err_set(e, errno, "terminal size %u x %u", columns, rows);
    return 0;
}

int os_copy_size(int from, int to, struct err *e)
{
    struct winsize size;

    if (ioctl(from, TIOCGWINSZ, &size) < 0)
        return err_set(e, errno, "terminal size");
    if (size.ws_row == 0 && size.ws_col == 0)
        return 0;
    if (ioctl(to, TIOCSWINSZ, &size) < 0)
        return err_set(e, errno, "terminal size");
    return 0;
}

int os_raw(int tty, struct termios *before, struct err *e)
{
    struct termios raw;

    if (tcgetattr(tty, before) < 0)
        return err_set(e, errno, "terminal settings");
    raw = *before;
    cfmakeraw(&raw);
    if (tcsetattr(tty, TCSANOW, &raw) < 0)
        return err_set(e, errno, "terminal settings");
    return 0;
}

void os_restore(int tty, const struct termios *before)
{
    /* Not TCSADRAIN or TCSAFLUSH: a terminal stopped by ^S would hold us up. */
    tcsetattr(tty, TCSANOW, before);
}

int os_no_onlcr(int tty, struct err *e)
{
    struct termios now;

    if (tcgetattr(tty, &now) < 0)
        return err_set(e, errno, "terminal settings");
    now.c_oflag &= ~(tcflag_t)ONLCR;
    if (tcsetattr(tty, TCSANOW, &now) < 0)
        return err_set(e, errno, "terminal settings");
    return 0;
}
