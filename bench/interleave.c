/* interleave - runs commands in turn, in a new random order each round, and tells what each run
 * took.  What a busy neighbour does to one of them it then does to all, and what belongs together
 * is measured within milliseconds.
 *
 *     interleave [-n ROUNDS] [-w ROUNDS] [-i MS] [-p MS] FILE
 *
 *     -n    measured rounds (50)
 *     -w    rounds before these, to warm up (3)
 *     -i    wait before each run until nobody else is runnable, at most so long (20)
 *     -p    pause before each run (0)
 *
 * FILE has a command a line: a name, the path of the program, its arguments, separated by tabs.
 * {} in an argument becomes a number that no other run has.  For each run a line of
 *
 *     ROUND  NAME  ok|failed  WALL-MS  CPU-MS  MAX-RSS-KIB  PAGE-FAULTS
 *
 * Wall time is from before vfork(2) to after wait4(2), which gives the rest: of the process and
 * of all it has waited for, the greatest one for the memory.  Before exec(2) a child has our own
 * memory, and the kernel counts that too: so this program must stay smaller than what it runs. */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CASES = 32, WORDS = 64, LINE = 4096 };

struct command {
    char *name;
    char *words[WORDS + 1];
};

struct sample {
    bool ok;
    double wall, cpu;
    long rss, faults;
};

static struct command commands[CASES];
static size_t count;
static long rounds = 50, warm_up = 3, idle_ms = 20, pause_ms;

static long number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*end || end == text || n < 0 || n > 1000000)
        errx(2, "%s is no number", text);
    return n;
}

static void load(const char *path)
{
    FILE *file = fopen(path, "re");
    char line[LINE];

    if (!file)
        err(2, "%s", path);
    while (fgets(line, sizeof line, file)) {
        struct command *c = &commands[count];
        size_t n = 0;
        char *rest;

        line[strcspn(line, "\n")] = '\0';
        rest = strdup(line);
        if (count == CASES || !rest)
            errx(2, "%s: too many commands", path);
        c->name = strsep(&rest, "\t");
        while (rest && n < WORDS)
            c->words[n++] = strsep(&rest, "\t");
        if (n == 0 || rest)
            errx(2, "%s: %s: no command, or too long", path, c->name);
        count++;
    }
    fclose(file);
    if (count == 0)
        errx(2, "%s: no command", path);
}

/* ---- one run ---- */

static void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    nanosleep(&t, NULL);
}

/* Neighbours come in bursts, so a moment when nobody else wants to run is often near. */
static void wait_until_idle(void)
{
    char text[128];

    for (long i = 0; i < idle_ms; i++) {
        int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        long runnable = 1;

        close(fd);
        /* "0.42 0.33 0.25 2/151 22015": the fourth has the number of runnable tasks, us too. */
        text[n < 0 ? 0 : n] = '\0';
        for (char *at = strchr(text, '/'); at && at > text && at[-1] != ' ';)
            runnable = strtol(--at, NULL, 10);
        if (runnable <= 1)
            return;
        sleep_ms(1);
    }
}

/* The words with the number put in, in a buffer of our own. */
static void fill(const struct command *c, unsigned long id, char **argv, char *buffer, size_t size)
{
    size_t used = 0, n = 0;

    for (; c->words[n]; n++) {
        const char *word = c->words[n], *mark = strstr(word, "{}");
        int len = mark ? snprintf(buffer + used, size - used, "%.*s%lu%s", (int)(mark - word), word,
                                  id, mark + 2)
                       : snprintf(buffer + used, size - used, "%s", word);

        argv[n] = buffer + used;
        used += (size_t)len + 1;
        if (used > size)
            errx(2, "%s: arguments too long", c->name);
    }
    argv[n] = NULL;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double ms(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static __attribute__((noinline)) struct sample measure(char **argv)
{
    struct rusage used;
    double start = now();
    pid_t pid = vfork();
    int status;

    if (pid == 0) {
        execv(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &used) < 0)
        err(2, "%s", argv[0]);
    return (struct sample){
        .ok = status == 0,
        .wall = now() - start,
        .cpu = ms(used.ru_utime) + ms(used.ru_stime),
        .rss = used.ru_maxrss,
        .faults = used.ru_minflt + used.ru_majflt,
    };
}

/* ---- all of them ---- */

static void shuffle(size_t *order)
{
    for (size_t i = 0; i < count; i++) {
        size_t other = (size_t)random() % (i + 1);

        order[i] = order[other];
        order[other] = i;
    }
}

static void one_round(long n, FILE *out)
{
    static unsigned long id;
    char buffer[2 * LINE];
    char *argv[WORDS + 1];
    size_t order[CASES];

    shuffle(order);
    for (size_t i = 0; i < count; i++) {
        const struct command *c = &commands[order[i]];
        struct sample s;

        fill(c, ++id, argv, buffer, sizeof buffer);
        sleep_ms(pause_ms);
        wait_until_idle();
        s = measure(argv);
        if (n > 0)
            fprintf(out, "%ld\t%s\t%s\t%.4f\t%.3f\t%ld\t%ld\n", n, c->name, s.ok ? "ok" : "failed",
                    s.wall, s.cpu, s.rss, s.faults);
    }
}

int main(int argc, char **argv)
{
    FILE *out = fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10), "w");
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int option;

    while ((option = getopt(argc, argv, "n:w:i:p:")) != -1) {
        long *value = option == 'n' ? &rounds : option == 'w' ? &warm_up : &idle_ms;

        if (option == '?')
            return 2;
        *(option == 'p' ? &pause_ms : value) = number(optarg);
    }
    if (argc != optind + 1 || !out || null < 0)
        errx(2, "usage: interleave [-n ROUNDS] [-w ROUNDS] [-i MS] [-p MS] FILE");
    load(argv[optind]);
    for (int fd = 0; fd <= 2; fd++)
        dup2(null, fd);
    srandom((unsigned)getpid());
    for (long n = 1 - warm_up; n <= rounds; n++)
        one_round(n, out);
    return fclose(out) == 0 ? 0 : 2;
}
