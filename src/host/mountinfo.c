#include "host/mountinfo.h"

#include <string.h>

#include "base/clean.h"
#include "base/path.h"
#include "base/text.h"
#include "host/read.h"

#define LIMIT (16u << 20)
/* Between two fields, before and behind the optional ones. */
#define SEPARATOR "-"

/* Directories that are there to be mounted on: register_sysctl_mount_point() and
 * sysfs_create_mount_point() in the kernel. */
static const char *const always_empty[] = {
    "/proc/sys/fs/binfmt_misc", "/proc/fs/nfsd",      "/proc/openprom",
    "/sys/fs/cgroup",           "/sys/fs/bpf",        "/sys/fs/pstore",
    "/sys/fs/selinux",          "/sys/fs/smackfs",    "/sys/fs/fuse/connections",
    "/sys/fs/resctrl",          "/sys/kernel/debug",  "/sys/kernel/tracing",
    "/sys/kernel/security",     "/sys/kernel/config", "/sys/firmware/efi/efivars",
    "/sys/hypervisor/s390",
};

/* Takes the next word of the line; NULL at its end. */
static char *next_word(char **line)
{
    char *word = *line + strspn(*line, " ");
    size_t n = strcspn(word, " ");

    if (n == 0)
        return NULL;
    *line = word + n;
    if (**line)
        *(*line)++ = '\0';
    return word;
}

/* The kernel writes blank, tab, newline, backslash and hash as \ooo. */
static char *unescape(char *word)
{
    char *out = word;

    for (const char *in = word; *in; in++) {
        if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' &&
            in[3] >= '0' && in[3] <= '7') {
            *out++ = (char)((in[1] - '0') << 6 | (in[2] - '0') << 3 | (in[3] - '0'));
            in += 3;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
    return word;
}

static bool parse_device(char *word, struct mount_info *m)
{
    char *colon = strchr(word, ':');

    if (!colon)
        return false;
    *colon = '\0';
    return text_u32(word, &m->major) && text_u32(colon + 1, &m->minor);
}

static bool parse_line(char *line, struct mount_info *m)
{
    char *first[6], *last[3] = { NULL, NULL, NULL };
    char *word;

    for (int i = 0; i < 6; i++)
        if (!(first[i] = next_word(&line)))
            return false;
    if (!text_u32(first[0], &m->id) || !text_u32(first[1], &m->parent) ||
        !parse_device(first[2], m))
        return false;
    m->root = unescape(first[3]);
    m->target = unescape(first[4]);
    m->options = unescape(first[5]);
    while ((word = next_word(&line)) && strcmp(word, SEPARATOR) != 0)
        m->shared |= text_starts(word, "shared:");
    if (!word)
        return false;
    /* A file system without a source leaves its word out, and two blanks in a row. */
    if (!(last[0] = next_word(&line)))
        return false;
    if (*line != ' ')
        last[1] = next_word(&line);
    last[2] = next_word(&line);
    m->type = unescape(last[0]);
    m->source = last[1] ? unescape(last[1]) : "";
    m->super_options = last[2] ? unescape(last[2]) : "";
    return m->root[0] && m->target[0] == '/';
}

void mountinfo_parse(struct arena *a, const char *text, size_t n, struct mount_list *out)
{
    char *line = arena_copy(a, text, n);

    for (size_t left = n; left > 0;) {
        char *end = memchr(line, '\n', left);
        size_t len = end ? (size_t)(end - line) : left;
        struct mount_info m = { 0 };

        if (end)
            *end = '\0';
        if (strlen(line) == len && parse_line(line, &m))
            *LIST_ADD(a, out) = m;
        line += len + (end != NULL);
        left -= len + (end != NULL);
    }
}

int mountinfo_read(struct arena *a, const char *pid, struct mount_list *out)
{
    const char *path = arena_printf(a, "/proc/%s/mountinfo", pid);
    const char *text;
    size_t n;
    /* An empty line never comes: read to the end, since procfs gives it in pieces. */
    int num = read_text(a, path, 0, "\n\n", LIMIT, &text, &n);

    *out = (struct mount_list){ 0 };
    if (num == 0)
        mountinfo_parse(a, text, n, out);
    return num;
}

const struct mount_info *mountinfo_of(const struct mount_list *m, const char *path)
{
    const struct mount_info *best = NULL;

    for (size_t i = 0; i < m->n; i++)
        if (path_inside(path, m->v[i].target) &&
            (!best || strlen(m->v[i].target) >= strlen(best->target)))
            best = &m->v[i];
    return best;
}

const char *mountinfo_below(const struct mount_list *m, const char *dir, const char *without)
{
    for (size_t i = 0; i < m->n; i++)
        if (path_inside(m->v[i].target, dir) && strcmp(m->v[i].target, dir) != 0 &&
            !(without && mountinfo_has(m->v[i].options, without)))
            return m->v[i].target;
    return NULL;
}

static bool hides_nothing(const char *target)
{
    for (size_t i = 0; i < COUNT_OF(always_empty); i++)
        if (path_inside(target, always_empty[i]))
            return true;
    return false;
}

size_t mountinfo_hiding(const struct mount_list *m, const char *dir, const char **targets,
                        size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n; i++) {
        const char *target = m->v[i].target;
        bool known = strcmp(target, dir) == 0 || !path_inside(target, dir) || hides_nothing(target);

        for (size_t k = 0; k < i && !known; k++)
            known = strcmp(m->v[k].target, target) == 0;
        if (known)
            continue;
        if (n < max)
            targets[n] = target;
        n++;
    }
    return n;
}

bool mountinfo_has(const char *options, const char *word)
{
    size_t n = strlen(word);

    for (const char *s = options; s; s = strchr(s, ',')) {
        s += *s == ',';
        if (strncmp(s, word, n) == 0 && (s[n] == ',' || s[n] == '\0'))
            return true;
    }
    return false;
}
