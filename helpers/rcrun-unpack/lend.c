#include "lend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/text.h"
#include "os/cred.h"
#include "os/ns.h"
#include "os/path.h"
#include "os/process.h"
#include "stream.h"

#define NAME_MOST 128
#define BLOBS "blobs/sha256/"

bool lend_may(const char *name)
{
    const char *hex = text_starts(name, BLOBS) ? name + strlen(BLOBS) : NULL;

    if (hex)
        return strspn(hex, "0123456789abcdef") == DIGEST_HEX && !hex[DIGEST_HEX];
    return text_is(name, "index.json") || text_is(name, "oci-layout");
}

/* An errno in front, 0 when the file comes with it.  What is no file shall not keep us. */
static int answer(int sock, int dir, const char *name, struct err *e)
{
    OWN_FD fd = -1;
    int num = EPERM;

    if (lend_may(name))
        num = os_open_in(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, &fd, e) < 0 ? e->num : 0;
    return fd_send(sock, &num, sizeof num, fd, e);
}

static int lend(int sock, int dir, struct err *e)
{
    char name[NAME_MOST];

    for (;;) {
        OWN_FD none = -1;
        ssize_t n = fd_receive(sock, name, sizeof name - 1, &none, e);

        if (n <= 0)
            return (int)n;
        name[n] = '\0';
        TRY(answer(sock, dir, name, e));
    }
}

int lend_start(int dir, int *sock, struct err *e)
{
    OWN_FD theirs = -1;
    int pair[2];
    pid_t pid;

    TRY(fd_pair(pair, e));
    theirs = pair[1];
    if (os_clone(0, false, &pid, NULL, e) < 0) {
        close(pair[0]);
        return -1;
    }
    if (pid == 0) {
        const int keep[] = { dir, theirs };

        os_close_except(0, keep, COUNT_OF(keep));
        _exit(os_die_with_parent(e) < 0 || lend(theirs, dir, e) < 0);
    }
    *sock = pair[0];
    return 0;
}

int lend_ask(int sock, const char *name, int *fd, struct err *e)
{
    int num = 0;
    ssize_t n;

    TRY(fd_send(sock, name, strlen(name), -1, e));
    n = fd_receive(sock, &num, sizeof num, fd, e);
    if (n < 0)
        return -1;
    if (n != sizeof num || (num == 0 && *fd < 0))
        return err_set(e, EPROTO, "who has the directory does not answer");
    return num ? err_set(e, num, "not there") : 0;
}
