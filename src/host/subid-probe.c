#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "base/child.h"
#include "base/clean.h"
#include "base/path.h"
#include "base/text.h"
#include "host/read.h"
#include "host/subid.h"
#include "host/tool.h"

#define FILE_LIMIT (4u << 20)
#define TOOL_LIMIT_MS 5000 /* a directory service may be slow, but not for ever */

/* ---- programs ---- */

static bool run_tool(struct arena *a, const char *name, const char *const args[3], char *out,
                     size_t size, const char **why)
{
    struct stat st;
    const char *path = tool_find(a, name, &st);
    const char *const argv[] = { name, args[0], args[1], args[2], NULL };
    const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
    struct err e = { 0 };

    if (!path) {
        *why = arena_printf(a, "%s(1) is not installed", name);
        return false;
    }
    if (child_run_output(path, argv, env, TOOL_LIMIT_MS, out, size, &e) < 0) {
        *why = arena_text(a, e.text);
        return false;
    }
    return true;
}

/* ---- who am I ---- */

/* musl and small systems have no such file. */
static const char *read_nsswitch(struct arena *a)
{
    const char *text;
    size_t n;

    return read_text(a, "/etc/nsswitch.conf", 0, NULL, FILE_LIMIT, &text, &n) == 0 ? text : "";
}

static void find_user(struct arena *a, struct facts *f, const char *nsswitch)
{
    char uid[16], line[4096];
    const char *args[3] = { "passwd", uid, NULL };
    const char *text, *why;
    size_t n;

    f->self.name = NULL;
    f->self.primary_gid = f->self.egid;
    if (read_text(a, "/etc/passwd", 0, NULL, FILE_LIMIT, &text, &n) == 0 &&
        subid_parse_passwd(a, text, f->self.euid, &f->self.name, &f->self.primary_gid))
        return;
    /* Users of a directory service: only its own library can ask it, and a static program
     * cannot load that.  getent can. */
    if (!subid_parse_nsswitch(nsswitch, "passwd", "files compat db", false))
        return;
    snprintf(uid, sizeof uid, "%u", f->self.euid);
    if (run_tool(a, "getent", args, line, sizeof line, &why))
        subid_parse_passwd(a, line, f->self.euid, &f->self.name, &f->self.primary_gid);
}

void subid_probe_user(struct arena *a, struct facts *f)
{
    find_user(a, f, read_nsswitch(a));
}

/* ---- ranges ---- */

static const char *user_text(struct arena *a, const struct facts *f)
{
    return f->self.name ? f->self.name : arena_printf(a, "%u", f->self.euid);
}

static const char *explain_none(struct arena *a, const struct facts *f, const char *file,
                                const struct subid_notes *notes)
{
    const char *user = user_text(a, f);

    if (notes->overflow_line)
        return arena_printf(a, "line %u of %s leaves the range of ids (start + count is above %u)",
                            notes->overflow_line, file, UINT32_MAX);
    if (notes->crlf_line)
        return arena_printf(a, "line %u of %s ends in CR LF, which no tool accepts",
                            notes->crlf_line, file);
    if (notes->bad_line)
        return arena_printf(a, "line %u of %s is not user:start:count", notes->bad_line, file);
    return arena_printf(a, "%s has no line for %s", file, user);
}

static void read_file(struct arena *a, const struct facts *f, bool gids, struct id_map *out,
                      const char **why)
{
    const char *file = gids ? "/etc/subgid" : "/etc/subuid";
    struct subid_notes notes = { 0 };
    const char *text;
    size_t n;
    int num = read_text(a, file, O_NOFOLLOW, NULL, FILE_LIMIT, &text, &n);

    if (num == ELOOP)
        *why = arena_printf(a, "%s is a symbolic link, which new%cidmap(1) refuses", file,
                            gids ? 'g' : 'u');
    else if (num)
        *why = arena_printf(a, "%s: %s", file, err_text(num));
    if (num)
        return;
    subid_parse(a, text, n, f->self.name, f->self.euid, gids ? f->self.egid : f->self.euid, out,
                &notes);
    if (out->n == 0)
        *why = explain_none(a, f, file, &notes);
}

/* nsswitch.conf says that the ranges are not in the files. */
static void read_tool(struct arena *a, const struct facts *f, bool gids, struct id_map *out,
                      const char **why)
{
    const char *user = user_text(a, f);
    const char *args[3] = { gids ? "-g" : user, gids ? user : NULL, NULL };
    char text[16384];

    if (!run_tool(a, "getsubids", args, text, sizeof text, why))
        return;
    subid_parse_tool(a, text, gids ? f->self.egid : f->self.euid, out);
    if (out->n == 0)
        *why =
            arena_printf(a, "getsubids(1) knows no %s ranges for %s", gids ? "gid" : "uid", user);
}

static void read_side(struct arena *a, const struct facts *f, const char *nsswitch, bool gids,
                      struct id_map *out, const char **why)
{
    bool had;

    *out = (struct id_map){ 0 };
    *why = NULL;
    if (subid_parse_nsswitch(nsswitch, "subid", "files", true))
        read_tool(a, f, gids, out, why);
    else
        read_file(a, f, gids, out, why);
    had = out->n > 0;
    if (f->userns.in_child)
        subid_within(a, gids ? &f->userns.gid_map : &f->userns.uid_map, out);
    if (had && out->n == 0)
        *why = arena_printf(a, "the sub%cid ranges of %s lie outside of this user namespace",
                            gids ? 'g' : 'u', user_text(a, f));
}

void subid_read(struct arena *a, const struct facts *f, bool gids, struct id_map *out,
                const char **why)
{
    read_side(a, f, read_nsswitch(a), gids, out, why);
}

/* ---- helpers ---- */

static const char *capability_fault(const char *path, const struct stat *st, int cap)
{
    uint8_t value[64];
    const char *why = NULL;
    ssize_t n;

    /* File capabilities beside the bit would take its power away, but nobody sets both, and to
     * look costs every start a call; the helper's own words tell it then. */
    if ((st->st_mode & S_ISUID) && st->st_uid == 0)
        return NULL;
    n = getxattr(path, "security.capability", value, sizeof value);
    if (n >= 0) {
        subid_parse_file_caps(value, (size_t)n, cap, &why);
        return why;
    }
    if (errno == EOVERFLOW)
        return "has file capabilities of another user namespace";
    if (st->st_mode & S_ISUID)
        return "is set-user-id, but does not belong to root";
    return "has neither the set-user-id bit nor file capabilities";
}

static const char *power_fault(const struct facts *f, int cap)
{
    if (f->self.no_new_privs)
        return "has no power, since no_new_privs is set";
    if (!(f->self.bounding >> cap & 1))
        return cap == CAP_SETUID ? "has no power, since CAP_SETUID is not in the bounding set"
                                 : "has no power, since CAP_SETGID is not in the bounding set";
    return NULL;
}

static bool is_nosuid(const char *path)
{
    struct statvfs vfs;

    return statvfs(path, &vfs) == 0 && (vfs.f_flag & ST_NOSUID);
}

/* sibling: the other helper when that was looked at already: they come together, so this one is
 * looked for beside it first, and the flags of the mount are known. */
static void probe_helper(struct arena *a, const struct facts *f, bool gids,
                         const struct map_helper *sibling, struct map_helper *out)
{
    const char *name = gids ? "newgidmap" : "newuidmap";
    int cap = gids ? CAP_SETGID : CAP_SETUID;
    struct stat st;

    *out = (struct map_helper){ 0 };
    if (sibling && sibling->path) {
        int folder = (int)(path_last(sibling->path) - sibling->path);

        out->path = arena_printf(a, "%.*s%s", folder, sibling->path, name);
    }
    if (!out->path || !tool_is_program(out->path, &st)) {
        sibling = NULL;
        out->path = tool_find(a, name, &st);
    }
    if (!out->path) {
        out->why = arena_printf(a, "%s(1) is not installed", name);
        return;
    }
    out->why = capability_fault(out->path, &st, cap);
    if (!out->why && !(sibling && sibling->works) && is_nosuid(out->path))
        out->why = "is on a file system mounted nosuid";
    if (!out->why)
        out->why = power_fault(f, cap);
    out->works = !out->why;
}

void subid_probe_helper(struct arena *a, const struct facts *f, bool gids, struct map_helper *out)
{
    probe_helper(a, f, gids, NULL, out);
}

/* Why the helpers, as they are, have no power; NULL = they have. */
static const char *power_of_both(struct arena *a, const struct facts *f)
{
    const struct map_helper *both[2] = { &f->subid.newuidmap, &f->subid.newgidmap };

    for (int i = 0; i < 2; i++) {
        if (!both[i]->path)
            return both[i]->why;
        if (!both[i]->works)
            return arena_printf(a, "%s %s", both[i]->path, both[i]->why);
    }
    return NULL;
}

/* ... and would not write a map for us. */
static const char *helpers_fault(struct arena *a, const struct facts *f)
{
    const char *why = power_of_both(a, f);

    if (why)
        return why;
    /* Both look for the passwd line of the caller, and compare its group with the current one. */
    if (!f->self.name)
        return arena_printf(a, "uid %u has no passwd entry, and newuidmap(1) refuses then",
                            f->self.euid);
    if (f->self.egid != f->self.primary_gid)
        return arena_printf(a,
                            "the current group is %u, not the primary group %u, and newuidmap(1) "
                            "refuses then",
                            f->self.egid, f->self.primary_gid);
    return NULL;
}

static void probe_helpers(struct arena *a, struct facts *f)
{
    probe_helper(a, f, false, NULL, &f->subid.newuidmap);
    probe_helper(a, f, true, &f->subid.newuidmap, &f->subid.newgidmap);
}

void subid_probe_tools(struct arena *a, struct facts *f)
{
    if (facts_writes_any_map(f))
        return;
    probe_helpers(a, f);
    f->subid.why = power_of_both(a, f);
}

void subid_probe(struct arena *a, struct facts *f)
{
    const char *nsswitch = read_nsswitch(a);
    const char *why = NULL;

    find_user(a, f, nsswitch);
    read_side(a, f, nsswitch, false, &f->subid.uids, &why);
    if (!why)
        read_side(a, f, nsswitch, true, &f->subid.gids, &why);
    if (!why && !facts_writes_any_map(f)) {
        probe_helpers(a, f);
        why = helpers_fault(a, f);
    }
    f->subid.known = true;
    /* Both or none: many uids with one gid break chown(1) and setgroups(2) in odd ways. */
    if (why) {
        f->subid.uids = (struct id_map){ 0 };
        f->subid.gids = (struct id_map){ 0 };
    }
    f->subid.why = why;
}
