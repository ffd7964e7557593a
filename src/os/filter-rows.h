/* os/filter-rows.h - a list of system calls, a file of rows, as rules of a filter:
 *
 *     static struct filter_rule calls[] = {
 *     #include "jail-calls.def"
 *     };
 *
 * CALL(name, who) is allowed, CALL_WHEN(name, who, conditions) when they hold, CALL_NEVER(name, who)
 * answers EPERM, CALL_NOT(name, who, conditions) when they hold. */
#ifndef RCRUN_OS_FILTER_ROWS_H
#define RCRUN_OS_FILTER_ROWS_H

#include <errno.h>
#include <seccomp.h>

#include "base/types.h"

#define COUNT_ARGS(...) (sizeof((struct filter_arg[]){ __VA_ARGS__ }) / sizeof(struct filter_arg))
#define ROW(call, does) { .names = { .v = (const char *[]){ #call }, .n = 1 }, .action = (does) },
#define ROW_WHEN(call, does, ...)                                                                  \
    { .names = { .v = (const char *[]){ #call }, .n = 1 },                                         \
      .action = (does),                                                                            \
      .args = { .v = (struct filter_arg[]){ __VA_ARGS__ }, .n = COUNT_ARGS(__VA_ARGS__) } },

/* Conditions on an argument: it, or some bits of it, have this value. */
#define ARG(number, is) { .index = (number), .op = SCMP_CMP_EQ, .value = (is) }
#define BITS(number, mask, is)                                                                     \
    { .index = (number), .op = SCMP_CMP_MASKED_EQ, .value = (mask), .value_two = (is) }

#define CALL(name, who) ROW(name, SCMP_ACT_ALLOW)
#define CALL_WHEN(name, who, ...) ROW_WHEN(name, SCMP_ACT_ALLOW, __VA_ARGS__)
#define CALL_NEVER(name, who) ROW(name, SCMP_ACT_ERRNO(EPERM))
#define CALL_NOT(name, who, ...) ROW_WHEN(name, SCMP_ACT_ERRNO(EPERM), __VA_ARGS__)

#endif
