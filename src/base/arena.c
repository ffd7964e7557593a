#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* A config of 3 KB and its plan fit into the first block: small, since every
 * touched page is copied or shared by the clone of init. */
#define BLOCK 16384

struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) char data[];
};

struct arena {
    struct block *head;
};

static struct block *block_new(size_t size, struct block *next)
{
    struct block *b = calloc(1, sizeof *b + size);

    if (!b)
        BUG("out of memory for %zu bytes", size);
    b->size = size;
    b->next = next;
    return b;
}

struct arena *arena_new(void)
{
    struct arena *a = malloc(sizeof *a);

    if (!a)
        BUG("out of memory");
    a->head = block_new(BLOCK, NULL);
    return a;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    for (struct block *b = a->head, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(a);
}

void *arena_get(struct arena *a, size_t n)
{
    struct block *b = a->head;
    size_t need;
    void *p;

    if (n > SIZE_MAX / 2)
        BUG("arena: %zu bytes", n);
    need = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (need > b->size - b->used) {
        if (need > BLOCK / 4) {
            /* Behind the head: the rest of the current block stays in use. */
            b->next = block_new(need, b->next);
            b->next->used = need;
            return b->next->data;
        }
        b = a->head = block_new(BLOCK, b);
    }
    p = b->data + b->used;
    b->used += need;
    return p;
}

void *arena_grow(struct arena *a, void *v, size_t n, size_t size)
{
    size_t room;
    void *bigger;

    /* Room is 0, 4, 8, 16, ...: full exactly at these counts. */
    if (n != 0 && (n < 4 || (n & (n - 1)) != 0))
        return v;
    room = n == 0 ? 4 : n * 2;
    if (room > SIZE_MAX / 2 / size)
        BUG("arena: %zu elements", room);
    bigger = arena_get(a, room * size);
    if (n)
        memcpy(bigger, v, n * size);
    return bigger;
}

char *arena_copy(struct arena *a, const char *s, size_t n)
{
    char *copy = arena_get(a, n + 1);

    if (n)
        memcpy(copy, s, n);
    return copy;
}

char *arena_text(struct arena *a, const char *s)
{
    return arena_copy(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    int n;
    char *s;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        BUG("format %s", fmt);
    s = arena_get(a, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}
