/* attack.c - the commands, and what they share.  Usage: attack COMMAND [ARG...] */
#include "attack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct deed deeds[] = {
    { "closed", do_closed, "COMMAND: without descriptors 0, 1 and 2" },
    { "fds", do_fds, "[LOG]: tells what this process was given, a line for each descriptor" },
    { "grab", do_grab, "MS: takes hold of the runtime's program and tries to write it" },
    { "hold", do_hold, "FD... -- COMMAND: opens / as these descriptors, as a careless caller does" },
    { "hunt", do_hunt, "MS WORD: looks into all processes; WORD is the launcher's secret" },
    { "map-stub", do_map_stub, "stands for newuidmap when called by that name" },
    { "nofile", do_nofile, "N COMMAND: with at most N descriptors" },
    { "pidfs", do_pidfs, "have pidfds inodes of their own (Linux 6.9)?" },
    { "port", do_port, "N: may this process listen there?" },
    { "pty", do_pty, "COMMAND: on a terminal of its own; tells what was put into its input" },
    { "race", do_race, "COUNT SECONDS [OPTION...] -- COMMAND: until the attacker has won" },
    { "reap", do_reap, "REPORT SECONDS COMMAND: tells whether it hung or left processes behind" },
    { "swap", do_swap, "A B: exchanges two names for ever" },
    { "tiocsti", do_tiocsti, "tries to type into every terminal that it has" },
    { "without", do_without, "CALL ERRNO COMMAND: where a filter hides a system call" },
};

void die(const char *what)
{
    fprintf(stderr, "attack: %s: %s\n", what, strerror(errno));
    exit(99);
}

pid_t start(char **argv)
{
    pid_t pid = fork();

    if (pid < 0)
        die("fork");
    if (pid == 0) {
        execvp(argv[0], argv);
        die(argv[0]);
    }
    return pid;
}

int outcome(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/');

    name = name ? name + 1 : argv[0];
    if (strcmp(name, "newuidmap") == 0 || strcmp(name, "newgidmap") == 0)
        return do_map_stub(argc, argv);
    for (size_t i = 0; argc > 1 && i < sizeof deeds / sizeof deeds[0]; i++)
        if (strcmp(deeds[i].name, argv[1]) == 0)
            return deeds[i].run(argc - 1, argv + 1);
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        fprintf(stderr, "attack %s %s\n", deeds[i].name, deeds[i].usage);
    return 99;
}
