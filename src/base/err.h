/* base/err.h - one error, told once.
 *
 * Every function that can fail returns 0 or -1 and takes `struct err *e` last.
 * The fault is worded where it is understood; layers above add the place, not
 * synonyms.  Only main.c prints.  Grammar: no capital, no full stop, no "failed
 * to"; paths bare; the text of the errno last.  What the user can do goes into
 * the hint, and only when a probe confirmed the cause. */
#ifndef RCRUN_BASE_ERR_H
#define RCRUN_BASE_ERR_H

#include <stdbool.h>

struct err {
    int num;         /* errno of the fault, 0 when there is none */
    int exit;        /* exit status that the command shall end with, 0 = default (1) */
    int step;        /* 1-based number of the plan's step that failed, 0 = none */
    int peer;        /* the fault happened in another process and was told by it */
    char text[1400]; /* one line, cut when longer */
    char hint[600];  /* one line, or empty */
};

/* Sets the text (printf format) and, when num > 0, appends ": " and the text of
 * that errno in lower case.  Returns -1. */
int err_set(struct err *e, int num, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "text: " in front of what is there.  Returns -1. */
int err_ctx(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the hint.  Returns -1, so that it can end a function. */
int err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void err_clear(struct err *e);

/* strerror(3) without locale and with a small first letter: callers of container
 * runtimes match "no such file or directory" by case. */
const char *err_text(int num);

/* For what can only be a mistake in this program: prints and aborts. */
void err_bug(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), noreturn));

#define BUG(...) err_bug(__FILE__, __LINE__, __VA_ARGS__)

/* The only hidden return.  Right only where `return -1` would be: everything
 * acquired before must be owned by a cleanup attribute or an arena. */
#define TRY(call)      \
    do {               \
        if ((call) < 0) \
            return -1; \
    } while (0)

#endif
