/* spec/userns.h - the words of --userns and the annotation org.rcrun.userns, and the note that
 * lies beside a root directory whose files were made for such a map.  Pure. */
#ifndef RCRUN_SPEC_USERNS_H
#define RCRUN_SPEC_USERNS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/names.h"
#include "base/text.h"
#include "base/types.h"

enum userns_kind {
    USERNS_DEFAULT, /* 0 is the caller, the others are subordinate ids */
    USERNS_SINGLE,  /* 0 is the caller, and there is nobody else */
    USERNS_KEEP_ID, /* as the default, but another id than 0 is the caller */
};

extern const struct name userns_kind_names[];

struct userns {
    uint32_t kind; /* enum userns_kind */
    struct opt_u32 uid, gid; /* keep-id: who is the caller inside; not set: the same number */
};

/* default, single, keep-id, keep-id:uid=N,gid=M (either may be missing).  The error names the
 * word, the caller adds where it stands. */
int userns_parse(struct arena *a, const char *text, struct userns *out, struct err *e);
/* The words again. */
const char *userns_text(struct arena *a, const struct userns *u);

/* ---- the note: one line of JSON in the bundle ---- */

#define MAP_RECORD_FILE ".rcrun-map"
#define MAP_RECORD_MAX 4096

/* For which map the files were made. */
struct map_record {
    uint32_t kind;
    uint32_t uid, gid;   /* who the caller is inside */
    uint32_t base, gbase; /* outside, of 1 in the default map; 0 = there is no such id */
};

void map_record_write(struct text *out, const struct map_record *r);
int map_record_load(struct arena *a, const char *file, const char *text, size_t n,
                    struct map_record *r, struct err *e);

#endif
