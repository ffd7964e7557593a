#include "base/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clean.h"
#include "tap.h"

static char dir[3000];

/* A new directory whose path has at least n bytes; dir is its path, the descriptor the result. */
static int deep_dir(size_t n)
{
    static const char part[] = "/a-name-of-forty-bytes-for-a-directory.";

    snprintf(dir, sizeof dir, "/tmp/rcrun-socket-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    while (strlen(dir) < n) {
        strcat(dir, part);
        if (mkdir(dir, 0700) < 0)
            return -1;
    }
    return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void remove_dirs(const char *name)
{
    char path[sizeof dir + 120];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    unlink(path);
    while (rmdir(dir) == 0)
        *strrchr(dir, '/') = '\0';
}

TEST(a_socket_is_found_by_a_path_of_any_length)
{
    static const size_t lengths[] = { 10, 80, 100, 110, 200, 2000 };

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        OWN_FD at = deep_dir(lengths[i]);
        OWN_FD bound = -1;
        OWN_FD connected = -1;
        char path[sizeof dir + 20], got[8] = "";
        struct err e = { 0 };

        NEED(at >= 0);
        EQ_INT(socket_bind_at(at, "s", SOCK_DGRAM, &bound, &e), 0);
        EQ_STR(e.text, "");
        snprintf(path, sizeof path, "%s/s", dir);
        EQ_INT(socket_connect(path, SOCK_DGRAM, &connected, &e), 0);
        EQ_STR(e.text, "");
        OK(fcntl(bound, F_GETFD) & FD_CLOEXEC && fcntl(connected, F_GETFD) & FD_CLOEXEC);
        EQ_INT(send(connected, "word", 4, 0), 4);
        EQ_INT(recv(bound, got, sizeof got, MSG_DONTWAIT), 4);
        EQ_STR(got, "word");
        clean_fd(&connected);
        EQ_INT(socket_bind_at(at, "s", SOCK_DGRAM, &connected, &e), -1);
        EQ_INT(e.num, EADDRINUSE);
        remove_dirs("s");
    }
}

TEST(an_at_sign_means_the_abstract_namespace)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    OWN_FD bound = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    OWN_FD connected = -1;
    char name[120], got[8] = "";
    struct err e = { 0 };
    int n = snprintf(name, sizeof name, "@rcrun-test-%d", (int)getpid());

    memcpy(address.sun_path + 1, name + 1, (size_t)n - 1);
    NEED(bind(bound, (void *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)) == 0);
    EQ_INT(socket_connect(name, SOCK_DGRAM, &connected, &e), 0);
    EQ_STR(e.text, "");
    EQ_INT(send(connected, "word", 4, 0), 4);
    EQ_INT(recv(bound, got, sizeof got, MSG_DONTWAIT), 4);
    memset(name, 'x', sizeof name - 1);
    name[0] = '@';
    name[109] = '\0';
    EQ_INT(socket_connect(name, SOCK_DGRAM, &connected, &e), -1);
    EQ_INT(e.num, ENAMETOOLONG);
}

TEST(what_is_no_socket_is_told_with_its_name)
{
    OWN_FD fd = -1;
    struct err e = { 0 };

    EQ_INT(socket_connect("/nonexistent/socket", SOCK_STREAM, &fd, &e), -1);
    EQ_STR(e.text, "/nonexistent/socket: no such file or directory");
    EQ_INT(socket_connect("/dev/null", SOCK_STREAM, &fd, &e), -1);
    EQ_STR(e.text, "/dev/null: connection refused");
    EQ_INT(fd, -1);
}
