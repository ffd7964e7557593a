#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clean.h"
#include "base/file.h"
#include "ports.h"

/* ---- who has it ---------------------------------------------------------------------------- */

/* The n-th word of a line, from 0; "" when there are less. */
static void word(const char *line, unsigned n, char *out, size_t size)
{
    size_t length;

    line += strspn(line, " ");
    for (; n; n--) {
        line += strcspn(line, " \n");
        line += strspn(line, " ");
    }
    length = strcspn(line, " \n");
    if (length >= size)
        length = size - 1;
    memcpy(out, line, length);
    out[length] = '\0';
}

/* Inode of a socket that listens at this port, whatever its address; false = none seen. */
static bool inode_of(const char *file, bool udp, uint16_t port, uint64_t *inode)
{
    FILE *list = fopen(file, "re");
    char line[512], local[64], state[8], number[24], wanted[8];
    bool found = false;

    snprintf(wanted, sizeof wanted, ":%04X", port);
    while (list && !found && fgets(line, sizeof line, list)) {
        const char *colon;

        word(line, 1, local, sizeof local);
        word(line, 3, state, sizeof state);
        word(line, 9, number, sizeof number);
        colon = strrchr(local, ':');
        found = colon && strcmp(colon, wanted) == 0 && (udp || strcmp(state, "0A") == 0) &&
                text_u64(number, inode);
    }
    if (list)
        fclose(list);
    return found;
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
    DIR *list = proc < 0 ? NULL : file_list(proc);
    const struct dirent *entry;
    char wanted[40];
    uint64_t inode;

    text[0] = '\0';
    if (!inode_of(udp ? "/proc/net/udp" : "/proc/net/tcp", udp, port, &inode) &&
        !inode_of(udp ? "/proc/net/udp6" : "/proc/net/tcp6", udp, port, &inode)) {
        if (list)
            closedir(list);
        return;
    }
    snprintf(wanted, sizeof wanted, "socket:[%ju]", (uintmax_t)inode);
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

/* The first port from `start` on that nobody has. */
static uint32_t nearest_free(bool udp, uint32_t start)
{
    uint64_t unused;

    for (uint32_t i = start; i <= UINT16_MAX; i++)
        if (!inode_of(udp ? "/proc/net/udp" : "/proc/net/tcp", udp, (uint16_t)i, &unused) &&
            !inode_of(udp ? "/proc/net/udp6" : "/proc/net/tcp6", udp, (uint16_t)i, &unused))
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
