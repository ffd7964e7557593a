#include <sys/un.h>

#include "net-splice.h"

/* ---- the mint ------------------------------------------------------------------------------ */

/* The value of a line of /proc/PID/status. */
static const char *status_of(pid_t pid, const char *name)
{
    static char text[4096];
    char path[40], *at;
    ssize_t n;
    OWN_FD fd = -1;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    at = strstr(text, name);
    if (!at)
        return "";
    at += strlen(name);
    at += strspn(at, ":\t ");
    *strchrnul(at, '\n') = '\0';
    return at;
}

TEST(the_mint_can_do_next_to_nothing)
{
    NEED(rig_open(100));
    /* CAP_NET_ADMIN of the container's namespace. */
    EQ_STR(status_of(rig.mint, "CapPrm"), "0000000000001000");
    EQ_STR(status_of(rig.mint, "CapEff"), "0000000000001000");
    EQ_STR(status_of(rig.mint, "CapBnd"), "0000000000000000");
    EQ_STR(status_of(rig.mint, "CapInh"), "0000000000000000");
    EQ_STR(status_of(rig.mint, "NoNewPrivs"), "1");
    EQ_STR(status_of(rig.mint, "Seccomp"), "2");
    rig_close();
}

TEST(without_keeping_sources_the_mint_has_no_capability)
{
    struct err e = { 0 };
    bool kept = true;
    pid_t pid = 0;
    int sock = -1, status;

    NEED(world_open());
    EQ_INT(mint_start(world.net, world.user, false, &pid, &sock, &kept, &e), 0);
    OK(!kept);
    EQ_STR(status_of(pid, "CapPrm"), "0000000000000000");
    close(sock);
    EQ_INT(waitpid(pid, &status, 0), pid);
    EQ_INT(status, 0);
}

TEST(the_mint_answers_what_it_is_asked_and_nothing_else)
{
    static const struct mint_ask bad[] = {
        { .family = AF_UNIX, .n = 1 },
        { .family = AF_INET, .n = 0 },
        { .family = AF_INET, .n = MINT_BATCH + 1 },
        { .family = AF_INET, .n = -1 },
    };

    NEED(world_open());
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct err e = { 0 };
        bool kept;
        pid_t pid = 0;
        int sock = -1, status;
        char byte;

        EQ_INT(mint_start(world.net, world.user, true, &pid, &sock, &kept, &e), 0);
        EQ_INT(send(sock, &bad[i], sizeof bad[i], MSG_NOSIGNAL), sizeof bad[i]);
        EQ_INT(recv(sock, &byte, 1, 0), 0);
        EQ_INT(waitpid(pid, &status, 0), pid);
        EQ_INT(status, 0);
        close(sock);
    }
}

TEST(a_namespace_that_cannot_be_joined_is_told)
{
    struct err e = { 0 };
    bool kept;
    pid_t pid = 0;
    int sock = -1;

    NEED(world_open());
    EQ_INT(mint_start(world.user, world.user, true, &pid, &sock, &kept, &e), -1);
    OK(strstr(e.text, "process for sockets of the container: join network namespace") == e.text);
    EQ_INT(pid, 0);
    EQ_INT(sock, -1);
}

static int say_short(long at)
{
    char byte = 'x';
    OWN_FD fd = dial(at ? HOST6 : HOST4, SHORT);

    alarm(5);
    return fd >= 0 && write(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 1 ? 0 : 1;
}

TEST(a_new_mint_takes_over)
{
    int old, status;

    NEED(rig_open(1000));
    publish(SHORT);
    EQ_INT(client(say_short, 0), 0);
    /* It dies with a question unread. */
    kill(rig.mint, SIGSTOP);
    for (int i = 0; i < 25; i++)
        EQ_INT(client(say_short, 0), 0);
    kill(rig.mint, SIGKILL);
    waitpid(rig.mint, &status, 0);
    rounds(20);
    EQ_STR(splice_warning(rig.splice), "published ports: no more sockets of the container");
    /* The stock lasts for a while. */
    for (int i = 0; i < 3; i++)
        EQ_INT(client(say_short, 0), 0);
    old = rig.mint_sock;
    EQ_INT(mint_start(world.net, world.user, true, &rig.mint, &rig.mint_sock, &rig.kept, &rig.e), 0);
    OK(rig.kept);
    splice_set_mint(rig.splice, rig.mint_sock);
    close(old);
    for (int i = 0; i < 50; i++)
        EQ_INT(client(say_short, i % 2), 0);
    rig_close();
}

/* ---- a container that breaks it for itself ------------------------------------------------------- */

TEST(a_container_without_the_rule_harms_itself_only)
{
    struct ip any4 = { .family = AF_INET };

    NEED(rig_open(1000));
    publish(SHORT);
    EQ_INT(publish_from(&any4, 8001, GUEST4, SHORT, SOURCE_AUTO), 0);
    EQ_INT(client(say_short, 0), 0);
    splice_set_patience(rig.splice, 300, 1000);
    /* One, however often it was made. */
    EQ_INT(guest_does('f'), 1);
    /* Answers go nowhere now, and the client is told after a while. */
    EQ_INT(client(say_short, 0), 1);
    EQ_INT(client(say_short, 1), 1);
    settle(0);
    rig_close();
    /* The next mint mends it. */
    NEED(rig_open(1000));
    publish(SHORT);
    EQ_INT(client(say_short, 0), 0);
    EQ_INT(client(say_short, 1), 0);
    rig_close();
}

TEST(without_ipv6_the_source_is_kept_of_the_other)
{
    NEED(world_open());
    /* Only IPv4, then both. */
    EQ_INT(guest_does('4'), 0);
    NEED(rig_open(1000));
    OK(rig.kept);
    publish(SHORT);
    EQ_INT(client(say_short, 0), 0);
    rig_close();
    EQ_INT(guest_does('6'), 0);
}

/* ---- listeners --------------------------------------------------------------------------------- */

static char socket_path[40];

static int by_unix(long service)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    OWN_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    uint64_t h = 0;

    snprintf(a.sun_path, sizeof a.sun_path, "%s", socket_path);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
        return 1;
    if (service == NOBODY)
        return recv(fd, &h, 1, 0) > 0;
    if (!send_pattern(fd, BULK))
        return 2;
    shutdown(fd, SHUT_WR);
    if (recv(fd, &h, sizeof h, MSG_WAITALL) != sizeof h)
        return 3;
    return h == pattern_hash(BULK) ? 0 : 4;
}

TEST(a_unix_socket_leads_into_the_container)
{
    static const enum service services[] = { SINK, NOBODY };

    snprintf(socket_path, sizeof socket_path, "/tmp/rcrun-splice-%d", (int)getpid());
    NEED(rig_open(100));
    for (int i = 0; i < 2; i++) {
        struct listener l = { .number = ++last_number, .to = address(GUEST4), .port = services[i] };
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        snprintf(a.sun_path, sizeof a.sun_path, "%s", socket_path);
        EQ_INT(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
        EQ_INT(listen(fd, 10), 0);
        EQ_INT(splice_listen(rig.splice, &l, fd, &rig.e), 0);
        EQ_INT(client(by_unix, services[i]), 0);
        unlink(socket_path);
    }
    settle(0);
    rig_close();
}

static int shorts_while(long n)
{
    for (long i = 0; i < n; i++)
        if (say_short(i % 2) != 0)
            return 1;
    return 0;
}

TEST(listeners_come_and_go_under_load)
{
    struct ip any4 = { .family = AF_INET };
    struct listener_count count;
    int status = -1, turns = 0, fd;
    pid_t pid;

    NEED(rig_open(1000));
    publish(SHORT);
    publish(STALLS);
    pid = fork();
    if (pid == 0) {
        os_close_except(3, NULL, 0);
        _exit(shorts_while(3000));
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        EQ_INT(publish_from(&any4, 8001, GUEST4, STALLS, SOURCE_AUTO), 0);
        EQ_INT(fd = dial("127.0.0.1", 8001), fd);
        rounds(1);
        /* Some have a connection, which goes on. */
        splice_unlisten(rig.splice, last_number);
        splice_count(rig.splice, last_number, &count);
        EQ_INT(count.flows_ever, 0);
        if (turns++ % 2)
            close(fd);
        else
            close_reset(fd);
        rounds(1);
    }
    EQ_INT(status, 0);
    OK(turns > 10);
    EQ_INT(splice_drain(rig.splice), splice_flows(rig.splice) == 0);
    rig_close();
}

TEST(draining_lets_connections_end_and_takes_no_new_ones)
{
    OWN_FD one = -1;
    OWN_FD two = -1;
    char byte;

    NEED(rig_open(100));
    publish(WHO);
    NE_INT(one = dial(HOST4, WHO), -1);
    rounds(30);
    OK(!splice_drain(rig.splice));
    NE_INT(two = dial(HOST4, WHO), -1);
    rounds(30);
    EQ_INT(splice_flows(rig.splice), 1);
    EQ_INT(recv(two, &byte, 1, MSG_DONTWAIT), -1);
    EQ_INT(recv(one, &byte, 1, MSG_DONTWAIT), 1);
    shutdown(one, SHUT_WR);
    rounds(30);
    OK(splice_drain(rig.splice));
    rig_close();
}

TEST(udp_is_not_for_this_way)
{
    struct listener l = { .number = ++last_number, .udp = true, .to = address(GUEST4), .port = WHO };
    struct err e = { 0 };

    NEED(rig_open(100));
    EQ_INT(splice_listen(rig.splice, &l, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), &e), -1);
    rig_close();
}
