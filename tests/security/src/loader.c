/* loader.c - a program loader as a hostile image would ship it: when the kernel starts a
 * dynamically linked program of the host in the container, this runs inside of it, and has
 * /proc/self/exe in its hands.  No C library: it is what loads one.
 *
 * Writes to /result: "exe PATH", then "written", or "safe ERRNO" where ERRNO is what opening the
 * program for writing gave in the end (26, busy, is only a matter of time). */
#include <fcntl.h>
#include <sys/syscall.h>

#if defined __x86_64__
static long call(long n, long a, long b, long c)
{
    long r;

    __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return r;
}

static long open_file(const char *path, int flags)
{
    return call(SYS_open, (long)path, flags, 0644);
}

static void put(long fd, const char *s)
{
    /* Byte by byte: the compiler would make a call of strlen of a loop that counts. */
    for (; *s; s++)
        call(SYS_write, fd, (long)s, 1);
}

static void put_number(long fd, long v)
{
    char text[24];
    int i = 23;

    text[i--] = '\0';
    do
        text[i--] = (char)('0' + v % 10);
    while (v /= 10);
    put(fd, text + i + 1);
    put(fd, "\n");
}

/* In another program, so that the one to be written is no longer running. */
static void write_later(long out, long exe)
{
    char path[32] = "/proc/self/fd/";
    struct {
        long s, ns;
    } nap = { 0, 20000000 };
    long fd = -26;

    path[14] = (char)('0' + exe); /* among the first, since nothing else is open */
    for (int i = 0; i < 100 && fd == -26; i++) {
        fd = open_file(path, O_WRONLY);
        if (fd == -26)
            call(SYS_nanosleep, (long)&nap, 0, 0);
    }
    if (fd >= 0 && call(SYS_write, fd, (long)"#!/bin/pwned\n", 13) == 13) {
        put(out, "written\n");
    } else {
        put(out, "safe ");
        put_number(out, fd < 0 ? -fd : 0);
    }
    call(SYS_exit_group, 0, 0, 0);
}

static char *const no_env[1];

__attribute__((used)) static void run(long *stack)
{
    long argc = stack[0];
    char **argv = (char **)(stack + 1);
    char path[256];
    long out, n, exe;

    out = open_file("/result", O_CREAT | O_WRONLY | O_APPEND);
    if (argc == 2 && argv[1][0] == '@')
        write_later(out, argv[1][1] - '0');
    n = call(SYS_readlink, (long)"/proc/self/exe", (long)path, sizeof path - 1);
    path[n < 0 ? 0 : n] = '\0';
    put(out, "exe ");
    put(out, path);
    put(out, "\n");
    exe = open_file("/proc/self/exe", O_RDONLY);
    if (exe >= 0 && exe <= 9) {
        char name[] = "/loader";
        char number[3] = { '@', (char)('0' + exe), 0 };
        char *next[] = { name, number, 0 };

        call(SYS_execve, (long)"/loader", (long)next, (long)no_env);
    }
    call(SYS_exit_group, 9, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall run\n");
#else
/* Only the shape of it: the test is skipped elsewhere. */
int main(void)
{
    return 99;
}
#endif
