#include "net-splice.h"

/* All at once, then each has its answer. */
static int burst(long n)
{
    struct ip ip = address(HOST4);
    struct sockaddr_storage a;
    socklen_t size = ip_sockaddr(&ip, SHORT, &a);
    int fds[600];
    char byte;

    for (long i = 0; i < n; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connect(fds[i], (struct sockaddr *)&a, size) < 0 && errno != EINPROGRESS)
            return 1;
    }
    for (long i = 0; i < n; i++) {
        struct pollfd p = { .fd = fds[i], .events = POLLOUT };

        if (poll(&p, 1, 10000) != 1 || write(fds[i], "x", 1) != 1)
            return 2;
    }
    for (long i = 0; i < n; i++) {
        struct pollfd p = { .fd = fds[i], .events = POLLIN };

        if (poll(&p, 1, 10000) != 1 || read(fds[i], &byte, 1) != 1 || byte != 'x')
            return 3;
        close(fds[i]);
    }
    return 0;
}

static int shorts(long n)
{
    for (long i = 0; i < n; i++) {
        char byte = (char)i, back = 0;
        int fd = dial(i % 3 ? HOST4 : i % 2 ? "127.0.0.1" : "::1", SHORT);

        if (fd < 0 || write(fd, &byte, 1) != 1 || read(fd, &back, 1) != 1 || back != byte)
            return 1;
        close(fd);
    }
    return 0;
}

/* How many descriptors are open: the number of the next one would do, were there no holes. */
static int open_fds(void)
{
    int n = 0;

    for (int fd = 0; fd < 2000; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

TEST(none_of_a_burst_is_refused)
{
    NEED(rig_open(4096));
    publish(SHORT);
    EQ_INT(client(burst, 500), 0);
    EQ_INT(rig.counters.v[COUNT_flows_published], 500);
    settle(0);
    rig_close();
}

TEST(many_short_connections_leave_nothing)
{
    int before, after;

    NEED(rig_open(4096));
    publish(SHORT);
    EQ_INT(client(shorts, 200), 0);
    settle(0);
    before = open_fds();
    EQ_INT(client(shorts, 20000), 0);
    settle(0);
    after = open_fds();
    /* The stock of sockets has 8 to 40 of each family. */
    OK(after - before <= 64 && before - after <= 64);
    rig_close();
}

TEST(without_descriptors_connections_wait)
{
    struct rlimit old, few;

    NEED(rig_open(4096));
    publish(SHORT);
    rounds(50);
    getrlimit(RLIMIT_NOFILE, &old);
    few = (struct rlimit){ (rlim_t)open_fds() + 20, old.rlim_max };
    setrlimit(RLIMIT_NOFILE, &few);
    EQ_INT(client(burst, 100), 0);
    setrlimit(RLIMIT_NOFILE, &old);
    EQ_STR(splice_warning(rig.splice), "published ports: no more descriptors, connections wait");
    EQ_STR(splice_warning(rig.splice), NULL);
    settle(0);
    rig_close();
}

static int dial_many(int *fds, int n)
{
    for (int i = 0; i < n; i++)
        if ((fds[i] = dial("127.0.0.1", STALLS)) < 0)
            return i;
    return n;
}

TEST(who_waits_for_descriptors_is_not_asked_for_all_the_time)
{
    struct rlimit old, few;
    int fds[16];
    int turns = 0;

    NEED(rig_open(4096));
    publish(STALLS);
    rounds(50);
    EQ_INT(dial_many(fds, 16), 16);
    getrlimit(RLIMIT_NOFILE, &old);
    few = (struct rlimit){ (rlim_t)open_fds() + 10, old.rlim_max };
    setrlimit(RLIMIT_NOFILE, &few);
    rounds(50);
    for (int64_t end = rig.ev.now_ms + 200; rig.ev.now_ms < end; turns++)
        EQ_INT(events_round(&rig.ev, 10, &rig.e), 0);
    setrlimit(RLIMIT_NOFILE, &old);
    /* Numbers of closed ones among them are used as well. */
    OK(splice_flows(rig.splice) >= 8 && splice_flows(rig.splice) < 16);
    OK(turns < 100);
    EQ_STR(splice_warning(rig.splice), "published ports: no more descriptors, connections wait");
    /* In a second it tries again. */
    settle(16);
    for (int i = 0; i < 16; i++)
        close_reset(fds[i]);
    settle(0);
    rig_close();
}

TEST(at_the_limit_connections_wait)
{
    int fds[16];

    /* Half of the limit is for connections of the container. */
    NEED(rig_open(20));
    publish(STALLS);
    EQ_INT(dial_many(fds, 16), 16);
    settle(10);
    rounds(20);
    EQ_INT(splice_flows(rig.splice), 10);
    close_reset(fds[0]);
    settle(9);
    /* 9 of 10: others may come now. */
    settle(10);
    for (int i = 1; i < 16; i++)
        close_reset(fds[i]);
    settle(0);
    rig_close();
}

/* ---- time -------------------------------------------------------------------------------------- */

static int see_end_within(long service)
{
    OWN_FD fd = dial("127.0.0.1", (uint16_t)service);
    char byte;

    alarm(5);
    shutdown(fd, SHUT_WR);
    return recv(fd, &byte, 1, 0) < 0 && errno == ECONNRESET ? 0 : 1;
}

TEST(half_a_connection_does_not_stay_for_ever)
{
    NEED(rig_open(100));
    publish(STALLS);
    splice_set_patience(rig.splice, 20000, 200);
    EQ_INT(client(see_end_within, STALLS), 0);
    EQ_INT(splice_flows(rig.splice), 0);
    rig_close();
}

TEST(half_a_connection_makes_room_sooner_where_others_wait)
{
    OWN_FD fd = -1;
    int64_t begun;

    NEED(rig_open(2));
    publish(STALLS);
    splice_set_patience(rig.splice, 600, 15000);
    fd = dial("127.0.0.1", STALLS);
    NEED(fd >= 0);
    shutdown(fd, SHUT_WR);
    settle(1);
    begun = rig.ev.now_ms;
    settle(0);
    OK(rig.ev.now_ms - begun >= 600 && rig.ev.now_ms - begun < 10000);
    rig_close();
}

TEST(a_server_that_does_not_answer_is_given_up)
{
    int fds[8];

    NEED(rig_open(100));
    publish(FULL);
    splice_set_patience(rig.splice, 300, 20000);
    /* One fits into its backlog. */
    for (int i = 0; i < 8; i++)
        NE_INT(fds[i] = dial("127.0.0.1", FULL), -1);
    settle(8);
    settle(1);
    for (int i = 0; i < 8; i++)
        close(fds[i]);
    rig_close();
}

TEST(a_listener_that_is_ready_for_nothing_does_not_spin)
{
    struct listener l = { .number = ++last_number, .to = address(GUEST4), .port = WHO };

    NEED(rig_open(100));
    rounds(50);
    /* Does not listen, so that it has hung up for ever. */
    l.host = address("127.0.0.1");
    EQ_INT(splice_listen(rig.splice, &l, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), &rig.e), 0);
    rounds(500);
    EQ_INT(rig.counters.v[COUNT_spins], 1);
    EQ_STR(splice_warning(rig.splice), "published ports: a listener is ready for nothing");
    rig_close();
}

/* ---- memory ------------------------------------------------------------------------------------- */

static long resident(void)
{
    char line[100] = "";
    OWN_FD fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    char *at;
    long pages = 0;

    read(fd, line, sizeof line - 1);
    for (at = strchr(line, ' '); at && at[1] >= '0' && at[1] <= '9'; at++)
        pages = pages * 10 + at[1] - '0';
    return pages * sysconf(_SC_PAGESIZE) / 1024;
}

static int read_nothing(long n)
{
    int fds[1000];

    for (long i = 0; i < n; i++)
        if ((fds[i] = dial("127.0.0.1", SOURCE)) < 0)
            return 1;
    usleep(500000);
    /* And then all of it from one, since others must not be in its way. */
    return read_all(fds[0], &(uint64_t){ 0 }) == BULK ? 0 : 2;
}

static int read_nothing_at_all(long n)
{
    int fd = dial("127.0.0.1", SOURCE);

    usleep((useconds_t)n);
    return fd < 0;
}

TEST(readers_that_stop_cost_little)
{
    struct listener_count count;
    long before;
    int fds;

    NEED(rig_open(4096));
    EQ_INT(publish_from(&(struct ip){ .family = AF_INET }, SOURCE, GUEST4, SOURCE, SOURCE_AUTO), 0);
    rounds(50);
    fds = open_fds();
    before = resident();
    EQ_INT(client(read_nothing_at_all, 300000), 0);
    splice_count(rig.splice, last_number, &count);
    /* In the kernel: what the client's has room for, and a little more. */
    OK(count.bytes_out < 4u << 20);
    EQ_INT(client(read_nothing, 100), 0);
    OK(resident() - before < 32 * 1024);
    settle(0);
    /* Minted sockets, and some pipes for the next. */
    OK(open_fds() - fds <= 64);
    rig_close();
}
