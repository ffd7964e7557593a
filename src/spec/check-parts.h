/* spec/check-parts.h - what the files of the checker have in common.  For them only. */
#ifndef RCRUN_SPEC_CHECK_PARTS_H
#define RCRUN_SPEC_CHECK_PARTS_H

#include "spec/check.h"

/* Words that every check uses. */
bool check_is_absolute(const char *path);
bool check_has_control(const char *s); /* a byte below a blank, or DEL */
bool check_is_list(const char *s);     /* "0-3,7"; an empty one is no list */
int check_text(const char *path, const char *s, struct err *e); /* no control bytes; NULL is fine */
int check_id(const char *prefix, const char *member, uint32_t id, struct err *e);
int check_env(const char *path, const struct texts *env, struct err *e);
int check_map(const char *path, const struct spec_id_maps *map, struct err *e);

/* check-mounts.c */
int check_mounts(const struct spec *s, struct arena *a, struct err *e);

/* check-linux.c */
int check_namespaces(const struct spec *s, struct arena *a, struct err *e);
int check_maps(const struct spec *s, struct arena *a, struct err *e);
int check_time_offsets(const struct spec *s, struct arena *a, struct err *e);
int check_devices(const struct spec *s, struct arena *a, struct err *e);
int check_net_devices(const struct spec *s, struct arena *a, struct err *e);
int check_hidden_paths(const struct spec *s, struct arena *a, struct err *e);
int check_sysctl(const struct spec *s, struct arena *a, struct err *e);
int check_linux_rest(const struct spec *s, struct arena *a, struct err *e);
int check_memory_policy(const struct spec *s, struct arena *a, struct err *e);
int check_intel_rdt(const struct spec *s, struct arena *a, struct err *e);

/* check-resources.c */
int check_resources(const struct spec *s, struct arena *a, struct err *e);

/* check-seccomp.c */
int check_seccomp(const struct spec *s, struct arena *a, struct err *e);

#endif
