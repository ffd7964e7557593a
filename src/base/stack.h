/* base/stack.h - functions that run on a stack that is not the one of the process. */
#ifndef RCRUN_BASE_STACK_H
#define RCRUN_BASE_STACK_H

/* AddressSanitizer knows one stack for each thread that the C library made: it would leave marks
 * where others have their frames, and wonder at an _exit(2) from elsewhere. */
#define OTHER_STACK __attribute__((no_sanitize("address")))

#endif
