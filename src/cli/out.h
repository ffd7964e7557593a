/* cli/out.h - standard output. */
#ifndef RCRUN_CLI_OUT_H
#define RCRUN_CLI_OUT_H

#include "base/err.h"
#include "base/text.h"

/* Writes all of it.  A full disk is an error, also one that shows only when the file is
 * closed. */
int out_text(const struct text *t, struct err *e);

#endif
