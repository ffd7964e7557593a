/* host/facts-json.h - facts as JSON, both ways: `rcrun explain --facts` writes what a test
 * reads. */
#ifndef RCRUN_HOST_FACTS_JSON_H
#define RCRUN_HOST_FACTS_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "host/facts.h"

/* text: n bytes and a NUL.  What is absent is 0, false, NULL or empty. */
int facts_load(struct arena *a, const char *file, const char *text, size_t n, struct facts *f,
               struct err *e);

void facts_write(struct text *out, const struct facts *f);

#endif
