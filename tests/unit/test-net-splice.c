#include <time.h>

#include "net-splice.h"

/* ---- who the server sees ------------------------------------------------------------------- */

static const char *who_at; /* the client's way to the host */
static const char *who_seen;
static bool who_port_kept;

static int ask_who(long service)
{
    char line[80] = "", want[80], back[8] = "";
    struct sockaddr_storage own;
    socklen_t n = sizeof own;
    uint16_t port = 0;
    struct ip ip;
    int fd = dial(who_at, (uint16_t)service);
    size_t at = 0;

    if (fd < 0 || getsockname(fd, (struct sockaddr *)&own, &n) < 0)
        return 1;
    ip_from_sockaddr(&own, &ip, &port);
    while (at < sizeof line - 1 && !strchr(line, '\n') && read(fd, line + at, 1) == 1)
        at++;
    snprintf(want, sizeof want, "%s %d\n", who_seen, port);
    if (strncmp(line, want, strlen(who_seen) + 1) != 0 || (who_port_kept && strcmp(line, want) != 0))
        return 2;
    write_all(fd, "echo", 4);
    shutdown(fd, SHUT_WR);
    if (recv(fd, back, 5, MSG_WAITALL) != 4 || strcmp(back, "echo") != 0)
        return 3;
    return 0;
}

static int who(const char *at, const char *seen, bool port, uint16_t service)
{
    who_at = at;
    who_seen = seen;
    who_port_kept = port;
    return client(ask_who, service);
}

TEST(servers_see_who_the_client_is)
{
    struct ip any4 = { .family = AF_INET };
    struct ip any6 = { .family = AF_INET6 };

    NEED(rig_open(1000));
    OK(rig.kept);
    publish(WHO);
    EQ_INT(who(HOST4, HOST4, true, WHO), 0);
    EQ_INT(who(HOST6, HOST6, true, WHO), 0);
    EQ_INT(who("127.0.0.1", GATEWAY4, false, WHO), 0);
    EQ_INT(who("127.0.0.9", GATEWAY4, false, WHO), 0);
    EQ_INT(who("::1", GATEWAY6, false, WHO), 0);
    /* Controls: the gateway for all; and the loopback of the container, where that is asked for. */
    EQ_INT(publish_from(&any4, 8001, GUEST4, WHO, SOURCE_GATEWAY), 0);
    EQ_INT(who(HOST4, GATEWAY4, false, 8001), 0);
    EQ_INT(publish_from(&any4, 8002, "127.0.0.1", WHO, SOURCE_AUTO), 0);
    EQ_INT(who(HOST4, HOST4, true, 8002), 0);
    EQ_INT(who("127.0.0.1", GATEWAY4, false, 8002), 0);
    /* From one family to the other. */
    EQ_INT(publish_from(&any6, 8003, GUEST4, WHO, SOURCE_AUTO), 0);
    EQ_INT(who(HOST6, GATEWAY4, false, 8003), 0);
    EQ_INT(publish_from(&any6, 8004, GUEST4, WHO, SOURCE_KEEP), 0);
    EQ_INT(who(HOST6, GATEWAY4, false, 8004), 2);
    settle(0);
    rig_close();
}

/* Two clients with one port, to two ports of ours that lead to one of the container. */
static int same_port_twice(long second)
{
    const int on = 1;
    struct ip ip = address(HOST4);
    struct sockaddr_storage own;
    socklen_t n = ip_sockaddr(&ip, 20000, &own);

    for (int i = 0; i < 2; i++) {
        struct sockaddr_storage to;
        char line[80] = "";
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        size_t at = 0;

        ip_sockaddr(&ip, i ? (uint16_t)second : WHO, &to);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(fd, (struct sockaddr *)&own, n) < 0 || connect(fd, (struct sockaddr *)&to, n) < 0)
            return 1;
        while (at < sizeof line - 1 && !strchr(line, '\n') && read(fd, line + at, 1) == 1)
            at++;
        /* The address stays, the port cannot. */
        if (strncmp(line, HOST4 " ", sizeof HOST4) != 0 ||
            (strcmp(line, HOST4 " 20000\n") == 0) != (i == 0))
            return 2;
    }
    return 0;
}

TEST(a_port_that_is_taken_is_replaced)
{
    struct ip any4 = { .family = AF_INET };

    NEED(rig_open(1000));
    publish(WHO);
    EQ_INT(publish_from(&any4, 8001, GUEST4, WHO, SOURCE_AUTO), 0);
    EQ_INT(client(same_port_twice, 8001), 0);
    settle(0);
    rig_close();
}

/* ---- bytes ------------------------------------------------------------------------------------ */

static int bulk_up(long service)
{
    OWN_FD fd = dial(HOST4, (uint16_t)service);
    uint64_t h = 0;

    if (fd < 0 || !send_pattern(fd, BULK))
        return 1;
    /* The answer comes after the end of one direction. */
    shutdown(fd, SHUT_WR);
    if (recv(fd, &h, sizeof h, MSG_WAITALL) != sizeof h)
        return 2;
    return h == pattern_hash(BULK) ? 0 : 3;
}

static int bulk_down(long service)
{
    OWN_FD fd = dial("::1", (uint16_t)service);
    uint64_t h;

    if (fd < 0 || read_all(fd, &h) != BULK)
        return 1;
    return h == pattern_hash(BULK) ? 0 : 3;
}

TEST(what_is_sent_arrives)
{
    struct listener_count count;

    NEED(rig_open(1000));
    publish(SINK);
    publish(SOURCE);
    EQ_INT(client(bulk_up, SINK), 0);
    EQ_INT(client(bulk_down, SOURCE), 0);
    EQ_INT(rig.counters.v[COUNT_bytes_published_in], BULK);
    EQ_INT(rig.counters.v[COUNT_bytes_published_out], BULK + 8);
    EQ_INT(rig.counters.v[COUNT_flows_published], 2);
    splice_count(rig.splice, last_number, &count);
    OK(count.flows == 0 && count.flows_ever == 1 && count.bytes_out == BULK && count.bytes_in == 0);
    rig_close();
}

#define BULKS 3

/* Some that move all they can; meanwhile one after the other is asked for a byte. */
static int bulks_and_short(long service)
{
    struct timespec begun, now;
    int status, failed = 0;
    long ms = 0;

    for (int i = 0; i < BULKS; i++)
        if (fork() == 0)
            _exit(bulk_down(service));
    for (int i = 0; i < 20; i++) {
        OWN_FD fd = -1;
        char byte = 'x';

        clock_gettime(CLOCK_MONOTONIC, &begun);
        fd = dial(HOST4, SHORT);
        if (fd < 0 || write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
            return 10;
        clock_gettime(CLOCK_MONOTONIC, &now);
        ms += (now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000;
    }
    while (wait(&status) > 0)
        failed |= status;
    return failed ? 11 : ms / 20 < 200 ? 0 : 12;
}

/* PF-03: however much one could move, the others have their turn after its budget: three turns in a round
 * at most, when both of its sides have news besides. */
TEST(nobody_has_the_loop_for_long)
{
    const uint64_t budget = BULKS * 3 * (256 + 64) * 1024;
    uint64_t most = 0;
    int status = -1;
    pid_t pid;

    NEED(rig_open(1000));
    publish(SOURCE);
    publish(SHORT);
    pid = fork();
    if (pid == 0) {
        alarm(60);
        _exit(bulks_and_short(SOURCE));
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        uint64_t before = rig.counters.v[COUNT_bytes_published_out];

        EQ_INT(events_round(&rig.ev, 2, &rig.e), 0);
        if (rig.counters.v[COUNT_bytes_published_out] - before > most)
            most = rig.counters.v[COUNT_bytes_published_out] - before;
    }
    EQ_INT(status, 0);
    OK(most > 0 && most <= budget);
    printf("# %llu KiB in one round\n", (unsigned long long)most / 1024);
    settle(0);
    rig_close();
}

/* Pipes of this user are used up: the kernel gives only such with two pages. */
static int fill_pipes(int *pipes, int most)
{
    int n = 0;

    for (; n < most; n += 2) {
        if (pipe2(pipes + n, O_CLOEXEC) < 0)
            break;
        if (fcntl(pipes[n], F_SETPIPE_SZ, 1 << 20) < 0) {
            n += 2;
            break;
        }
    }
    return n;
}

TEST(without_pages_for_pipes_it_copies)
{
    int pipes[400];
    int n;

    NEED(rig_open(1000));
    publish(SINK);
    publish(SOURCE);
    n = fill_pipes(pipes, COUNT_OF(pipes));
    EQ_INT(client(bulk_up, SINK), 0);
    EQ_INT(client(bulk_down, SOURCE), 0);
    while (n)
        close(pipes[--n]);
    rig_close();
}

/* A byte of urgent data amidst others: it is left out, and nothing hangs or ends before its time. */
static int urgent(long at)
{
    static unsigned char buffer[100000];
    OWN_FD fd = dial("127.0.0.1", SINK);
    uint64_t h = 0, want = 1;

    for (int i = 0; i < 40; i++) {
        pattern(buffer, (size_t)i * sizeof buffer, sizeof buffer);
        want = mix(want, buffer, sizeof buffer);
        if (!write_all(fd, buffer, sizeof buffer) || (i == at && send(fd, "!", 1, MSG_OOB) != 1))
            return 1;
    }
    shutdown(fd, SHUT_WR);
    if (recv(fd, &h, sizeof h, MSG_WAITALL) != sizeof h)
        return 2;
    return h == want ? 0 : 3;
}

TEST(urgent_data_is_dropped)
{
    NEED(rig_open(1000));
    publish(SINK);
    for (int at = 0; at < 40; at += 3)
        EQ_INT(client(urgent, at), 0);
    rig_close();
}

/* ---- ends ---------------------------------------------------------------------------------------- */

static int see_reset(long service)
{
    char buffer[8] = "";
    OWN_FD fd = dial(HOST4, (uint16_t)service);

    if (fd < 0 || !write_all(fd, "r", 1))
        return 1;
    return recv(fd, buffer, 1, 0) < 0 && errno == ECONNRESET ? 0 : 2;
}

static int see_data_then_reset(long service)
{
    char buffer[8] = "";
    OWN_FD fd = dial(HOST4, (uint16_t)service);

    if (fd < 0 || !write_all(fd, "d", 1) || recv(fd, buffer, 4, MSG_WAITALL) != 4)
        return 1;
    return recv(fd, buffer, 1, 0) < 0 && errno == ECONNRESET ? 0 : 2;
}

static int see_refusal(long v6)
{
    char byte;
    OWN_FD fd = dial(v6 ? HOST6 : HOST4, NOBODY);

    /* At once: the reset of the container finds its way back. */
    alarm(5);
    /* Nobody can say so before the connection is there; then it is a reset, never an end. */
    if (fd < 0)
        return errno == ECONNREFUSED ? 0 : 1;
    return recv(fd, &byte, 1, 0) < 0 && errno == ECONNRESET ? 0 : 2;
}

static int send_then(long how)
{
    struct ending ending = { 0 };
    int fd = dial(HOST4, TELLS);

    if (fd < 0 || !write_all(fd, "bytes", 5))
        return 1;
    if (how == 'f')
        shutdown(fd, SHUT_WR);
    if (how == 'r')
        close_reset(fd);
    if (read(world.endings[0], &ending, sizeof ending) != sizeof ending || ending.bytes != 5)
        return 2;
    return ending.num == (how == 'r' ? ECONNRESET : 0) ? 0 : 3;
}

TEST(a_connection_ends_as_the_other_side_ended_it)
{
    NEED(rig_open(1000));
    publish(RESETS);
    publish(TELLS);
    publish(NOBODY);
    EQ_INT(client(see_reset, RESETS), 0);
    EQ_INT(client(see_data_then_reset, RESETS), 0);
    EQ_INT(client(see_refusal, false), 0);
    EQ_INT(client(see_refusal, true), 0);
    EQ_INT(client(send_then, 'r'), 0);
    EQ_INT(client(send_then, 'f'), 0);
    settle(0);
    rig_close();
}

/* Nothing is served between what the client does, so that it is told at once. */
TEST(what_comes_together_is_all_seen)
{
    struct ending ending = { 0 };
    char line[80] = "";
    size_t n = 0;
    ssize_t got;
    int fd;

    NEED(rig_open(1000));
    publish(WHO);
    publish(TELLS);
    publish(STALLS);
    /* Bytes and the end. */
    NE_INT(fd = dial(HOST4, WHO), -1);
    settle(1);
    rounds(20);
    OK(write_all(fd, "echo", 4));
    shutdown(fd, SHUT_WR);
    settle(0);
    while ((got = recv(fd, line + n, sizeof line - 1 - n, MSG_DONTWAIT)) > 0)
        n += (size_t)got;
    EQ_INT(got, 0);
    EQ_STR(strchr(line, '\n'), "\necho");
    close(fd);
    /* Bytes and a reset. */
    NE_INT(fd = dial(HOST4, TELLS), -1);
    settle(1);
    rounds(20);
    OK(write_all(fd, "bytes", 5));
    close_reset(fd);
    settle(0);
    EQ_INT(read(world.endings[0], &ending, sizeof ending), sizeof ending);
    EQ_INT(ending.bytes, 5);
    EQ_INT(ending.num, ECONNRESET);
    /* The end, and a reset when nobody has anything to say. */
    NE_INT(fd = dial(HOST4, STALLS), -1);
    settle(1);
    shutdown(fd, SHUT_WR);
    rounds(20);
    EQ_INT(splice_flows(rig.splice), 1);
    close_reset(fd);
    settle(0);
    rig_close();
}
