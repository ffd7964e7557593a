/* host/exe.h - our own executable, and what must be done so that no container can write it. */
#ifndef RCRUN_HOST_EXE_H
#define RCRUN_HOST_EXE_H

#include "base/arena.h"
#include "host/facts.h"

/* Fills facts.exe.  Needs facts.self; uses facts.subid when that was asked. */
void exe_probe(struct arena *a, struct facts *f);

#endif
