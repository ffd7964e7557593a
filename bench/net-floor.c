/* net-floor - the kernel's work for a published port and nothing else: one connection after another.
 *
 *     net-floor PORT PID PORT    from a port here to one of 127.0.0.1 in the network of a process
 *
 * Who moves connections between two networks must at least accept, connect, read and write what comes and
 * close, and this does no more: it waits in its calls, for one connection at a time, which is why nobody
 * could use it.  An answer follows each question, as the loads `rate` and `echo` of net-load want it. */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[65536];

static struct sockaddr_in address(uint32_t ip, const char *port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(ip),
                                 .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
}

static void join(const char *pid, const char *namespace, int type)
{
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/proc/%s/ns/%s", pid, namespace);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, type) < 0)
        err(1, "%s", path);
    close(fd);
}

static int move(int from, int to)
{
    ssize_t n = read(from, buffer, sizeof buffer);

    return n > 0 && write(to, buffer, (size_t)n) == n;
}

int main(int argc, char **argv)
{
    struct sockaddr_in here, there;
    const struct linger at_once = { 1, 0 };
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (argc != 4)
        errx(2, "usage: net-floor PORT PID PORT");
    here = address(INADDR_ANY, argv[1]);
    there = address(INADDR_LOOPBACK, argv[3]);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, 4096) < 0)
        err(1, "port %s", argv[1]);
    join(argv[2], "user", CLONE_NEWUSER);
    join(argv[2], "net", CLONE_NEWNET);
    for (;;) {
        int client = accept(listener, NULL, NULL), server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (connect(server, (struct sockaddr *)&there, sizeof there) == 0)
            while (move(client, server) && move(server, client))
                ;
        /* What has ended by a reset ends so on the other side. */
        setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(server);
        close(client);
    }
}
