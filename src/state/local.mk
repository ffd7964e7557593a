# state: what is kept of containers.  Includes base.

noinst_LIBRARIES += libstate.a
libstate_a_SOURCES =
libstate_a_SOURCES += %D%/alive.c
libstate_a_SOURCES += %D%/json.c
libstate_a_SOURCES += %D%/list.c
libstate_a_SOURCES += %D%/state.h
libstate_a_SOURCES += %D%/store.c
libstate_a_SOURCES += %D%/store.h
libstate_a_SOURCES += %D%/upper.c
libstate_a_SOURCES += %D%/upper.h
