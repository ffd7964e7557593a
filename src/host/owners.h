/* host/owners.h - to whom the files of a directory belong. */
#ifndef RCRUN_HOST_OWNERS_H
#define RCRUN_HOST_OWNERS_H

#include "base/types.h"

struct id_span { uint32_t low, high; bool any; };
struct owners { struct id_span uids, gids; };

/* The owners, as seen by us, that are outside of the maps (as those of a user namespace below ours:
 * `outside` counts).  Only looks at what we can read, does not follow links or cross mounts. */
void owners_beyond(const char *dir, const struct id_map *uids, const struct id_map *gids,
                   struct owners *out);

#endif
