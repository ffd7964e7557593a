/* table.h - numbers by two numbers, in memory that grows with them. */
#ifndef RCRUN_UNPACK_TABLE_H
#define RCRUN_UNPACK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_row { uint64_t a, b, value; bool used; };

struct table {
    struct table_row *v; /* malloc'ed, NULL = empty */
    size_t n, size;
};

/* The value of (a, b), made with 0 when it is not there; valid until the next call. */
uint64_t *table_at(struct table *t, uint64_t a, uint64_t b);
/* The same without making it: NULL. */
uint64_t *table_find(const struct table *t, uint64_t a, uint64_t b);
void table_free(struct table *t);

#endif
