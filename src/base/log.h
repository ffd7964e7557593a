/* base/log.h - one log, one write(2) per line, opened once and inherited.
 *
 * Errors are not logged where they happen: main.c tells the one error.  All else goes to the
 * log file, and to stderr only where there is none: stderr is the program's as well, and what
 * an engine reads there it takes for words of the program. */
#ifndef RCRUN_BASE_LOG_H
#define RCRUN_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

/* Opens the log file (O_APPEND | O_CLOEXEC, 0644 less the umask).  path NULL: stderr. */
int log_open(const char *path, enum log_format format, enum log_level level, struct err *e);

/* The same with a file that is open; -1: stderr. */
void log_take(int fd, enum log_format format);

/* The name shown for this process in debug lines: "parent", "setup", "init". */
void log_process(const char *name);

bool log_wants(enum log_level level);
/* The log's own descriptor, which must survive descriptor hygiene; -1 = stderr. */
int log_fd(void);

void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The final words of a command: on stderr always, in the log as the last line of
 * level error, the hint behind it.  Only main.c calls this. */
void log_final(const char *who, const struct err *e);

#endif
