#include "follow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"

#define LINKS_MAX 40 /* as the kernel follows */
#define NAMES_MAX (2 * LINKS_MAX)
#define STUB "127.0.0.53"
#define STUB_PATIENCE_MS 300

struct follow {
    struct events *ev;
    struct watch w;
    const char *path;
    struct ip fallback;
    void (*changed)(void *of, const struct resolv *resolvers);
    void *of;

    struct resolv now;
    bool told;        /* `now` is something */
    char warned[700]; /* so that each fault is told once */

    /* Names in directories that decide what the file is. */
    struct {
        int directory; /* of inotify(7) */
        char name[256];
    } names[NAMES_MAX];
    size_t n;
};

/* ---- where the file is --------------------------------------------------------------------- */

#define OF_DIRECTORY (IN_MOVE_SELF | IN_DELETE_SELF)
#define CHANGES                                                                                \
    (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | OF_DIRECTORY)

/* A name in its directory; where there is no such directory, the name of that in its own. */
static void watch_name(struct follow *f, struct arena *a, const char *path)
{
    char *directory = arena_text(a, path);

    while (f->n < NAMES_MAX) {
        char *slash = strrchr(directory, '/');
        const char *name = slash + 1;
        int got;

        *slash = '\0';
        got = inotify_add_watch(f->w.fd, slash == directory ? "/" : directory,
                                CHANGES | IN_ONLYDIR);
        if (got >= 0 && strlen(name) < sizeof f->names[0].name) {
            f->names[f->n].directory = got;
            memcpy(f->names[f->n++].name, name, strlen(name) + 1);
        }
        if (got >= 0 || slash == directory)
            return;
    }
}

/* Follows the links of the last name by hand, to know each directory on the way.  Returns the name
 * of the file itself. */
static const char *find(struct follow *f, struct arena *a)
{
    const char *path = f->path;

    for (int links = 0; links < LINKS_MAX; links++) {
        char to[PATH_MAX];
        const char *directory;
        ssize_t n;

        watch_name(f, a, path);
        n = readlink(path, to, sizeof to - 1);
        if (n < 0)
            break;
        to[n] = '\0';
        /* Not cleaned: ".." behind a linked directory is for the kernel to resolve. */
        directory = arena_copy(a, path, (size_t)(path_last(path) - path));
        path = to[0] == '/' ? arena_text(a, to) : arena_printf(a, "%s%s", directory, to);
    }
    return path;
}

/* ---- what it says -------------------------------------------------------------------------- */

static void warn_once(struct follow *f, const char *text)
{
    if (strcmp(f->warned, text) == 0)
        return;
    snprintf(f->warned, sizeof f->warned, "%s", text);
    log_warn("%s", text);
}

/* The resolver of systemd, which is there whatever became of the file.  It knows this name itself. */
static bool stub_answers(const struct ip *stub)
{
    static const unsigned char query[] = "\x4e\x54\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                         "\x09localhost\x00\x00\x01\x00\x01";
    struct sockaddr_storage to;
    socklen_t size = ip_sockaddr(stub, 53, &to);
    OWN_FD sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct pollfd p = { .fd = sock, .events = POLLIN };
    char answer[512];

    return sock >= 0 && connect(sock, (const void *)&to, size) == 0 &&
           send(sock, query, sizeof query - 1, 0) > 0 && poll(&p, 1, STUB_PATIENCE_MS) == 1 &&
           recv(sock, answer, sizeof answer, 0) > 2 && answer[0] == query[0] &&
           answer[1] == query[1];
}

static void without_file(struct follow *f, struct resolv *r, const char *why)
{
    struct ip stub;
    char text[sizeof f->warned], address[IP_TEXT_MAX];

    ip_parse(STUB, &stub);
    if (f->fallback.family)
        r->servers[r->n++] = f->fallback;
    else if (stub_answers(&stub))
        r->servers[r->n++] = stub;
    if (r->n)
        snprintf(text, sizeof text, "%s: names are asked of %s", why,
                 ip_text(&r->servers[0], address));
    else
        snprintf(text, sizeof text, "%s: names cannot be resolved", why);
    warn_once(f, text);
}

static void read_now(struct follow *f, struct arena *a, struct resolv *r)
{
    const char *path = find(f, a);
    struct err e = { 0 };
    const char *text;
    size_t n;

    *r = (struct resolv){ 0 };
    if (file_read(a, AT_FDCWD, path, RESOLV_TEXT_MAX, &text, &n, &e) < 0) {
        without_file(f, r, e.text);
        return;
    }
    resolv_parse(a, text, n, r);
    if (r->n == 0)
        without_file(f, r, arena_printf(a, "%s names no resolver", path));
    else
        f->warned[0] = '\0';
}

static bool same(const struct resolv *a, const struct resolv *b)
{
    bool equal = a->n == b->n && a->port == b->port;

    for (size_t i = 0; equal && i < a->n; i++)
        equal = ip_equal(&a->servers[i], &b->servers[i]);
    return equal;
}

static void on_change(struct watch *w, uint32_t events);

/* A new inotify each time: what is watched depends on what is read.  Watched before it is read, so
 * that nothing is missed. */
static int look(struct follow *f, struct err *e)
{
    struct arena *a = arena_new();
    struct resolv r;
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), status = 0;

    events_forget(f->ev, &f->w);
    clean_fd(&f->w.fd);
    f->n = 0;
    f->w = (struct watch){ .fd = fd, .ready = on_change, .of = f };
    read_now(f, a, &r);
    if (!f->told || !same(&r, &f->now)) {
        /* Who gets it wants addresses only; the rest is the arena's. */
        r.search = (struct texts){ 0 };
        r.options = (struct texts){ 0 };
        f->now = r;
        f->told = true;
        f->changed(f->of, &f->now);
    }
    arena_free(a);
    if (fd >= 0)
        status = events_watch(f->ev, &f->w, EPOLLIN, e);
    else
        log_warn("changes of %s will not be seen: %s", f->path, err_text(errno));
    return status;
}

static bool is_ours(const struct follow *f, const struct inotify_event *event)
{
    if (event->mask & (IN_Q_OVERFLOW | IN_IGNORED | OF_DIRECTORY))
        return true;
    for (size_t i = 0; i < f->n; i++)
        if (f->names[i].directory == event->wd && event->len &&
            strcmp(f->names[i].name, event->name) == 0)
            return true;
    return false;
}

static void on_change(struct watch *w, uint32_t events)
{
    struct follow *f = w->of;
    union {
        struct inotify_event align;
        char bytes[4096];
    } buffer;
    bool changed = false;
    struct err e = { 0 };
    ssize_t n;

    (void)events;
    while ((n = read(w->fd, &buffer, sizeof buffer)) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *event = (const void *)(buffer.bytes + at);

            changed |= is_ours(f, event);
            at += (ssize_t)(sizeof *event + event->len);
        }
    if (changed && look(f, &e) < 0)
        log_warn("changes of %s are not seen any more: %s", f->path, e.text);
}

int follow_open(struct follow **out, struct events *ev, const char *path,
                const struct ip *fallback,
                void (*changed)(void *of, const struct resolv *resolvers), void *of,
                struct err *e)
{
    struct follow *f = calloc(1, sizeof *f);

    if (!f)
        return err_set(e, ENOMEM, "%s", path);
    *f = (struct follow){
        .ev = ev,
        .w.fd = -1,
        .path = path,
        .fallback = *fallback,
        .changed = changed,
        .of = of,
    };
    *out = f;
    return look(f, e);
}

void follow_close(struct follow *f)
{
    if (!f)
        return;
    events_forget(f->ev, &f->w);
    clean_fd(&f->w.fd);
    free(f);
}
