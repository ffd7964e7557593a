/* host/doctor-rows.h - what the files of the doctor share. */
#ifndef RCRUN_HOST_DOCTOR_ROWS_H
#define RCRUN_HOST_DOCTOR_ROWS_H

#include "host/doctor.h"
#include "host/facts.h"
#include "host/trial.h"

/* What was found out before the rows are written. */
struct exam {
    struct arena *a;
    struct facts f;
    struct trial t;
    const char *bus; /* of a user manager of systemd that answers, else NULL */
};

/* Each fills status, detail and hint of its row. */
void row_kernel(struct exam *x, struct check *c);
void row_userns(struct exam *x, struct check *c);
void row_idmap(struct exam *x, struct check *c);
void row_subuid(struct exam *x, struct check *c);
void row_subgid(struct exam *x, struct check *c);
void row_helpers(struct exam *x, struct check *c);
void row_proc(struct exam *x, struct check *c);
void row_sys(struct exam *x, struct check *c);
void row_dev(struct exam *x, struct check *c);
void row_cgroup(struct exam *x, struct check *c);
void row_limits(struct exam *x, struct check *c);
void row_systemd(struct exam *x, struct check *c);
void row_tun(struct exam *x, struct check *c);
void row_net(struct exam *x, struct check *c);
void row_overlay(struct exam *x, struct check *c);
void row_fuse(struct exam *x, struct check *c);
void row_unpack(struct exam *x, struct check *c);
void row_seccomp(struct exam *x, struct check *c);
void row_lsm(struct exam *x, struct check *c);
void row_runtime_dir(struct exam *x, struct check *c);
void row_tty(struct exam *x, struct check *c);
void row_wsl(struct exam *x, struct check *c);

void find_bus(struct exam *x);

/* Sets status and detail. */
void row_set(struct exam *x, struct check *c, enum check_status status, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* num < 0: the child has no answer, since it did not come so far; then the row says so. */
bool row_skipped(struct exam *x, struct check *c, int num);
/* "0:1000:1 1:100000:65536" */
const char *row_map(struct arena *a, const struct id_map *map);

#endif
