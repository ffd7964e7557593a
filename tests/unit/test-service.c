#include "host/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static struct err err;

/* What comes out of LISTEN_FDS and LISTEN_PID, NULL = not set; -1 after an error. */
static long listen_fds(const char *fds, const char *pid)
{
    uint32_t n = 77;

    err = (struct err){ 0 };
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    if (fds)
        setenv("LISTEN_FDS", fds, 1);
    if (pid)
        setenv("LISTEN_PID", pid, 1);
    return service_listen_fds(&n, &err) < 0 ? -1 : (long)n;
}

TEST(sockets_are_ours_with_our_pid_or_none)
{
    char own[16];

    snprintf(own, sizeof own, "%d", (int)getpid());
    EQ_INT(listen_fds("3", own), 3);
    EQ_INT(listen_fds("3", NULL), 3);
    EQ_INT(listen_fds("0", own), 0);
    EQ_INT(listen_fds("", own), 0);
    EQ_INT(listen_fds(NULL, own), 0);
    EQ_INT(listen_fds("3", "1"), 0);
    EQ_INT(listen_fds("3", ""), 0);
    EQ_INT(listen_fds("3", "x"), 0);
    EQ_INT(listen_fds("3", "4294967297"), 0);
    /* Those of somebody else may be anything. */
    EQ_INT(listen_fds("x", "1"), 0);
}

TEST(a_count_that_is_no_number_is_an_error)
{
    static const char *const bad[] = { "x", "-1", "1 ", " 1", "0x1", "4294967296", "1,2" };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EQ_INT(listen_fds(bad[i], NULL), -1);
        OK(strstr(err.text, "LISTEN_FDS: ") == err.text && strstr(err.text, bad[i]));
    }
}

TEST(the_facts_have_it_and_names_only_with_sockets)
{
    struct arena *a = arena_new();
    struct facts f = { 0 };

    setenv("LISTEN_FDNAMES", "a:b", 1);
    setenv("NOTIFY_SOCKET", "", 1);
    EQ_INT(listen_fds(NULL, NULL), 0);
    service_probe(a, &f);
    EQ_INT(f.service.listen_fds, 0);
    EQ_STR(f.service.listen_names, NULL);
    EQ_STR(f.service.notify, NULL);
    setenv("NOTIFY_SOCKET", "@x", 1);
    EQ_INT(listen_fds("2", NULL), 2);
    service_probe(a, &f);
    EQ_INT(f.service.listen_fds, 2);
    EQ_STR(f.service.listen_names, "a:b");
    EQ_STR(f.service.notify, "@x");
    arena_free(a);
}
