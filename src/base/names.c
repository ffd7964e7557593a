#include "base/names.h"

#include <string.h>

const struct name *names_find(const struct name *table, const char *word)
{
    for (; table->name; table++)
        if (strcmp(table->name, word) == 0)
            return table;
    return NULL;
}

const char *names_word(const struct name *table, int64_t value)
{
    for (; table->name; table++)
        if (table->value == value)
            return table->name;
    return NULL;
}

/* Levenshtein distance with one row; words longer than 63 bytes are "far". */
unsigned names_distance(const char *a, const char *b)
{
    unsigned row[64];
    size_t na = strlen(a), nb = strlen(b);

    if (na > 63 || nb > 63)
        return 64;
    for (size_t j = 0; j <= nb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned corner = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned best = corner + (a[i - 1] != b[j - 1]);

            corner = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[nb];
}

const char *names_nearest(const struct name *table, const char *word)
{
    const char *nearest = NULL;
    unsigned best = 3;

    for (; table->name; table++) {
        unsigned d = names_distance(table->name, word);

        if (d < best) {
            best = d;
            nearest = table->name;
        }
    }
    return nearest;
}
