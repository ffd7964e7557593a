# cli: commands and options.  Includes everything.

noinst_LIBRARIES += libcli.a
libcli_a_SOURCES =
libcli_a_SOURCES += %D%/bundle.c
libcli_a_SOURCES += %D%/bundle.h
libcli_a_SOURCES += %D%/check.c
libcli_a_SOURCES += %D%/command.c
libcli_a_SOURCES += %D%/command.h
libcli_a_SOURCES += %D%/edit.c
libcli_a_SOURCES += %D%/edit.h
libcli_a_SOURCES += %D%/explain.c
libcli_a_SOURCES += %D%/features.c
libcli_a_SOURCES += %D%/help.c
libcli_a_SOURCES += %D%/help.h
libcli_a_SOURCES += %D%/line.c
libcli_a_SOURCES += %D%/options.c
libcli_a_SOURCES += %D%/options.h
libcli_a_SOURCES += %D%/out.c
libcli_a_SOURCES += %D%/out.h
libcli_a_SOURCES += %D%/run.c
libcli_a_SOURCES += %D%/spec.c
libcli_a_SOURCES += %D%/start.c
libcli_a_SOURCES += %D%/start.h
libcli_a_SOURCES += %D%/version.c
libcli_a_SOURCES += %D%/version.h
