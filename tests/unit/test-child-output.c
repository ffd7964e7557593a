#include "base/child.h"

#include <errno.h>

#include "tap.h"

static const char *const env[] = { "A=b", NULL };

static int run(const char *script, int ms, char *out, size_t size, struct err *e)
{
    const char *const argv[] = { "sh", "-c", script, NULL };

    *e = (struct err){ 0 };
    return child_run_output("/bin/sh", argv, env, ms, out, size, e);
}

TEST(takes_what_a_program_writes)
{
    char out[64];
    struct err e;

    EQ_INT(run("echo one; echo \"$A\"", 10000, out, sizeof out, &e), 0);
    EQ_STR(out, "one\nb\n");
    EQ_INT(run(":", 10000, out, sizeof out, &e), 0);
    EQ_STR(out, "");
}

TEST(tells_a_failure_with_its_last_words)
{
    char out[64];
    struct err e;

    EQ_INT(run("echo out; echo words >&2; exit 3", 10000, out, sizeof out, &e), -1);
    OK(strstr(e.text, "words") != NULL);
}

TEST(refuses_more_than_there_is_room_for)
{
    char out[8];
    struct err e;

    EQ_INT(run("printf 1234567", 10000, out, sizeof out, &e), 0);
    EQ_STR(out, "1234567");
    EQ_INT(run("printf 12345678", 10000, out, sizeof out, &e), -1);
    EQ_INT(e.num, EFBIG);
}

TEST(does_not_wait_for_ever)
{
    char out[8];
    struct err e;

    EQ_INT(run("exec sleep 60", 100, out, sizeof out, &e), -1);
    EQ_INT(e.num, ETIMEDOUT);
    EQ_INT(run("exec >/dev/null; exec sleep 60", 100, out, sizeof out, &e), -1);
    EQ_INT(e.num, ETIMEDOUT);
}

TEST(a_program_that_is_not_there_is_an_error)
{
    static const char *const argv[] = { "x", NULL };
    char out[8];
    struct err e = { 0 };

    EQ_INT(child_run_output("/nowhere", argv, env, 100, out, sizeof out, &e), -1);
    EQ_INT(e.num, ENOENT);
}
