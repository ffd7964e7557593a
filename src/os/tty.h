/* os/tty.h - pseudo terminals. */
#ifndef RCRUN_OS_TTY_H
#define RCRUN_OS_TTY_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "base/err.h"

/* A new pair from the devpts that is mounted at pts_fd (its root): the master from its
 * ptmx, the slave by TIOCGPTPEER, never by name.  Both close-on-exec, O_NOCTTY. */
int os_new_pty(int pts_fd, int *master, int *slave, struct err *e);

/* Makes slave the controlling terminal of this session and our 0, 1, 2. */
int os_use_terminal(int slave, struct err *e);

int os_set_size(int tty, uint32_t rows, uint32_t columns, struct err *e);
/* Does nothing when `from` has no size. */
int os_copy_size(int from, int to, struct err *e);

/* Raw mode; *before is what to restore.  os_restore never fails. */
int os_raw(int tty, struct termios *before, struct err *e);
void os_restore(int tty, const struct termios *before);
/* ONLCR off, for a pty whose output goes to something that is no terminal. */
int os_no_onlcr(int tty, struct err *e);

#endif
