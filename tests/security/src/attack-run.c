/* attack-run.c - running a runtime under observation. */
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

static long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What is left after the command ended comes to us, its subreaper: nobody else's processes can
 * be among them. */
static void children(FILE *report, const char *word, int sig)
{
    char path[64], pid[16];
    FILE *list;

    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    list = fopen(path, "re");
    while (list && fscanf(list, "%15s", pid) == 1) {
        char comm[32] = "?";
        FILE *f;

        snprintf(path, sizeof path, "/proc/%s/comm", pid);
        f = fopen(path, "re");
        if (f && fscanf(f, "%31s", comm) < 1)
            comm[0] = '\0';
        if (f)
            fclose(f);
        if (word)
            fprintf(report, "%s %s %s\n", word, pid, comm);
        if (sig)
            kill(atoi(pid), sig);
    }
    if (list)
        fclose(list);
}

static void nap(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

/* Waits for the command, then for all others; false when somebody is still there at the end. */
static int all_gone(long end)
{
    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);

        if (pid < 0 && errno == ECHILD)
            return 1;
        if (pid == 0 && now_ms() > end)
            return 0;
        if (pid == 0)
            nap();
    }
}

/* The report has a line "hung" or "left PID NAME" for each fault, else it stays empty. */
int do_reap(int argc, char **argv)
{
    FILE *report;
    sigset_t chld;
    struct timespec limit = { 0 };
    siginfo_t info;
    int status = 0;
    long end;
    pid_t pid;

    if (argc < 4)
        return 99;
    report = fopen(argv[1], "we");
    if (!report)
        die(argv[1]);
    limit.tv_sec = atoi(argv[2]);
    end = now_ms() + limit.tv_sec * 1000;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid = start(argv + 3);
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    for (;;) {
        pid_t got = waitpid(pid, &status, WNOHANG);
        long left = end - now_ms();

        if (got == pid)
            break;
        if (left <= 0) {
            fprintf(report, "hung\n");
            break;
        }
        limit = (struct timespec){ left / 1000, left % 1000 * 1000000 + 1000000 };
        sigtimedwait(&chld, &info, &limit);
    }
    if (now_ms() >= end)
        status = SIGKILL;
    else if (!all_gone(now_ms() + 1000))
        children(report, "left", 0);
    fclose(report);
    for (int i = 0; i < 1000 && !all_gone(now_ms() + 1); i++)
        children(NULL, NULL, SIGKILL);
    return outcome(status);
}
