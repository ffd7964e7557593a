/* base/names.h - tables of words and their values, read both ways. */
#ifndef RCRUN_BASE_NAMES_H
#define RCRUN_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name {
    const char *name; /* NULL ends a table */
    int64_t value;
};

/* The row of a word, or NULL. */
const struct name *names_find(const struct name *table, const char *word);
/* The first word of a value, or NULL. */
const char *names_word(const struct name *table, int64_t value);
/* The word nearest to a mistyped one (edit distance at most 2), or NULL. */
const char *names_nearest(const struct name *table, const char *word);
unsigned names_distance(const char *a, const char *b);

#endif
