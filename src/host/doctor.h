/* host/doctor.h - `rcrun check`: can this host run containers for this user, and what is
 * missing?  Tries what can be tried without leaving anything behind; works where `run` cannot. */
#ifndef RCRUN_HOST_DOCTOR_H
#define RCRUN_HOST_DOCTOR_H

#include "base/arena.h"
#include "base/text.h"

enum check_status { CHECK_OK, CHECK_WARN, CHECK_FAIL, CHECK_SKIP };
enum verdict { VERDICT_OK, VERDICT_LIMITED, VERDICT_UNUSABLE };

struct check {
    const char *id;  /* rcrun(1) lists them: stable */
    uint32_t status; /* enum check_status */
    const char *detail;
    const char *hint; /* NULL = none */
};

struct doctor_result {
    uint32_t verdict; /* enum verdict */
    struct {
        struct check *v;
        size_t n;
    } checks;            /* always the same rows in the same order */
    const char *without; /* "limits, network": what does not work when LIMITED; else "" */
};

/* state_root: --root, or NULL.  Takes less than 300 ms. */
void doctor_run(struct arena *a, const char *state_root, struct doctor_result *r);

/* One row a line, its hint below, the verdict last. */
void doctor_print_table(struct text *out, const struct doctor_result *r);
/* Only what to do: the rows with a hint, one a line. */
void doctor_print_hints(struct text *out, const struct doctor_result *r);
/* {"verdict":...,"checks":[...]}, one line. */
void doctor_print_json(struct text *out, const struct doctor_result *r);

#endif
