/* ids.h - which ids there are in this user namespace, and what becomes of the others.  Pure. */
#ifndef RCRUN_UNPACK_IDS_H
#define RCRUN_UNPACK_IDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

struct ids {
    struct id_map map;
    bool one;   /* only one id is there: everything becomes its */
    bool clamp; /* what is not there becomes OVERFLOW_ID */
};

#define OVERFLOW_ID 65534

/* From the text of /proc/PID/uid_map. */
int ids_parse(struct arena *a, const char *text, struct ids *out, struct err *e);

enum ids_answer { IDS_SAME, IDS_CHANGED };

/* What an id of an archive becomes; kind ("uid", "gid") and name are for the error. */
int ids_take(const struct ids *ids, int64_t id, const char *kind, const char *name, uint32_t *out,
             enum ids_answer *how, struct err *e);

#endif
