/* attack.h - what the parts of tests/security/attack share.
 *
 * One static program, so that it can stand in a root file system that has no libraries.  Each
 * command is a deed of an attacker, inside a container or beside it, or a look at what came of
 * one.  Nothing of rcrun is linked in. */
#ifndef ATTACK_H
#define ATTACK_H

#include <sys/types.h>

struct deed {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the name */
    const char *usage;
};

/* What the attack's own machinery cannot do is a failure of the test, not of the attack. */
void die(const char *what) __attribute__((noreturn));

/* Runs a program; returns its pid. */
pid_t start(char **argv);
/* 128 + signal, or the exit status. */
int outcome(int status);

int do_closed(int argc, char **argv);
int do_fds(int argc, char **argv);
int do_grab(int argc, char **argv);
int do_hold(int argc, char **argv);
int do_hunt(int argc, char **argv);
int do_map_stub(int argc, char **argv);
int do_nofile(int argc, char **argv);
int do_pidfs(int argc, char **argv);
int do_port(int argc, char **argv);
int do_pty(int argc, char **argv);
int do_race(int argc, char **argv);
int do_reap(int argc, char **argv);
int do_swap(int argc, char **argv);
int do_tiocsti(int argc, char **argv);
int do_without(int argc, char **argv);

#endif
