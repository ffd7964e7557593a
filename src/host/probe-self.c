#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "host/probe.h"
#include "host/read.h"
#include "host/subid.h"

#define INIT_USER_NS 0xEFFFFFFDu /* linux/nsfs.h: USER_NS_INIT_INO, fixed since 3.8 */
#define STATUS_LAST "\nnonvoluntary_ctxt_switches:"
#define STATUS_LIMIT (1u << 20) /* 65536 groups fit */

/* ---- /proc/self/status: seven facts for the price of one file ---- */

/* The value of a line, behind its blanks; NULL when there is no such line. */
static const char *value_of(const char *text, const char *key)
{
    size_t n = strlen(key);

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, n) == 0 && line[n] == ':')
            return line + n + 1 + strspn(line + n + 1, " \t");
    }
    return NULL;
}

/* A number in base 8, 10 or 16 that ends at a blank or the end of the line. */
static const char *number(const char *s, unsigned base, uint64_t *out)
{
    uint64_t v = 0;
    const char *digit = s;

    for (;; digit++) {
        unsigned d;

        if (*digit >= '0' && *digit <= '9')
            d = (unsigned)(*digit - '0');
        else if (*digit >= 'a' && *digit <= 'f')
            d = (unsigned)(*digit - 'a') + 10;
        else
            break;
        if (d >= base)
            break;
        v = v * base + d;
    }
    *out = v;
    return digit == s ? NULL : digit + strspn(digit, " \t");
}

/* Uid and Gid: real, effective, saved, file system. */
static bool parse_ids(const char *s, uint32_t *real, uint32_t *effective)
{
    uint64_t r, ef;

    if (!s || !(s = number(s, 10, &r)) || !number(s, 10, &ef))
        return false;
    *real = (uint32_t)r;
    *effective = (uint32_t)ef;
    return true;
}

static bool parse_number(const char *s, unsigned base, uint64_t *out)
{
    return s && number(s, base, out);
}

bool probe_parse_status(struct arena *a, const char *text, struct facts *f)
{
    const char *groups = value_of(text, "Groups");
    uint64_t v;

    if (!parse_ids(value_of(text, "Uid"), &f->self.uid, &f->self.euid) ||
        !parse_ids(value_of(text, "Gid"), &f->self.gid, &f->self.egid) ||
        !parse_number(value_of(text, "CapEff"), 16, &f->self.caps) ||
        !parse_number(value_of(text, "CapBnd"), 16, &f->self.bounding))
        return false;
    while (groups && (groups = number(groups, 10, &v)))
        *LIST_ADD(a, &f->self.groups) = (uint32_t)v;
    if (parse_number(value_of(text, "Umask"), 8, &v))
        f->self.umask = (uint32_t)v;
    if (parse_number(value_of(text, "SigIgn"), 16, &v))
        f->self.ignored_signals = v;
    if (parse_number(value_of(text, "NoNewPrivs"), 10, &v))
        f->self.no_new_privs = v != 0;
    if (parse_number(value_of(text, "Seccomp"), 10, &v))
        f->self.seccomp_mode = (int)v;
    /* The line is there when the kernel has filters at all (5.9). */
    f->kernel.seccomp = value_of(text, "Seccomp_filters") != NULL;
    return true;
}

/* Without /proc: the same, one call each.  The planner will stop, but with the right words. */
static void ask_kernel(struct arena *a, struct facts *f)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { 0 } };
    mode_t mask = umask(077);
    int n = getgroups(0, NULL);

    umask(mask);
    f->self.umask = mask;
    f->self.uid = getuid();
    f->self.euid = geteuid();
    f->self.gid = getgid();
    f->self.egid = getegid();
    if (n > 0) {
        f->self.groups.v = arena_get(a, (size_t)n * sizeof(gid_t));
        n = getgroups(n, f->self.groups.v);
        f->self.groups.n = n > 0 ? (size_t)n : 0;
    }
    if (syscall(SYS_capget, &header, data) == 0)
        f->self.caps = data[0].effective | (uint64_t)data[1].effective << 32;
    for (unsigned cap = 0; cap < 64 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
            f->self.bounding |= 1ull << cap;
    f->self.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    f->kernel.seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

/* ---- the user namespace ---- */

static void read_map(struct arena *a, const char *path, struct id_map *out)
{
    const char *text;
    size_t n;

    /* Long maps come in pieces; no empty line ends the reading early. */
    if (read_text(a, path, 0, "\n\n", 1u << 16, &text, &n) == 0)
        subid_parse_map(a, text, out);
}

static void all_ids(struct arena *a, struct id_map *map)
{
    *LIST_ADD(a, map) = (struct id_range){ 0, 0, UINT32_MAX };
}

static void probe_user_ns(struct arena *a, struct facts *f)
{
    struct stat st;
    const char *word;

    f->userns.in_child = stat("/proc/self/ns/user", &st) == 0 && st.st_ino != INIT_USER_NS;
    if (!f->userns.in_child) {
        /* There everything is mapped, and setgroups(2) cannot be denied. */
        all_ids(a, &f->userns.uid_map);
        all_ids(a, &f->userns.gid_map);
        return;
    }
    read_map(a, "/proc/self/uid_map", &f->userns.uid_map);
    read_map(a, "/proc/self/gid_map", &f->userns.gid_map);
    word = read_line(a, "/proc/self/setgroups");
    f->self.setgroups_denied = text_is(word, "deny");
}

void probe_self(struct arena *a, struct facts *f)
{
    const char *text;
    size_t n;

    if (read_text(a, "/proc/self/status", 0, STATUS_LAST, STATUS_LIMIT, &text, &n) != 0 ||
        !probe_parse_status(a, text, f))
        ask_kernel(a, f);
    f->self.primary_gid = f->self.egid;
    probe_user_ns(a, f);
}
