/* run/parent-send.c - descriptors for the engine that called us, by a socket of its own.
 * Runs in:  the launcher.    Power: the caller's. */
#include <string.h>
#include <sys/socket.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/socket.h"
#include "run/run.h"

static int send_to(const char *path, const char *words, int fd, struct err *e)
{
    OWN_FD sock = -1;

    TRY(socket_connect(path, SOCK_STREAM, &sock, e));
    if (fd_send(sock, words, strlen(words), fd, e) < 0)
        return err_ctx(e, "%s", path);
    return 0;
}

DO(send_console)
{
    (void)s;
    if (send_to(u->path, "/dev/ptmx", r->console, e) < 0)
        return err_ctx(e, "console socket");
    clean_fd(&r->console);
    return 0;
}

DO(send_pidfd)
{
    (void)s;
    if (send_to(u->path, u->words, r->pidfd[INIT], e) < 0)
        return err_ctx(e, "pidfd socket");
    return 0;
}
