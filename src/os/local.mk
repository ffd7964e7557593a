# os: the only code that calls mount, setns, capset, ...  Includes base.

noinst_LIBRARIES += libos.a
libos_a_SOURCES =
libos_a_SOURCES += %D%/compat.h
libos_a_SOURCES += %D%/cred.c
libos_a_SOURCES += %D%/cred.h
libos_a_SOURCES += %D%/exec.c
libos_a_SOURCES += %D%/exec.h
libos_a_SOURCES += %D%/filter-cache.c
libos_a_SOURCES += %D%/filter-cache.h
libos_a_SOURCES += %D%/limit.c
libos_a_SOURCES += %D%/limit.h
libos_a_SOURCES += %D%/mount.c
libos_a_SOURCES += %D%/mount.h
libos_a_SOURCES += %D%/ns.c
libos_a_SOURCES += %D%/ns.h
libos_a_SOURCES += %D%/path.c
libos_a_SOURCES += %D%/path.h
libos_a_SOURCES += %D%/proc.c
libos_a_SOURCES += %D%/proc.h
libos_a_SOURCES += %D%/seal.c
libos_a_SOURCES += %D%/seal.h
libos_a_SOURCES += %D%/seccomp.c
libos_a_SOURCES += %D%/seccomp.h
libos_a_SOURCES += %D%/tty.c
libos_a_SOURCES += %D%/tty.h
