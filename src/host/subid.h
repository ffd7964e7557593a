/* host/subid.h - subordinate ids: which ones we may map, and who writes the map for us. */
#ifndef RCRUN_HOST_SUBID_H
#define RCRUN_HOST_SUBID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "host/facts.h"

/* The kernel takes 340 lines in a map (user_namespaces(7)); one is for the caller's own id. */
#define SUBID_MAX 339

/* What was odd about lines that are the user's; numbers of lines from 1, 0 = none. */
struct subid_notes {
    uint32_t bad_line;      /* malformed: skipped */
    uint32_t crlf_line;     /* ... since it ends in CR LF */
    uint32_t overflow_line; /* start + count leaves the 32 bits: skipped */
};

/* ---- pure: subid.c ---- */

/* Text of /etc/subuid or /etc/subgid, subuid(5): adds the ranges of all lines whose owner is
 * `name` (may be NULL) or `uid` in decimal to *out, as {0, start, count}, in the order of the
 * file; neighbours are merged, ids that an earlier line has, or `own`, are left out. */
void subid_parse(struct arena *a, const char *text, size_t n, const char *name, uint32_t uid,
                 uint32_t own, struct id_map *out, struct subid_notes *notes);

/* Output of getsubids(1): "0: USER START COUNT" lines. */
void subid_parse_tool(struct arena *a, const char *text, uint32_t own, struct id_map *out);

/* Cuts the ranges down to ids that `ours`, the map of the user namespace we are in, has; a
 * range is split where ours is, since the kernel refuses a line that spans two. */
void subid_within(struct arena *a, const struct id_map *ours, struct id_map *ids);

/* /proc/PID/uid_map. */
void subid_parse_map(struct arena *a, const char *text, struct id_map *out);

/* The passwd(5) line of a uid; false when there is none. */
bool subid_parse_passwd(struct arena *a, const char *text, uint32_t uid, const char **name,
                        uint32_t *gid);

/* Does nsswitch.conf(5) name a source for `database` that is not in `known` (words separated
 * by blanks)?  first_only: only the first source counts. */
bool subid_parse_nsswitch(const char *text, const char *database, const char *known,
                          bool first_only);

/* Is this security.capability value good for a capability: effective, and of our user
 * namespace?  *why says why not. */
bool subid_parse_file_caps(const uint8_t *value, size_t n, int cap, const char **why);

/* ---- asks the host: subid-probe.c.  All need facts.self and facts.userns. ---- */

/* self.name, self.primary_gid and all of facts.subid. */
void subid_probe(struct arena *a, struct facts *f);
/* Only newuidmap and newgidmap: for maps that are given, which they judge themselves. */
void subid_probe_tools(struct arena *a, struct facts *f);

/* Only the ranges of one side; *why says why there are none. */
void subid_read(struct arena *a, const struct facts *f, bool gids, struct id_map *out,
                const char **why);
/* Only the names. */
void subid_probe_user(struct arena *a, struct facts *f);
/* Only one helper, "newuidmap" or "newgidmap". */
void subid_probe_helper(struct arena *a, const struct facts *f, bool gids, struct map_helper *out);

/* Finds a program: in the absolute folders of PATH (NixOS and Guix keep theirs in odd places),
 * then in the usual ones.  NULL when there is none. */
const char *subid_find_tool(struct arena *a, const char *name);

#endif
