#include "host/probe-fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clean.h"
#include "base/text.h"
#include "host/kernel.h"
#include "host/read.h"
#include "host/tool.h"
#include "host/trial.h"

#define PROGRAM "fuse-overlayfs"
#define VERSION_MS 5000

static bool take_number(const char **at, uint32_t *number)
{
    char digits[10];
    size_t n = strspn(*at, "0123456789");

    if (n >= sizeof digits)
        return false;
    memcpy(digits, *at, n);
    digits[n] = '\0';
    *at += n;
    return text_u32(digits, number);
}

/* On the line that begins with its name; other lines have versions of libraries. */
bool fuse_parse_version(const char *text, uint32_t *major, uint32_t *minor)
{
    const char *line = strstr(text, PROGRAM);
    const char *at = line ? line + strcspn(line, "0123456789\n") : "";

    return take_number(&at, major) && *at++ == '.' && take_number(&at, minor);
}

static int device_errno(void)
{
    OWN_FD fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

    return fd < 0 ? errno : 0;
}

/* ---- the kernel ---- */

#define FILE_SYSTEMS_MAX (1u << 16)

/* Its parameters are there, built in or not, which is one call; else the list, which is three. */
static bool is_there(struct arena *a)
{
    const char *text;
    size_t n;

    return access("/sys/module/overlay", F_OK) == 0 ||
           (read_text(a, "/proc/filesystems", 0, NULL, FILE_SYSTEMS_MAX, &text, &n) == 0 &&
            strstr(text, "\toverlay\n"));
}

/* Since 5.11; some distributions had it before.  A module comes when it is asked for. */
static int overlay_errno(struct arena *a, const struct facts *f)
{
    struct trial t;

    if (kernel_is_at_least(f, 5, 11) && is_there(a))
        return 0;
    trial_run(a, f, &t);
    return t.overlay_lower > 0 ? t.overlay_lower : 0;
}

void fuse_probe(struct arena *a, const struct questions *q, struct facts *f)
{
    static const char *const argv[] = { PROGRAM, "--version", NULL };
    static const char *const no_env[] = { NULL };
    struct err e = { 0 };
    char said[1024];
    struct stat st;

    if (!q->fuse) {
        f->kernel.overlay_refused = overlay_errno(a, f);
        if (!f->kernel.overlay_refused && !f->upper.kept.xattr)
            return;
    }
    f->fuse.device = device_errno();
    f->fuse.program = tool_find(a, PROGRAM, &st);
    if (!f->fuse.program)
        return;
    if (child_run_output(f->fuse.program, argv, no_env, VERSION_MS, said, sizeof said, &e) < 0)
        f->fuse.why = arena_text(a, e.text);
    else if (!fuse_parse_version(said, &f->fuse.major, &f->fuse.minor))
        f->fuse.why = "it tells no version";
}
