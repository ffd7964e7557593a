/* plan/print.h - a plan as text.  Knows no spec, so the executor may use it. */
#ifndef RCRUN_PLAN_PRINT_H
#define RCRUN_PLAN_PRINT_H

#include "base/text.h"
#include "plan/step.h"

/* One line of the table: "  5 parent start_map which=uid ...    # linux.uidMappings". */
void plan_print_step(struct text *out, const struct plan *p, size_t i, bool with_why);
/* " name=value" for each field of the step. */
void plan_print_fields(struct text *out, const struct step *s);
/* The whole table. */
void plan_print(struct text *out, const struct plan *p);
/* Grouped by question, with the reason of each line. */
void plan_explain(struct text *out, const struct plan *p);
void plan_print_json(struct text *out, const struct plan *p);

#endif
