# All tests print TAP and run by `make check`; `make check TESTS=tests/unit/test-text` runs one.
#
# To add a test, add its line, sorted:
#   unit         unit_tests += %D%/unit/test-NAME     (source: the same name with .c, no other line)
#   lint         lint_tests += %D%/lint/NAME.sh
#   golden plan  nothing: tests/plans/run.sh finds the folders
#   bats         integration_tests, security_tests, root_tests or vm_tests += %D%/FOLDER/NAME.bats
#   budget       budget_tests += %D%/budget/NAME.sh
#   fuzz target  fuzz_programs += %D%/fuzz/fuzz-NAME and EXTRA_DIST += %D%/fuzz/NAME, its corpus
#   program that tests call: tool_programs += %D%/tools/NAME
#   fault        nothing: tests/faults/run.sh knows its plans
# Files that a test reads or includes go to EXTRA_DIST, by file or by folder.

unit_tests =
unit_tests += %D%/unit/test-child-output
unit_tests += %D%/unit/test-doctor
unit_tests += %D%/unit/test-edit
unit_tests += %D%/unit/test-facts-json
unit_tests += %D%/unit/test-fd
unit_tests += %D%/unit/test-hint
unit_tests += %D%/unit/test-host-probe
unit_tests += %D%/unit/test-json-load
unit_tests += %D%/unit/test-json-write
unit_tests += %D%/unit/test-mountinfo
unit_tests += %D%/unit/test-network
unit_tests += %D%/unit/test-options
unit_tests += %D%/unit/test-os-cred
unit_tests += %D%/unit/test-os-exec
unit_tests += %D%/unit/test-os-filter-cache
unit_tests += %D%/unit/test-os-limit
unit_tests += %D%/unit/test-os-mount
unit_tests += %D%/unit/test-os-ns
unit_tests += %D%/unit/test-os-path
unit_tests += %D%/unit/test-os-proc
unit_tests += %D%/unit/test-os-seal
unit_tests += %D%/unit/test-os-seccomp
unit_tests += %D%/unit/test-os-tty
unit_tests += %D%/unit/test-plan
unit_tests += %D%/unit/test-plan-want
unit_tests += %D%/unit/test-resolv
unit_tests += %D%/unit/test-probe-fuse
unit_tests += %D%/unit/test-probe-net
unit_tests += %D%/unit/test-publish
unit_tests += %D%/unit/test-service
unit_tests += %D%/unit/test-socket
unit_tests += %D%/unit/test-spec-check
unit_tests += %D%/unit/test-spec-check-linux
unit_tests += %D%/unit/test-spec-default
unit_tests += %D%/unit/test-spec-load
unit_tests += %D%/unit/test-stateroot
unit_tests += %D%/unit/test-subid
unit_tests += %D%/unit/test-userns

# Of rcrun-net: linked with its parts besides.
if SLIRP
unit_tests += %D%/unit/test-net-closing
%C%_unit_test_net_closing_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-flows
%C%_unit_test_net_flows_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-frame
%C%_unit_test_net_frame_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-guest
%C%_unit_test_net_guest_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-link
%C%_unit_test_net_link_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-offload
%C%_unit_test_net_offload_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-pcap
%C%_unit_test_net_pcap_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-reassemble
%C%_unit_test_net_reassemble_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-scrub
%C%_unit_test_net_scrub_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-shape
%C%_unit_test_net_shape_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-dns
%C%_unit_test_net_dns_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-dns-packet
%C%_unit_test_net_dns_packet_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-engine
%C%_unit_test_net_engine_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-jail
%C%_unit_test_net_jail_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-wall
%C%_unit_test_net_wall_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-version
%C%_unit_test_net_version_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-window
%C%_unit_test_net_window_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-worker
%C%_unit_test_net_worker_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-mint
%C%_unit_test_net_mint_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-sockets
%C%_unit_test_net_sockets_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-spin
%C%_unit_test_net_spin_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-splice
%C%_unit_test_net_splice_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-splice-limits
%C%_unit_test_net_splice_limits_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
unit_tests += %D%/unit/test-net-options
%C%_unit_test_net_options_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
endif

# Of rcrun-unpack.
if ARCHIVE
unit_tests += %D%/unit/test-unpack
%C%_unit_test_unpack_LDADD = librcrununpack.a $(LDADD) $(ARCHIVE_LIBS) $(NETTLE_LIBS) $(ZLIB_LIBS)
endif

plan_tests =
plan_tests += %D%/plans/run.sh

lint_tests =
lint_tests += %D%/lint/banned.sh
lint_tests += %D%/lint/clang.sh
lint_tests += %D%/lint/layers.sh
lint_tests += %D%/lint/listed.sh
lint_tests += %D%/lint/man.sh
lint_tests += %D%/lint/process.sh
lint_tests += %D%/lint/shell.sh
lint_tests += %D%/lint/size.sh
lint_tests += %D%/lint/symbols.sh
lint_tests += %D%/lint/words.sh

integration_tests =
integration_tests += %D%/integration/annotations.bats
integration_tests += %D%/integration/buildah.bats
integration_tests += %D%/integration/cli-config.bats
integration_tests += %D%/integration/cli-run.bats
integration_tests += %D%/integration/cli-tell.bats
integration_tests += %D%/integration/cli.bats
integration_tests += %D%/integration/commands.bats
integration_tests += %D%/integration/conmon.bats
integration_tests += %D%/integration/containerd.bats
integration_tests += %D%/integration/debian.bats
integration_tests += %D%/integration/delete.bats
integration_tests += %D%/integration/devices.bats
integration_tests += %D%/integration/dryrun.bats
integration_tests += %D%/integration/edit-options.bats
integration_tests += %D%/integration/edit.bats
integration_tests += %D%/integration/errors.bats
integration_tests += %D%/integration/examples.bats
integration_tests += %D%/integration/exec-process.bats
integration_tests += %D%/integration/exec.bats
integration_tests += %D%/integration/floor.bats
integration_tests += %D%/integration/hooks-process.bats
integration_tests += %D%/integration/hooks.bats
integration_tests += %D%/integration/ids.bats
integration_tests += %D%/integration/keepid.bats
integration_tests += %D%/integration/life.bats
integration_tests += %D%/integration/list.bats
integration_tests += %D%/integration/listener.bats
integration_tests += %D%/integration/mount-reports.bats
integration_tests += %D%/integration/mounts-bind.bats
integration_tests += %D%/integration/mounts-fs.bats
integration_tests += %D%/integration/mounts-many.bats
integration_tests += %D%/integration/mounts-mapped.bats
integration_tests += %D%/integration/mounts-matrix.bats
integration_tests += %D%/integration/mounts-sources.bats
integration_tests += %D%/integration/mounts.bats
integration_tests += %D%/integration/namespaces.bats
integration_tests += %D%/integration/nested.bats
integration_tests += %D%/integration/net-alone-ports.bats
integration_tests += %D%/integration/net-alone.bats
integration_tests += %D%/integration/net-faults.bats
integration_tests += %D%/integration/net-load.bats
integration_tests += %D%/integration/net-podman.bats
integration_tests += %D%/integration/net-run.bats
integration_tests += %D%/integration/net-real.bats
integration_tests += %D%/integration/net-reports.bats
integration_tests += %D%/integration/paths.bats
integration_tests += %D%/integration/plumbing.bats
integration_tests += %D%/integration/podman.bats
integration_tests += %D%/integration/process-powers.bats
integration_tests += %D%/integration/process.bats
integration_tests += %D%/integration/remap.bats
integration_tests += %D%/integration/rootfs-layers.bats
integration_tests += %D%/integration/rootfs-overlay.bats
integration_tests += %D%/integration/rootfs-reports.bats
integration_tests += %D%/integration/rootfs-sources.bats
integration_tests += %D%/integration/rootfs-fuse.bats
integration_tests += %D%/integration/rootfs-fuse-two.bats
integration_tests += %D%/integration/seccomp.bats
integration_tests += %D%/integration/signals.bats
integration_tests += %D%/integration/special.bats
integration_tests += %D%/integration/state.bats
integration_tests += %D%/integration/stdio.bats
integration_tests += %D%/integration/storm.bats
integration_tests += %D%/integration/terminal.bats
integration_tests += %D%/integration/unpack-image.bats
integration_tests += %D%/integration/unpack.bats
integration_tests += %D%/integration/unshare.bats
integration_tests += %D%/integration/words.bats

security_tests =
security_tests += %D%/security/dev.bats
security_tests += %D%/security/exec.bats
security_tests += %D%/security/fd.bats
security_tests += %D%/security/ids.bats
security_tests += %D%/security/life.bats
security_tests += %D%/security/mount.bats
security_tests += %D%/security/net-helper.bats
security_tests += %D%/security/net.bats
security_tests += %D%/security/parse.bats
security_tests += %D%/security/path.bats
security_tests += %D%/security/proc.bats
security_tests += %D%/security/unpack.bats
security_tests += %D%/security/remove.bats
security_tests += %D%/security/root-server.bats

fuzz_programs =
fuzz_programs += %D%/fuzz/fuzz-config
fuzz_programs += %D%/fuzz/fuzz-mountinfo
fuzz_programs += %D%/fuzz/fuzz-subid
# Of rcrun-net.
if SLIRP
fuzz_programs += %D%/fuzz/fuzz-frame
%C%_fuzz_fuzz_frame_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
fuzz_programs += %D%/fuzz/fuzz-dns
%C%_fuzz_fuzz_dns_LDADD = librcrunnet.a $(LDADD) $(SLIRP_LIBS)
endif
# Of rcrun-unpack.
if ARCHIVE
fuzz_programs += %D%/fuzz/fuzz-image
%C%_fuzz_fuzz_image_LDADD = librcrununpack.a $(LDADD) $(ARCHIVE_LIBS) $(NETTLE_LIBS) $(ZLIB_LIBS)
endif
fuzz_tests = %D%/fuzz/replay.sh

# Kills at every SWEEP_STRIDE-th system call; check-sweep takes each.
sweep_tests =
sweep_tests += %D%/faults/sweep.sh

budget_tests =
budget_tests += %D%/budget/budget.sh

# In $builddir/tests/tools/ for the scripts.
tool_programs =
tool_programs += %D%/tools/listener
tool_programs += %D%/tools/remove
# Put into root directories, so without libraries, and without rcrun's flags.
tool_programs += %D%/tools/fuse-mute
%C%_tools_fuse_mute_SOURCES = %D%/tools/fuse-mute.c
tool_programs += %D%/tools/fuse-mute-two
%C%_tools_fuse_mute_two_SOURCES = %D%/tools/fuse-mute.c
%C%_tools_fuse_mute_two_CPPFLAGS = $(AM_CPPFLAGS) -DTWO
%C%_tools_fuse_mute_CFLAGS = $(DIALECT_CFLAGS) $(WARN_CFLAGS)
%C%_tools_fuse_mute_LDFLAGS = -static
%C%_tools_fuse_mute_LDADD =
tool_programs += %D%/tools/notify
%C%_tools_notify_SOURCES = %D%/tools/notify.c
%C%_tools_notify_CFLAGS = $(DIALECT_CFLAGS) $(WARN_CFLAGS)
%C%_tools_notify_LDFLAGS = -static
%C%_tools_notify_LDADD =
tool_programs += %D%/tools/flood
%C%_tools_flood_SOURCES = %D%/tools/flood.c
%C%_tools_flood_CFLAGS = $(DIALECT_CFLAGS) $(WARN_CFLAGS)
%C%_tools_flood_LDFLAGS = -static
%C%_tools_flood_LDADD =
tool_programs += %D%/tools/talk
%C%_tools_talk_SOURCES = %D%/tools/talk.c
%C%_tools_talk_CFLAGS = $(DIALECT_CFLAGS) $(WARN_CFLAGS)
%C%_tools_talk_LDFLAGS = -static
%C%_tools_talk_LDADD =
tool_programs += %D%/faults/kill-at
%C%_faults_kill_at_SOURCES = %D%/faults/kill-at.c
%C%_faults_kill_at_LDADD =
include tests/security/local.mk

# Needs a build with --enable-fault-injection; check-faults makes one.
fault_tests =
fault_tests += %D%/faults/layers.sh
fault_tests += %D%/faults/life.sh
fault_tests += %D%/faults/run.sh

# Run as root by check-root, with TEST_USER set; not part of make check.
root_tests =
root_tests += %D%/root/budget.bats
root_tests += %D%/root/containerd.bats
root_tests += %D%/root/exec.bats
root_tests += %D%/root/host.bats
root_tests += %D%/root/ids.bats
root_tests += %D%/root/mounts-mapped.bats
root_tests += %D%/root/net.bats
root_tests += %D%/root/rootfs-kinds.bats
root_tests += %D%/root/security.bats
root_tests += $(sweep_tests)

# Run in a virtual machine by check-vm, which may be told others; not part of make check.
vm_tests =
vm_tests += %D%/vm/kernel.bats

EXTRA_DIST += %D%/README.md
EXTRA_DIST += %D%/budget/binds-single.max
EXTRA_DIST += %D%/budget/start-full.max
EXTRA_DIST += %D%/budget/start-single.max
EXTRA_DIST += %D%/budget/state.max
EXTRA_DIST += %D%/budget/exec.max
EXTRA_DIST += %D%/budget/kill.max
EXTRA_DIST += %D%/budget/delete.max
EXTRA_DIST += %D%/budget/binds.max
EXTRA_DIST += %D%/budget/full.max
EXTRA_DIST += %D%/budget/layers-single.max
EXTRA_DIST += %D%/budget/layers.max
EXTRA_DIST += %D%/budget/seal.max
EXTRA_DIST += %D%/budget/setup-single.max
EXTRA_DIST += %D%/budget/setup.max
EXTRA_DIST += %D%/budget/single.max
EXTRA_DIST += %D%/fuzz/config
EXTRA_DIST += %D%/fuzz/frame
EXTRA_DIST += %D%/fuzz/image
EXTRA_DIST += %D%/fuzz/dns
EXTRA_DIST += %D%/fuzz/mountinfo
EXTRA_DIST += %D%/fuzz/subid
EXTRA_DIST += %D%/beside.bash
EXTRA_DIST += %D%/integration/alone.bash
EXTRA_DIST += %D%/integration/cli.bash
EXTRA_DIST += %D%/integration/containerd.bash
EXTRA_DIST += %D%/integration/edit.bash
EXTRA_DIST += %D%/integration/engines.bash
EXTRA_DIST += %D%/integration/example.bash
EXTRA_DIST += %D%/integration/golden
EXTRA_DIST += %D%/integration/fuse.bash
EXTRA_DIST += %D%/integration/lib.bash
EXTRA_DIST += %D%/integration/life.bash
EXTRA_DIST += %D%/integration/mounts.bash
EXTRA_DIST += %D%/integration/net.bash
EXTRA_DIST += %D%/integration/overlay.bash
EXTRA_DIST += %D%/integration/unpack.bash
EXTRA_DIST += %D%/lint/lib.sh
EXTRA_DIST += %D%/net-guest.h
EXTRA_DIST += %D%/plans
EXTRA_DIST += %D%/root/lib.bash
EXTRA_DIST += %D%/schema/README.md
EXTRA_DIST += %D%/schema/oci
EXTRA_DIST += %D%/schema/rcrun
EXTRA_DIST += %D%/schema/validate.py
EXTRA_DIST += %D%/tap.h
EXTRA_DIST += %D%/tools/manager
EXTRA_DIST += %D%/tools/names.h
EXTRA_DIST += %D%/tools/namespace.h
EXTRA_DIST += %D%/tools/pidfd-receiver
EXTRA_DIST += %D%/tools/profile.h
EXTRA_DIST += %D%/tools/report
EXTRA_DIST += %D%/tools/transcript
EXTRA_DIST += %D%/tools/until.sh
EXTRA_DIST += %D%/tools/user-env
EXTRA_DIST += %D%/vm/init
EXTRA_DIST += %D%/vm/run
EXTRA_DIST += %D%/unit/frames.h
EXTRA_DIST += %D%/unit/dns-rig.h
EXTRA_DIST += %D%/unit/net-engine.h
EXTRA_DIST += %D%/unit/net-segment.h
EXTRA_DIST += %D%/unit/net-splice.h
EXTRA_DIST += %D%/unit/net-world.h
EXTRA_DIST += %D%/unit/scrub-rig.h
EXTRA_DIST += %D%/unit/spec-check.h

# ---- how they run ---------------------------------------------------------------------------

scripts = $(plan_tests) $(lint_tests) $(integration_tests) $(security_tests) $(fuzz_tests) \
	$(sweep_tests) $(budget_tests)

# Test programs are linked with all layers: they are archives, each takes only what it calls.
# So a fuzz target takes its main from libreplay.a, and a unit test does not.
LDADD = $(layers) libreplay.a $(DYNAMIC_LIBS)
libreplay_a_SOURCES = %D%/fuzz/replay.c

# EXTRA_ and not check_, so that one test can be run without building the others, and one that
# does not compile stops nobody else (make -k check).  The log of a test needs what it calls.
EXTRA_LIBRARIES = libreplay.a
EXTRA_PROGRAMS = $(unit_tests) $(fuzz_programs) $(tool_programs)
CLEANFILES += $(EXTRA_LIBRARIES) $(EXTRA_PROGRAMS)
$(fuzz_tests:.sh=.log): $(fuzz_programs)
$(integration_tests:.bats=.log) $(fault_tests:.sh=.log): $(filter %D%/tools/%, $(tool_programs))
$(sweep_tests:.sh=.log): $(filter %D%/faults/%, $(tool_programs))
$(security_tests:.bats=.log) $(root_tests:.bats=.log): $(tool_programs)

if FUZZING
# libFuzzer brings a main by force: here are fuzz targets and nothing else.
AM_LDFLAGS += $(FUZZ_LDFLAGS)
TESTS = $(fuzz_tests)
else
TESTS = $(unit_tests) $(scripts)
if FAULTS
TESTS += $(fault_tests)
endif
endif
EXTRA_DIST += $(scripts) $(fault_tests) $(root_tests) $(vm_tests)

# What hangs has failed: a test file after FILE_SECONDS, a single bats test after TEST_SECONDS.
FILE_SECONDS = 900
TEST_SECONDS = 120
LIMIT = timeout -k 10 $(FILE_SECONDS)

TEST_EXTENSIONS = .sh .bats
tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(tap_driver)
LOG_COMPILER = $(LIMIT)
SH_LOG_DRIVER = $(tap_driver)
SH_LOG_COMPILER = $(LIMIT)
BATS_LOG_DRIVER = $(tap_driver)
if HAVE_BATS
BATS_LOG_COMPILER = $(LIMIT) $(BATS)
AM_BATS_LOG_FLAGS = --tap
else
BATS_LOG_COMPILER = echo '1..0 \# SKIP bats is not installed:'
endif

# Scripts get whole paths and so may change directory.
AM_TESTS_ENVIRONMENT = \
	RCRUN='$(abs_builddir)/rcrun'; export RCRUN; \
	srcdir='$(abs_srcdir)'; export srcdir; \
	builddir='$(abs_builddir)'; export builddir; \
	NM='$(NM)'; export NM; \
	WARN_CFLAGS='$(WARN_CFLAGS)'; export WARN_CFLAGS; \
	LIBS_CFLAGS='$(LIBS_CFLAGS)'; export LIBS_CFLAGS; \
	SANITIZERS='$(enable_sanitizers)'; export SANITIZERS; \
	BATS_TEST_TIMEOUT='$(TEST_SECONDS)'; export BATS_TEST_TIMEOUT; \
	LC_ALL=C.UTF-8; export LC_ALL;

# ---- parts of the suite ---------------------------------------------------------------------

.PHONY: check-unit check-lint check-integration check-security check-budget check-root check-vm \
	check-asan check-faults check-sweep

check-unit:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_tests) $(plan_tests) $(fuzz_tests)'
check-lint:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(lint_tests)'
check-integration:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(integration_tests)'
check-security:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(security_tests)'
check-budget:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(budget_tests)'
# Takes half an hour.
check-sweep:
	$(AM_V_at)SWEEP_STRIDE=1 $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(sweep_tests)' FILE_SECONDS=7200
# With the kernel of Debian 12, or of another package: VM='--package linux-image-6.12-cloud-amd64'.
VM =
VM_TESTS = $(vm_tests)
check-vm: all $(tool_programs)
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) code=0; \
	bash $(abs_srcdir)/tests/vm/run $(VM) --share $(abs_builddir)/rcrun --share $(abs_srcdir)/tests \
	  --share $(abs_builddir)/tests/tools --env RCRUN="$$RCRUN" --env srcdir="$$srcdir" \
	  --env builddir="$$builddir" --env SANITIZERS="$$SANITIZERS" --env LC_ALL=C.UTF-8 \
	  bats --tap $(addprefix $(abs_srcdir)/, $(VM_TESTS)) || code=$$?; \
	if test $$code = 123; then echo "check-vm: skipped, there is no virtual machine"; \
	else exit $$code; fi
check-root:
	$(AM_V_at)test -z '$(root_tests)' || $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(root_tests)'

# Other ways to build have a build directory of their own below this one.
sub_configure = test ! -f $(srcdir)/config.status || \
	  { echo "$@: configure and make in another directory than the source" >&2; exit 1; }; \
	mkdir -p $$sub && cd $$sub && { test -f config.status || \
	  $(abs_srcdir)/configure --quiet CC='$(CC)' RCRUN_COMMIT='$(RCRUN_COMMIT)' $$flags; }

# No leak check for containers: LeakSanitizer stops with an error where it may not ptrace.
check-asan:
	$(AM_V_at)sub=asan; flags='--enable-sanitizers --enable-devel'; $(sub_configure) && { \
	  status=0; \
	  $(MAKE) $(AM_MAKEFLAGS) check-unit || status=1; \
	  ASAN_OPTIONS=detect_leaks=0 $(MAKE) $(AM_MAKEFLAGS) check-integration || status=1; \
	  exit $$status; }

if FAULTS
check-faults:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(fault_tests)'
else
check-faults:
	$(AM_V_at)test -z '$(fault_tests)' || { \
	sub=faults; flags='--enable-fault-injection'; $(sub_configure) && \
	$(MAKE) $(AM_MAKEFLAGS) check-faults; }
endif

# For tests/lint/listed.sh.
.PHONY: list-dist list-tests
list-dist:
	@printf '%s\n' $(patsubst $(srcdir)/%,%,$(DISTFILES))
list-tests:
	@printf '%s\n' $(TESTS) $(fault_tests) $(root_tests) $(vm_tests)

clean-local:
	rm -rf asan faults
