/* run/init.c
 * Runs in:  init, the first process of the container, in all its namespaces.
 * Power:    root of the user namespace.
 * Must not: keep descriptors that are not in the plan. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/text.h"
#include "os/cred.h"
#include "os/ns.h"
#include "os/path.h"
#include "os/proc.h"
#include "run/run.h"

DO(clear_umask)
{
    (void)s;
    (void)u;
    (void)e;
    /* Directories and files that rcrun makes have the modes of the plan. */
    r->umask = umask(0);
    return 0;
}

/* Else the program would have a child that it knows nothing of. */
DO(reap_aside)
{
    int status;

    (void)s;
    (void)u;
    while (waitpid(r->aside, &status, 0) < 0)
        if (errno != EINTR)
            return err_set(e, errno, "wait for who writes the maps");
    r->aside = 0;
    return 0;
}

DO(new_session)
{
    (void)s;
    (void)r;
    (void)u;
    return os_new_session(e);
}

DO(keyring)
{
    (void)s;
    (void)r;
    (void)u;
    if (os_new_keyring(e) == 0)
        return 0;
    if (e->num == EDQUOT)
        return err_ctx(e, "no keyring of its own (kernel.keys.maxkeys is used up by your other "
                          "containers)");
    return -1;
}

DO(loopback_up)
{
    (void)s;
    (void)r;
    (void)u;
    return os_loopback_up(e);
}

DO(hostname)
{
    (void)s;
    (void)r;
    return os_set_hostname(u->name, e);
}

DO(domainname)
{
    (void)s;
    (void)r;
    return os_set_domainname(u->name, e);
}

DO(open_proc)
{
    (void)s;
    return u->own ? os_proc_private(&r->proc, e) : os_proc_host(&r->proc, e);
}

DO(sysctl)
{
    char path[256];

    (void)s;
    if (snprintf(path, sizeof path, "sys/%s", u->path) >= (int)sizeof path)
        return err_set(e, ENAMETOOLONG, "%s", u->path);
    if (os_proc_write(r->proc, path, u->value, e) == 0)
        return 0;
    if (e->num == EACCES || e->num == EPERM || e->num == EROFS)
        err_hint(e, "this kernel does not let the owner of the namespace write it");
    if (e->num == EINVAL && strstr(u->path, "ping_group_range"))
        err_hint(e, "the groups of ping_group_range must be mapped in the container");
    return -1;
}

DO(label)
{
    (void)s;
    return os_set_label(r->proc, u->kind, u->text, e);
}

/* The sixth field of the passwd(5) line whose third is the uid.  Own parser: the C
 * library's would load modules of the image. */
static void home_of(const char *passwd, uint32_t uid, char *home, size_t size)
{
    while (*passwd) {
        const char *end = strchrnul(passwd, '\n');
        const char *field[7];
        char number[12];
        uint32_t id;
        int n = 0;

        for (const char *at = passwd; n < 7 && at <= end; n++) {
            field[n] = at;
            at = memchr(at, ':', (size_t)(end - at));
            if (!at) {
                n++;
                break;
            }
            at++;
        }
        if (n >= 6 && field[3] - field[2] <= (long)sizeof number) {
            const char *stop = n == 7 ? field[6] - 1 : end;
            size_t len = (size_t)(stop - field[5]);

            snprintf(number, sizeof number, "%.*s", (int)(field[3] - 1 - field[2]), field[2]);
            if (text_id(number, &id) && id == uid && len && len < size) {
                snprintf(home, size, "%.*s", (int)len, field[5]);
                return;
            }
        }
        passwd = *end ? end + 1 : end;
    }
}

static bool is_clean(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return false;
    return true;
}

DO(find_home)
{
    OWN_MEM passwd = NULL;
    size_t n;

    (void)s;
    /* Whatever is odd about the file is the image's business, not a reason to stop. */
    if (os_read_in(r->root, "/etc/passwd", 1 << 20, &passwd, &n, e) == 0)
        home_of(passwd, (uint32_t)u->uid, r->home, sizeof r->home);
    err_clear(e);
    if (r->home[0] != '/' || !is_clean(r->home))
        snprintf(r->home, sizeof r->home, "/");
    return 0;
}
