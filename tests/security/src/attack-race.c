/* attack-race.c - changing names while containers start. */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int do_swap(int argc, char **argv)
{
    if (argc < 3)
        return 99;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0 && errno != EINTR)
            die(argv[1]);
}

/* ---- start after start ---------------------------------------------------------------------- */

struct race {
    int count, seconds;
    char *lost[8], *clean[8], *word;
    char **command;
};

static void read_options(struct race *r, int argc, char **argv)
{
    int losts = 0, cleans = 0, i = 3;

    for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
        if (strcmp(argv[i], "--lost") == 0 && losts < 8)
            r->lost[losts++] = argv[i + 1];
        else if (strcmp(argv[i], "--clean") == 0 && cleans < 8)
            r->clean[cleans++] = argv[i + 1];
        else if (strcmp(argv[i], "--word") == 0)
            r->word = argv[i + 1];
        else
            exit(99);
    }
    r->command = argv + i + 1;
    r->count = atoi(argv[1]);
    r->seconds = atoi(argv[2]);
}

/* Runs the command; is the word in what it says? */
static int says(char **command, const char *word)
{
    char text[8192];
    size_t n = 0;
    ssize_t got;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
        die("fork");
    if (pid == 0) {
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        execvp(command[0], command);
        _exit(99);
    }
    close(ends[1]);
    while (n < sizeof text && (got = read(ends[0], text + n, sizeof text - n)) > 0)
        n += (size_t)got;
    close(ends[0]);
    waitpid(pid, NULL, 0);
    return word && memmem(text, n, word, strlen(word));
}

int do_race(int argc, char **argv)
{
    struct race r = { 0 };
    time_t end;
    int i;

    if (argc < 5)
        return 99;
    read_options(&r, argc, argv);
    end = time(NULL) + r.seconds;
    for (i = 1; i <= r.count && time(NULL) < end; i++) {
        int lost = says(r.command, r.word);

        for (int k = 0; k < 8 && r.lost[k]; k++)
            lost = lost || access(r.lost[k], F_OK) == 0;
        if (lost) {
            printf("lost at start %d\n", i);
            return 0;
        }
        for (int k = 0; k < 8 && r.clean[k]; k++)
            if (unlink(r.clean[k]) < 0)
                rmdir(r.clean[k]);
    }
    printf("%d starts\n", i - 1);
    return 0;
}
