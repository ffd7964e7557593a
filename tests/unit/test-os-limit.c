#include "os/limit.h"

#include "tap.h"
#include "tools/namespace.h"

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static struct err *const e = &tool_err;

static void limits(void)
{
    struct rlimit got;
    rlim_t most;

    FINE(os_set_rlimit(0, RLIMIT_CORE, 0, 0, e));
    FINE(os_set_rlimit(0, RLIMIT_NOFILE, 100, 200, e));
    getrlimit(RLIMIT_NOFILE, &got);
    EQ_INT(got.rlim_cur, 100);
    EQ_INT(got.rlim_max, 200);
    FAILS(os_set_rlimit(0, RLIMIT_NOFILE, 300, 200, e), EINVAL);
    EQ_STR(e->text, "RLIMIT_NOFILE soft 300 hard 200: invalid argument");
    getrlimit(RLIMIT_FSIZE, &got);
    most = got.rlim_max;
    if (most == RLIM_INFINITY) {
        FINE(os_set_rlimit(getpid(), RLIMIT_FSIZE, UINT64_MAX, UINT64_MAX, e));
        getrlimit(RLIMIT_FSIZE, &got);
        OK(got.rlim_cur == RLIM_INFINITY);
    }
    FAILS(os_set_rlimit(0, 99, 1, 1, e), EINVAL);
    SAYS("resource limit soft 1 hard 1");
}

TEST(sets_resource_limits)
{
    apart(limits);
}

/* Above the hard limit: for root of a user namespace too. */
static void wants_more(void)
{
    FINE(os_set_rlimit(0, RLIMIT_NOFILE, 100, 200, e));
    FAILS(os_set_rlimit(0, RLIMIT_NOFILE, 100, 201, e), EPERM);
    SAYS("RLIMIT_NOFILE");
}

TEST(names_a_limit_that_cannot_be_raised)
{
    apart_in(0, wants_more);
}

static void schedules(void)
{
    struct sched_values batch = { .policy = SCHED_BATCH, .nice = 5 };
    struct sched_values wrong = { .policy = SCHED_FIFO, .priority = 0 };
    struct sched_values idle = { .policy = SCHED_IDLE };

    FINE(os_set_scheduler(&batch, e));
    EQ_INT(sched_getscheduler(0), SCHED_BATCH);
    EQ_INT(getpriority(PRIO_PROCESS, 0), 5);
    FAILS(os_set_scheduler(&wrong, e), EINVAL);
    SAYS("scheduling policy 1");
    FINE(os_set_scheduler(&idle, e));
    EQ_INT(sched_getscheduler(0), SCHED_IDLE);
}

TEST(sets_the_scheduler)
{
    apart(schedules);
}

static void orders_io(void)
{
    setpgid(0, 0);
    FINE(os_set_io_priority(IOPRIO_CLASS_BE, 6, e));
    EQ_INT(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0),
           IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT | 6);
    FAILS(os_set_io_priority(7, 0, e), EINVAL);
    EQ_STR(e->text, "i/o priority class 7 level 0: invalid argument");
}

TEST(sets_the_io_priority)
{
    apart(orders_io);
}

static void changes_personality(void)
{
    FINE(os_set_personality(ADDR_NO_RANDOMIZE, e));
    EQ_INT(personality(0xffffffff), ADDR_NO_RANDOMIZE);
}

TEST(sets_the_personality)
{
    apart(changes_personality);
}

static void places_memory(void)
{
    unsigned long nodes[1024 / 8 / sizeof(long)] = { 0 };
    int mode = -1;
    static const char *const wrong[] = { "",       "x",  "1,",   ",1", "3-1", "1024", "99999999999",
                                         "0-1024", "0 ", "0--1", "-1", "0,,1" };

    if (os_set_memory_policy(2 /* MPOL_BIND */, 0, "0", e) < 0 && e->num == ENOSYS) {
        printf("# skipped: %s\n", e->text);
        return;
    }
    syscall(SYS_get_mempolicy, &mode, nodes, 1024, 0, 0);
    EQ_INT(mode, 2);
    EQ_INT(nodes[0], 1);
    FINE(os_set_memory_policy(0 /* MPOL_DEFAULT */, 0, NULL, e));
    FINE(os_set_memory_policy(1 /* MPOL_PREFERRED */, 0, "0-0,0", e));
    FAILS(os_set_memory_policy(2, 0, "1023", e), EINVAL);
    SAYS("memory policy 2 nodes 1023");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        FAILS(os_set_memory_policy(2, 0, wrong[i], e), EINVAL);
        SAYS("memory nodes ");
    }
    FAILS(os_set_memory_policy(99, 0, "0", e), EINVAL);
}

TEST(sets_the_memory_policy)
{
    apart(places_memory);
}

static void takes_all_processors(void)
{
    cpu_set_t before, one, after;
    int first = 0;

    FINE(os_reset_affinity(e));
    sched_getaffinity(0, sizeof before, &before);
    while (!CPU_ISSET(first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    sched_setaffinity(0, sizeof one, &one);
    FINE(os_reset_affinity(e));
    sched_getaffinity(0, sizeof after, &after);
    OK(CPU_EQUAL(&before, &after));
}

TEST(goes_back_to_all_processors)
{
    apart(takes_all_processors);
}

static void takes_some_processors(void)
{
    char text[40];
    cpu_set_t all, some;
    int first = 0;

    FINE(os_reset_affinity(e));
    sched_getaffinity(0, sizeof all, &all);
    while (!CPU_ISSET(first, &all))
        first++;
    /* One that is there, and some that are not. */
    snprintf(text, sizeof text, "%d,1020-1023", first);
    FINE(os_set_affinity(text, e));
    sched_getaffinity(0, sizeof some, &some);
    OK(CPU_COUNT(&some) == 1 && CPU_ISSET(first, &some));
    FAILS(os_set_affinity("8191", e), EINVAL);
    FAILS(os_set_affinity("8192", e), EINVAL);
    FAILS(os_set_affinity("3-1", e), EINVAL);
    FAILS(os_set_affinity("", e), EINVAL);
    FAILS(os_set_affinity("1,", e), EINVAL);
}

TEST(takes_processors_by_a_list)
{
    apart(takes_some_processors);
}
