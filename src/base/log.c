#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json-text.h"
#include "base/text.h"

static struct {
    int fd; /* -1: stderr */
    enum log_format format;
    enum log_level level;
    const char *process;
} self = { .fd = -1, .level = LOG_WARNING, .process = "parent" };

static const char *const level_name[] = { "error", "warning", "info", "debug" };

int log_open(const char *path, enum log_format format, enum log_level level, struct err *e)
{
    self.format = format;
    self.level = level;
    if (!path)
        return 0;
    self.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
    if (self.fd < 0)
        return err_set(e, errno, "log file %s", path);
    return 0;
}

void log_take(int fd, enum log_format format)
{
    self.fd = fd;
    self.format = format;
}

void log_process(const char *name)
{
    self.process = name;
}

bool log_wants(enum log_level level)
{
    return level <= self.level;
}

int log_fd(void)
{
    return self.fd;
}

static void add_json_text(struct text *t, const char *s)
{
    size_t left = strlen(s), n;

    text_add(t, "\"");
    for (; left; s += n, left -= n) {
        unsigned char c = (unsigned char)*s;

        n = json_utf8(s, left);
        if (n == 0) {
            text_add(t, "\xef\xbf\xbd"); /* U+FFFD: a path may hold any bytes */
            n = 1;
        } else if (c == '"' || c == '\\') {
            text_printf(t, "\\%c", c);
        } else if (c < ' ') {
            text_printf(t, "\\u%04x", c);
        } else {
            text_add_n(t, s, n);
        }
    }
    text_add(t, "\"");
}

/* RFC 3339 in UTC, as the engines that read the log want it. */
static void put(int fd, const struct text *t)
{
    /* One call per line, so that lines of several processes do not mix; a full
     * disk or a closed stderr must not change what the command does. */
    ssize_t unused = write(fd, t->s, t->n);

    (void)unused;
}

static void line(int fd, enum log_format format, enum log_level level, const char *msg)
{
    OWN_TEXT t = { 0 };

    if (format == LOG_JSON) {
        text_printf(&t, "{\"level\":\"%s\",\"msg\":", level_name[level]);
        add_json_text(&t, msg);
        text_add(&t, ",\"time\":\"");
        text_add_time(&t);
        text_add(&t, "\"}\n");
    } else {
        text_add_time(&t);
        text_printf(&t, " %s: %s\n", level_name[level], msg);
    }
    put(fd, &t);
}

static __attribute__((format(printf, 2, 0))) void tell(enum log_level level, const char *fmt, va_list ap)
{
    va_list again;
    char *msg = NULL;

    va_copy(again, ap);
    if (vasprintf(&msg, fmt, again) < 0)
        BUG("out of memory");
    va_end(again);
    for (char *c = msg; *c; c++)
        if (*c == '\n')
            *c = ' ';
    if (self.fd >= 0) {
        line(self.fd, self.format, level, msg);
    } else if (self.format == LOG_JSON) {
        line(STDERR_FILENO, LOG_JSON, level, msg);
    } else {
        OWN_TEXT t = { 0 };

        text_printf(&t, "rcrun: %s: %s\n", level_name[level], msg);
        put(STDERR_FILENO, &t);
    }
    free(msg);
}

void log_debug(const char *fmt, ...)
{
    va_list ap;

    if (!log_wants(LOG_DEBUG))
        return;
    va_start(ap, fmt);
    tell(LOG_DEBUG, fmt, ap);
    va_end(ap);
}

void log_info(const char *fmt, ...)
{
    va_list ap;

    if (!log_wants(LOG_INFO))
        return;
    va_start(ap, fmt);
    tell(LOG_INFO, fmt, ap);
    va_end(ap);
}

void log_warn(const char *fmt, ...)
{
    va_list ap;

    if (!log_wants(LOG_WARNING))
        return;
    va_start(ap, fmt);
    tell(LOG_WARNING, fmt, ap);
    va_end(ap);
}

void log_final(const char *who, const struct err *e)
{
    OWN_TEXT out = { 0 };
    const char *hints = getenv("RCRUN_HINTS");
    bool hint = e->hint[0] && self.level > LOG_ERROR && !(hints && strcmp(hints, "0") == 0);

    if (self.fd >= 0 || self.format == LOG_JSON) {
        OWN_TEXT msg = { 0 };

        text_add(&msg, e->text);
        /* Engines read the end of these lines. */
        if (hint && !text_starts(e->text, "exec: "))
            text_printf(&msg, " (hint: %s)", e->hint);
        line(self.fd >= 0 ? self.fd : STDERR_FILENO, self.format, LOG_ERROR, msg.s);
    }
    if (self.fd < 0 && self.format == LOG_JSON)
        return;
    text_printf(&out, "%s: %s\n", who, e->text);
    if (hint)
        text_printf(&out, "hint: %s\n", e->hint);
    put(STDERR_FILENO, &out);
}
