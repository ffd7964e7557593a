# spec: config.json as data.  Includes base.

noinst_LIBRARIES += libspec.a
libspec_a_CFLAGS = $(AM_CFLAGS) $(STRICT_CFLAGS)
libspec_a_SOURCES =
libspec_a_SOURCES += %D%/check-linux.c
libspec_a_SOURCES += %D%/check-mounts.c
libspec_a_SOURCES += %D%/check-parts.h
libspec_a_SOURCES += %D%/check-resources.c
libspec_a_SOURCES += %D%/check-seccomp.c
libspec_a_SOURCES += %D%/check.c
libspec_a_SOURCES += %D%/check.h
libspec_a_SOURCES += %D%/default.c
libspec_a_SOURCES += %D%/default.h
libspec_a_SOURCES += %D%/load.c
libspec_a_SOURCES += %D%/load.h
libspec_a_SOURCES += %D%/names.c
libspec_a_SOURCES += %D%/names.h
libspec_a_SOURCES += %D%/spec.h
libspec_a_SOURCES += %D%/userns.c
libspec_a_SOURCES += %D%/userns.h
