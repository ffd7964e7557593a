/* cli/version.h - what this build is. */
#ifndef RCRUN_CLI_VERSION_H
#define RCRUN_CLI_VERSION_H

#include "base/text.h"

/* The text of --version.  Engines read its lines: "rcrun version X", "commit: ", "spec: ". */
void version_text(struct text *out);

/* "2.5.4" */
void version_libseccomp(struct text *out);

#endif
