# Benchmarks: run by hand, never part of make check, which has no clocks.  But the floor, their
# yardstick, is compared with rcrun by a test.

tool_programs += %D%/floor
%C%_floor_SOURCES = %D%/floor.c
%C%_floor_LDFLAGS = $(HARDEN_LDFLAGS) $(PROGRAM_LDFLAGS) $(SANITIZE_CFLAGS)
%C%_floor_LDADD =
tests/integration/floor.log: %D%/floor

# Static where rcrun is: what interleave needs of memory, it measures.
EXTRA_PROGRAMS += %D%/interleave
CLEANFILES += %D%/interleave
%C%_interleave_SOURCES = %D%/interleave.c
%C%_interleave_LDFLAGS = $(HARDEN_LDFLAGS) $(PROGRAM_LDFLAGS) $(SANITIZE_CFLAGS)
%C%_interleave_LDADD =

EXTRA_PROGRAMS += %D%/net-floor
CLEANFILES += %D%/net-floor
%C%_net_floor_SOURCES = %D%/net-floor.c
%C%_net_floor_LDADD =

EXTRA_PROGRAMS += %D%/net-load
CLEANFILES += %D%/net-load
%C%_net_load_SOURCES = %D%/net-load.c %D%/processes.c %D%/processes.h
%C%_net_load_LDADD =

EXTRA_PROGRAMS += %D%/tree
CLEANFILES += %D%/tree
%C%_tree_SOURCES = %D%/tree.c
%C%_tree_LDFLAGS = $(HARDEN_LDFLAGS) $(PROGRAM_LDFLAGS) $(SANITIZE_CFLAGS)
%C%_tree_LDADD =

EXTRA_DIST += %D%/README.md
EXTRA_DIST += %D%/config
EXTRA_DIST += %D%/config.jq
EXTRA_DIST += %D%/count
EXTRA_DIST += %D%/lib.bash
EXTRA_DIST += %D%/net.awk
EXTRA_DIST += %D%/net.sh
EXTRA_DIST += %D%/run
EXTRA_DIST += %D%/rw-views
EXTRA_DIST += %D%/table.awk
EXTRA_DIST += %D%/unpack
