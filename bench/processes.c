#include "processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct process {
    long pid, parent;
    struct use use;
    bool counts; /* below one of those that are asked for */
} processes[4096];

/* What its threads have run, to the nanosecond: stat counts in steps of 10 ms.  -1: the kernel does not tell. */
static double run_us(long pid)
{
    char path[64], text[64];
    double sum = -1;
    DIR *threads;

    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    threads = opendir(path);
    for (struct dirent *d; threads && (d = readdir(threads));) {
        unsigned long long ns;
        ssize_t got = -1;
        int fd;

        if (d->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%ld/task/%.20s/schedstat", pid, d->d_name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
            got = read(fd, text, sizeof text - 1);
        close(fd);
        text[got < 0 ? 0 : got] = '\0';
        if (sscanf(text, "%llu", &ns) == 1)
            sum = (sum < 0 ? 0 : sum) + (double)ns / 1000;
    }
    if (threads)
        closedir(threads);
    return sum;
}

static size_t look(void)
{
    DIR *all = opendir("/proc");
    size_t n = 0;

    for (struct dirent *d; all && n < sizeof processes / sizeof *processes && (d = readdir(all));) {
        struct process *p = &processes[n];
        char path[300], text[1024];
        unsigned long user, system;
        long pages;
        const char *rest;
        ssize_t got;
        int fd;

        snprintf(path, sizeof path, "/proc/%s/stat", d->d_name);
        fd = d->d_name[0] > '0' && d->d_name[0] <= '9' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        close(fd);
        text[got < 0 ? 0 : got] = '\0';
        rest = strrchr(text, ')');
        /* proc(5): 4 is the parent, 14 and 15 the time of user and kernel, 24 the memory. */
        if (rest && sscanf(rest + 1,
                           " %*c %ld %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu %*s %*s"
                           " %*s %*s %*s %*s %*s %*s %ld",
                           &p->parent, &user, &system, &pages) == 4) {
            p->pid = strtol(text, NULL, 10);
            p->use.cpu_us = (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK);
            p->use.rss_kib = (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
            p->counts = false;
            n++;
        }
    }
    if (all)
        closedir(all);
    return n;
}

static void add_children(size_t n)
{
    bool more = true;

    while (more) {
        more = false;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n && !processes[i].counts; k++)
                if (processes[k].counts && processes[k].pid == processes[i].parent)
                    more = processes[i].counts = true;
    }
}

struct use processes_used(char *const *pids)
{
    struct use sum = { 0 };
    size_t n = *pids ? look() : 0;

    for (; *pids; pids++)
        for (size_t i = 0; i < n; i++)
            processes[i].counts |= processes[i].pid == strtol(*pids, NULL, 10);
    add_children(n);
    for (size_t i = 0; i < n; i++)
        if (processes[i].counts) {
            double us = run_us(processes[i].pid);

            sum.cpu_us += us < 0 ? processes[i].use.cpu_us : us;
            sum.rss_kib += processes[i].use.rss_kib;
        }
    return sum;
}
