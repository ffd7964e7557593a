# run: does what the plan says.  Includes base, plan, os, host/facts.h; never spec.

noinst_LIBRARIES += librun.a
librun_a_SOURCES =
librun_a_SOURCES += %D%/any.c
librun_a_SOURCES += %D%/early.c
librun_a_SOURCES += %D%/init-copy.c
librun_a_SOURCES += %D%/init-dev.c
librun_a_SOURCES += %D%/init-mount.c
librun_a_SOURCES += %D%/init-mount.h
librun_a_SOURCES += %D%/init-process.c
librun_a_SOURCES += %D%/init-root.c
librun_a_SOURCES += %D%/init.c
librun_a_SOURCES += %D%/parent-guard.c
librun_a_SOURCES += %D%/parent-ids.c
librun_a_SOURCES += %D%/parent-relay.c
librun_a_SOURCES += %D%/parent.c
librun_a_SOURCES += %D%/run.h
librun_a_SOURCES += %D%/setup.c
librun_a_SOURCES += %D%/undo.c
librun_a_SOURCES += %D%/walk.c
librun_a_SOURCES += %D%/wire.c
librun_a_SOURCES += %D%/wire.h
