# Programs of the security tests.  README.md says what each is.

# Attacks, to be put into root file systems: no libraries, none of rcrun's code or flags.
tool_programs += %D%/attack
%C%_attack_SOURCES =
%C%_attack_SOURCES += %D%/src/attack-fd.c
%C%_attack_SOURCES += %D%/src/attack-look.c
%C%_attack_SOURCES += %D%/src/attack-race.c
%C%_attack_SOURCES += %D%/src/attack-root.c
%C%_attack_SOURCES += %D%/src/attack-run.c
%C%_attack_SOURCES += %D%/src/attack-tty.c
%C%_attack_SOURCES += %D%/src/attack.c
%C%_attack_SOURCES += %D%/src/attack.h
%C%_attack_CFLAGS = $(DIALECT_CFLAGS) $(WARN_CFLAGS)
%C%_attack_LDFLAGS = -static
%C%_attack_LDADD =

# In the place of a server that was taken over.
tool_programs += %D%/taken
%C%_taken_SOURCES = %D%/src/taken.c
%C%_taken_CFLAGS = $(DIALECT_CFLAGS) $(WARN_CFLAGS)
%C%_taken_LDFLAGS = -static
%C%_taken_LDADD =

tool_programs += %D%/loader
%C%_loader_SOURCES = %D%/src/loader.c
%C%_loader_CFLAGS = -fno-pie -fno-stack-protector -ffreestanding
%C%_loader_LDFLAGS = -static -no-pie -nostdlib
%C%_loader_LDADD =

# rcrun itself, linked once more with stand-ins for its defences.
tool_programs += %D%/mutant
%C%_mutant_SOURCES =
%C%_mutant_SOURCES += %D%/src/mutant-path.c
%C%_mutant_SOURCES += %D%/src/mutant.c
%C%_mutant_SOURCES += %D%/src/mutant.h
%C%_mutant_SOURCES += src/main.c
%C%_mutant_LDFLAGS = $(HARDEN_LDFLAGS) $(PROGRAM_LDFLAGS) $(SANITIZE_CFLAGS) \
	-Wl,@$(srcdir)/%D%/mutant.wrap
%C%_mutant_LDADD = $(layers) $(PROGRAM_LIBS)
%C%_mutant_DEPENDENCIES = $(layers) %D%/mutant.wrap
EXTRA_DIST += %D%/mutant.wrap

EXTRA_DIST += %D%/README.md
EXTRA_DIST += %D%/base.json
EXTRA_DIST += %D%/controls.sh
EXTRA_DIST += %D%/flags.py
EXTRA_DIST += %D%/lib.bash

# Only the controls: does each attack still defeat a program without the defence?
.PHONY: check-controls
check-controls:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS='%D%/controls.sh'
%D%/controls.log: $(tool_programs)
