/* mutant.h - rcrun with one defence taken out, to see that a test would notice.
 *
 * The linker puts __wrap_NAME in the place of NAME wherever another file calls it
 * (../mutant.wrap lists the names), so that the program's own source has no trace of this.
 * RCRUN_MUTANT in the environment says which defence is missing; without it the program is
 * rcrun itself. */
#ifndef MUTANT_H
#define MUTANT_H

#include <stdbool.h>

/* Is this the defence that is missing? */
bool mutant(const char *name);

/* Declares the original and begins its stand-in. */
#define WRAP(type, name, args) \
    type __real_##name args;   \
    type __wrap_##name args;   \
    type __wrap_##name args

#endif
