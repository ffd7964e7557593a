# rcrun itself.  main.c is all that is not in a layer.

bin_PROGRAMS += rcrun
rcrun_SOURCES = %D%/main.c
rcrun_LDFLAGS = $(HARDEN_LDFLAGS) $(PROGRAM_LDFLAGS) $(SANITIZE_CFLAGS)
rcrun_LDADD = $(layers) $(PROGRAM_LIBS)
