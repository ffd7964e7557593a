/* base/arena.h - memory by lifetime.
 *
 * One arena per command holds spec, facts and plan: built, then read only, freed
 * as a whole.  Nothing here fails: out of memory ends the program. */
#ifndef RCRUN_BASE_ARENA_H
#define RCRUN_BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* NULL is fine */

/* n zeroed bytes, aligned for any type. */
void *arena_get(struct arena *a, size_t n);

/* Makes room for one more element behind the n in v (doubling), zeroed.  The old
 * array stays where it was.  n must grow by one per call. */
void *arena_grow(struct arena *a, void *v, size_t n, size_t size);

char *arena_copy(struct arena *a, const char *s, size_t n); /* adds a NUL */
char *arena_text(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(a, type) ((type *)arena_get(a, sizeof(type)))

/* Appends an element to a list { T *v; size_t n; } and gives its address. */
#define LIST_ADD(a, list)                                                            \
    ((list)->v = arena_grow((a), (void *)(list)->v, (list)->n, sizeof *(list)->v), \
     &(list)->v[(list)->n++])

#endif
