# plan: pure, decides everything.  Includes base, spec, host/facts.h.

noinst_LIBRARIES += libplan.a
libplan_a_SOURCES =
libplan_a_SOURCES += %D%/check.c
libplan_a_SOURCES += %D%/dev.c
libplan_a_SOURCES += %D%/exec.c
libplan_a_SOURCES += %D%/explain.c
libplan_a_SOURCES += %D%/filter.c
libplan_a_SOURCES += %D%/hooks.c
libplan_a_SOURCES += %D%/ids.c
libplan_a_SOURCES += %D%/make.h
libplan_a_SOURCES += %D%/mount-fs.c
libplan_a_SOURCES += %D%/mount-read.c
libplan_a_SOURCES += %D%/mounts.c
libplan_a_SOURCES += %D%/ns.c
libplan_a_SOURCES += %D%/paths.c
libplan_a_SOURCES += %D%/plan.c
libplan_a_SOURCES += %D%/plan.h
libplan_a_SOURCES += %D%/print.c
libplan_a_SOURCES += %D%/print.h
libplan_a_SOURCES += %D%/process.c
libplan_a_SOURCES += %D%/refuse.c
libplan_a_SOURCES += %D%/root.c
libplan_a_SOURCES += %D%/run.c
libplan_a_SOURCES += %D%/step.h
libplan_a_SOURCES += %D%/steps.def
libplan_a_SOURCES += %D%/want.c
