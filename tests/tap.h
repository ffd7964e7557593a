/* The whole unit test framework.  A test program includes it and has tests:
 *     TEST(refuses_a_key_given_twice)
 *     {
 *         EQ_INT(load("{\"a\":1,\"a\":2}"), -1);
 *     }
 * Without an argument it prints TAP for all tests, with a name it runs that one. */
#pragma once
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#pragma GCC diagnostic ignored "-Wunused-result" /* a test that lacks its files fails anyway */

struct tap_test {
    const char *name;
    void (*run)(void);
    struct tap_test *next;
};
static struct tap_test *tap_first, **tap_end = &tap_first;
static bool tap_failed; /* a check of the running test did not hold */

/* clang-format off */
#define TEST(id)                                                                              \
    static void test_##id(void);                                                              \
    static struct tap_test tap_##id = {#id, test_##id, NULL};                                 \
    __attribute__((constructor)) static void tap_add_##id(void)                               \
        { *tap_end = &tap_##id; tap_end = &tap_##id.next; }                                   \
    static void test_##id(void)

/* A check that does not hold is told, and the test goes on; NEED leaves the test. */
#define TAP_TELL(...) (tap_failed = true, printf("# %s:%d: ", __FILE__, __LINE__), printf(__VA_ARGS__))
#define OK(cond) do { if (!(cond)) TAP_TELL("%s does not hold\n", #cond); } while (0)
#define NEED(cond) do { if (!(cond)) { TAP_TELL("%s does not hold\n", #cond); return; } } while (0)
#define TAP_INT(got, other, yes, word) do { intmax_t g_ = (intmax_t)(got), o_ = (intmax_t)(other); \
    if ((g_ == o_) != (yes)) TAP_TELL("%s is %jd, %s %jd\n", #got, g_, word, o_); } while (0)
#define TAP_STR(got, other, yes, word) do { const char *g_ = (got), *o_ = (other);            \
    if ((g_ && o_ ? strcmp(g_, o_) == 0 : g_ == o_) != (yes))                                 \
        TAP_TELL("%s is\n#   '%s', %s\n#   '%s'\n", #got, g_ ? g_ : "(null)", word,           \
                 o_ ? o_ : "(null)"); } while (0)
#define EQ_INT(got, want) TAP_INT(got, want, true, "want")
#define NE_INT(got, bad) TAP_INT(got, bad, false, "unlike")
#define EQ_STR(got, want) TAP_STR(got, want, true, "want")
#define NE_STR(got, bad) TAP_STR(got, bad, false, "unlike")
/* clang-format on */

int main(int argc, char **argv)
{
    int n = 0, bad = 0;

    setvbuf(stdout, NULL, _IOLBF, 0); /* a test may fork or crash: tell at once, and once */
    for (struct tap_test *t = tap_first; t; t = t->next)
        if (argc < 2 || strcmp(argv[1], t->name) == 0) {
            tap_failed = false;
            t->run();
            bad += tap_failed;
            printf("%s %d - %s\n", tap_failed ? "not ok" : "ok", ++n, t->name);
        }
    printf("1..%d\n", n); /* last, so that a crash shows as a missing plan */
    return bad > 0 || n == 0;
}
