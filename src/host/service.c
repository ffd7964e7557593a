#include "host/service.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

int service_listen_fds(uint32_t *n, struct err *e)
{
    const char *fds = getenv("LISTEN_FDS");
    const char *pid = getenv("LISTEN_PID");
    uint32_t meant;

    *n = 0;
    /* Engines that pass them on may leave the pid out: they cannot know it beforehand. */
    if (!fds || !*fds || (pid && !(text_u32(pid, &meant) && meant == (uint32_t)getpid())))
        return 0;
    if (!text_u32(fds, n))
        return err_set(e, 0, "LISTEN_FDS: \"%s\" is not a number", fds);
    return 0;
}

const char *service_notify(void)
{
    const char *notify = getenv("NOTIFY_SOCKET");

    return notify && *notify ? notify : NULL;
}

static const char *kept(struct arena *a, const char *text)
{
    return text ? arena_text(a, text) : NULL;
}

void service_probe(struct arena *a, struct facts *f)
{
    struct err ignored;

    /* One that is no number stops the command before it comes to this. */
    if (service_listen_fds(&f->service.listen_fds, &ignored) < 0)
        f->service.listen_fds = 0;
    if (f->service.listen_fds)
        f->service.listen_names = kept(a, getenv("LISTEN_FDNAMES"));
    f->service.notify = kept(a, service_notify());
}
