/* os/filter-cache.h - compiled filters kept for the next start; for os/seccomp.c only.
 *
 * A directory of ours (0700) with at most 64 files (0600).  An entry has the whole text that
 * it was compiled from in it, so that its name need not be trusted to be unique.  Nothing
 * here fails: an entry that is not exactly as we would write it is no entry. */
#ifndef RCRUN_OS_FILTER_CACHE_H
#define RCRUN_OS_FILTER_CACHE_H

#include <stdbool.h>

#include "base/text.h"
#include "os/seccomp.h"

/* *level: the optimisation that the entry was compiled with. */
bool filter_cache_read(const char *cache, const struct text *key, struct filter_program *out,
                       uint32_t *level);
void filter_cache_write(const char *cache, const struct text *key,
                        const struct filter_program *program, uint32_t level);

#endif
