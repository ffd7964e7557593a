#include "table.h"

#include <stdlib.h>

#include "base/err.h"

#define SIZE_FIRST 1024 /* a power of two, as all sizes */

static size_t slot(const struct table *t, uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ b << 32 ^ b >> 32) * UINT64_C(0x9e3779b97f4a7c15);

    h = (h ^ b) * UINT64_C(0xbf58476d1ce4e5b9);
    return (size_t)(h >> 20) & (t->size - 1);
}

static struct table_row *look(const struct table *t, uint64_t a, uint64_t b)
{
    size_t i = slot(t, a, b);

    while (t->v[i].used && (t->v[i].a != a || t->v[i].b != b))
        i = (i + 1) & (t->size - 1);
    return &t->v[i];
}

static void grow(struct table *t)
{
    struct table larger = { .size = t->size ? 2 * t->size : SIZE_FIRST, .n = t->n };

    larger.v = calloc(larger.size, sizeof *larger.v);
    if (!larger.v)
        BUG("out of memory");
    for (size_t i = 0; i < t->size; i++)
        if (t->v[i].used)
            *look(&larger, t->v[i].a, t->v[i].b) = t->v[i];
    free(t->v);
    *t = larger;
}

uint64_t *table_find(const struct table *t, uint64_t a, uint64_t b)
{
    struct table_row *row = t->size ? look(t, a, b) : NULL;

    return row && row->used ? &row->value : NULL;
}

uint64_t *table_at(struct table *t, uint64_t a, uint64_t b)
{
    struct table_row *row;

    if (2 * (t->n + 1) > t->size)
        grow(t);
    row = look(t, a, b);
    if (!row->used) {
        *row = (struct table_row){ .a = a, .b = b, .used = true };
        t->n++;
    }
    return &row->value;
}

void table_free(struct table *t)
{
    free(t->v);
    *t = (struct table){ 0 };
}
