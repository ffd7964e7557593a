#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clean.h"
#include "base/file.h"
#include "ports.h"
#include "sockets.h"

/* ---- who has it ---------------------------------------------------------------------------- */

/* Calls it for each socket that has a port of the host. */
static void each_socket(bool udp, void (*tell)(void *of, const struct socket_row *row), void *of)
{
    static const struct { const char *file[2]; sa_family_t family; } lists[] = {
        { { "/proc/net/tcp", "/proc/net/udp" }, AF_INET },
        { { "/proc/net/tcp6", "/proc/net/udp6" }, AF_INET6 },
    };

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        FILE *list = fopen(lists[i].file[udp], "re");
        struct socket_row row;
        char line[512];

        while (list && fgets(line, sizeof line, list))
            if (socket_row(line, lists[i].family, &row) && (udp || row.state == SOCKET_LISTENS))
                tell(of, &row);
        if (list)
            fclose(list);
    }
}

struct wanted {
    uint16_t port;
    uint64_t inode; /* 0 = none seen */
};

static void note_inode(void *of, const struct socket_row *row)
{
    struct wanted *w = of;

    if (row->port == w->port && !w->inode)
        w->inode = row->inode;
}

static bool has_socket(int fds, const char *wanted)
{
    DIR *list = file_list(fds);
    const struct dirent *entry;
    bool found = false;

    while (list && !found && (entry = readdir(list))) {
        char to[64];
        ssize_t n = readlinkat(fds, entry->d_name, to, sizeof to - 1);

        if (n <= 0)
            continue;
        to[n] = '\0';
        found = strcmp(to, wanted) == 0;
    }
    if (list)
        closedir(list);
    return found;
}

/* " by process 12 (nginx)", of those whose descriptors we may see; else "". */
static void owner_of(bool udp, uint16_t port, char *text, size_t size)
{
    OWN_FD proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct wanted w = { .port = port };
    const struct dirent *entry;
    char wanted[40];
    DIR *list;

    text[0] = '\0';
    each_socket(udp, note_inode, &w);
    list = proc < 0 || !w.inode ? NULL : file_list(proc);
    snprintf(wanted, sizeof wanted, "socket:[%ju]", (uintmax_t)w.inode);
    while (list && !text[0] && (entry = readdir(list))) {
        char path[300], name[64];
        OWN_FD fds = -1;
        uint32_t pid;

        if (!text_u32(entry->d_name, &pid))
            continue;
        snprintf(path, sizeof path, "%u/fd", pid);
        fds = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fds < 0 || !has_socket(fds, wanted))
            continue;
        snprintf(path, sizeof path, "%u/comm", pid);
        if (file_read_small(proc, path, name, sizeof name) < 0)
            name[0] = '\0';
        name[strcspn(name, "\n")] = '\0';
        snprintf(text, size, " by process %u (%s)", pid, name);
    }
    if (list)
        closedir(list);
}

static const struct port *own(const struct keeper *k, bool udp, uint16_t port)
{
    for (size_t i = 0; i < k->ports_n; i++)
        if (k->ports[i].l.udp == udp && k->ports[i].l.host_port == port && !k->ports[i].path)
            return &k->ports[i];
    return NULL;
}

/* ---- what to say --------------------------------------------------------------------------- */

/* "127.0.0.1:80", "[::1]:80". */
static const char *place(const struct ip *host, uint16_t port, char *text, size_t size)
{
    char address[IP_TEXT_MAX];

    ip_text(host, address);
    snprintf(text, size, host->family == AF_INET6 ? "[%s]:%u" : "%s:%u", address, port);
    return text;
}

#define START_FILE "/proc/sys/net/ipv4/ip_unprivileged_port_start"

static void note_port(void *of, const struct socket_row *row)
{
    bool *taken = of;

    taken[row->port] = true;
}

/* The first port from `start` on that nobody has. */
static uint32_t nearest_free(bool udp, uint32_t start)
{
    static bool taken[UINT16_MAX + 1];

    memset(taken, 0, sizeof taken);
    each_socket(udp, note_port, taken);
    for (uint32_t i = start; i <= UINT16_MAX; i++)
        if (!taken[i])
            return i;
    return start;
}

static int privileged(bool udp, const char *where, uint16_t port, struct err *e)
{
    char text[16];
    uint32_t start = 1024;

    if (file_read_small(AT_FDCWD, START_FILE, text, sizeof text) == 0) {
        text[strcspn(text, "\n")] = '\0';
        text_u32(text, &start);
    }
    if (port >= start)
        return err_set(e, EACCES, "port %s", where);
    err_set(e, EACCES, "port %s: ports below %u are root's "
                       "(net.ipv4.ip_unprivileged_port_start)", where, start);
    return err_hint(e, "publish %u, or as root: sysctl net.ipv4.ip_unprivileged_port_start=%u",
                    nearest_free(udp, start), port);
}

int port_refused(const struct keeper *k, int num, bool udp, const struct ip *host, uint16_t port,
                 const char *device, struct err *e)
{
    const struct port *ours = own(k, udp, port);
    char where[IP_TEXT_MAX + 10], owner[100];

    place(host, port, where, sizeof where);
    switch (num) {
    case EADDRINUSE:
        if (port == 0)
            return err_set(e, num, "no free port at %s", where);
        if (ours)
            return err_set(e, num, "port %s is published already: %s", where, ours->spec);
        owner_of(udp, port, owner, sizeof owner);
        return err_set(e, num, "port %s is in use%s", where, owner);
    case EACCES:
        return privileged(udp, where, port, e);
    case EADDRNOTAVAIL:
        return err_set(e, num, "port %s: no address of this host", where);
    case ENODEV:
        return err_set(e, num, "port %s: device %s", where, device ? device : "");
    default:
        return err_set(e, num, "port %s", where);
    }
}
