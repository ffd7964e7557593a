#include "cli/edit.h"

#include "base/clean.h"
#include "base/path.h"
#include "spec/default.h"
#include "spec/names.h"
#include "tap.h"

static struct arena *arena;
static struct spec spec;
static struct edited edited;
static struct err e;

static const char *const caller[] = { "LANG=C", "EMPTY=", "ODD", NULL };
static struct edit_place place = { .dir = "/here", .env = caller };

struct line {
    struct edit edit;
};

static const struct option_row rows[] = { EDIT_OPTIONS(struct line, edit), { 0 } };

/* The default config of a user, edited by a command line. */
static int edit_words(const char *const *words, size_t n)
{
    struct line line = { 0 };
    struct parse p = { .rows = rows, .store = &line, .takes_command = true };

    arena_free(arena);
    arena = arena_new();
    spec = (struct spec){ 0 };
    edited = (struct edited){ 0 };
    err_clear(&e);
    spec_default(arena, &spec, &(struct spec_default_options){ .rootless = true });
    if (options_parse(arena, &p, words, n, &e) < 0)
        return -1;
    return edit_spec(arena, &line.edit, &place, &p.rest, &spec, &edited, &e);
}

#define EDIT(...)                                                                 \
    edit_words((const char *const[]){ __VA_ARGS__ },                              \
               sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

#define REFUSED(why, ...)              \
    do {                               \
        EQ_INT(EDIT(__VA_ARGS__), -1); \
        EQ_STR(e.text, why);           \
    } while (0)

static const char *joined(const struct texts *list)
{
    OWN_TEXT out = { 0 };

    for (size_t i = 0; i < list->n; i++)
        text_printf(&out, "%s%s", i ? " " : "", list->v[i]);
    return arena_text(arena, out.n ? out.s : "");
}

/* "TYPE SOURCE WORD WORD..." of what is mounted there, last. */
static const char *mounted(const char *at)
{
    for (size_t i = spec.mounts.n; i-- > 0;) {
        const struct spec_mount *m = &spec.mounts.v[i];

        if (strcmp(m->destination, at) == 0)
            return arena_printf(arena, "%s %s %s", m->type, m->source, joined(&m->options));
    }
    return NULL;
}

TEST(nothing_changes_nothing)
{
    OWN_TEXT before = { 0 };
    OWN_TEXT after = { 0 };
    struct spec untouched = { 0 };

    EQ_INT(EDIT("--"), -1);
    EQ_STR(e.text, "no command behind --");
    EQ_INT(edit_words(NULL, 0), 0);
    spec_default(arena, &untouched, &(struct spec_default_options){ .rootless = true });
    spec_write(&untouched, &before);
    edit_write(arena, &spec, &edited, &after);
    EQ_STR(after.s, before.s);
}

TEST(volumes)
{
    EQ_INT(EDIT("-v", "src:/src", "-v", "/a/../b:/b:ro,nosuid", "--volume=.:/here:bind,optional"), 0);
    EQ_STR(mounted("/src"), "bind /here/src rbind");
    EQ_STR(mounted("/b"), "bind /b rbind ro nosuid");
    EQ_STR(mounted("/here"), "bind /here bind optional");
    EQ_INT(spec.mounts.n, 10);
    EQ_INT(EDIT("-v", "src:/src:nosuid,O"), 0);
    EQ_STR(mounted("/src"), "overlay overlay lowerdir=/here/src ephemeral nosuid");
    REFUSED("--volume src:/src:O,rbind: unknown word \"rbind\"", "-v", "src:/src:O,rbind");

    REFUSED("--volume /a: wants SRC:DST or SRC:DST:WORD,...", "-v", "/a");
    REFUSED("--volume :/a: wants SRC:DST or SRC:DST:WORD,...", "-v", ":/a");
    REFUSED("--volume /a:b: wants an absolute path in the container, found \"b\"", "-v", "/a:b");
    REFUSED("--volume /a:/b:/c: has too many colons", "-v", "/a:/b:/c");
    REFUSED("--volume /a:/b:ro:rw: has too many colons", "-v", "/a:/b:ro:rw");
    EQ_STR(e.hint, "--mount type=bind,src=SRC,dst=DST takes paths with colons");
    REFUSED("--volume /a:/b:ro,rw: ro and rw exclude each other", "-v", "/a:/b:ro,rw");
    REFUSED("--volume /a:/b:bind,rbind: bind and rbind exclude each other", "-v", "/a:/b:bind,rbind");
    REFUSED("--volume /a:/b:: a word is empty", "-v", "/a:/b:");
    REFUSED("--volume /a:/b:size=1m: unknown word \"size=1m\"", "-v", "/a:/b:size=1m");
    REFUSED("--volume /a:/b:Z: rcrun changes no labels of a source, so not supported: \"Z\"", "-v",
            "/a:/b:Z");
    REFUSED("--volume /a:/b:U: rcrun changes no owners of a source, so not supported: \"U\"", "-v",
            "/a:/b:U");
    REFUSED("--volume /c:/b/./: there is another mount at \"/b/./\"", "-v", "/a:/b", "-v",
            "/c:/b/./");
}

TEST(paths_stay_as_typed_where_they_begin_at_the_bundle)
{
    place.bundle = true;
    EQ_INT(EDIT("-v", "src/:/src", "--rootfs", "deb//", "--upper", "./up", "--lower", "/l/"), 0);
    place.bundle = false;
    EQ_STR(mounted("/src"), "bind src rbind");
    EQ_STR(spec.root->path, "deb");
    EQ_STR(spec_annotation(&spec, ANNOTATION_ROOT_UPPER), "./up");
    EQ_STR(spec_annotation(&spec, ANNOTATION_ROOT_LOWER "0"), "/l");
}

TEST(tmpfs)
{
    EQ_INT(EDIT("--tmpfs", "/run", "--tmpfs=/t:size=1m,exec,mode=0700,tmpcopyup"), 0);
    EQ_STR(mounted("/run"), "tmpfs tmpfs nosuid nodev noexec");
    EQ_STR(mounted("/t"), "tmpfs tmpfs size=1m exec mode=0700 tmpcopyup nosuid nodev");
    /* In place of the one that the config has, and at its place among the others. */
    EQ_INT(EDIT("--tmpfs", "/dev/shm:size=1g"), 0);
    EQ_INT(spec.mounts.n, 7);
    EQ_STR(spec.mounts.v[3].destination, "/dev/shm");
    EQ_STR(mounted("/dev/shm"), "tmpfs tmpfs size=1g nosuid nodev noexec");
    REFUSED("--tmpfs run: wants an absolute path in the container, found \"run\"", "--tmpfs", "run");
    REFUSED("--tmpfs /run:rbind: unknown word \"rbind\"", "--tmpfs", "/run:rbind");
    REFUSED("--tmpfs /run:size=: unknown word \"size=\"", "--tmpfs", "/run:size=");
    REFUSED("--tmpfs /run:exec,noexec: exec and noexec exclude each other", "--tmpfs",
            "/run:exec,noexec");
}

TEST(mount)
{
    EQ_INT(EDIT("--mount", "type=bind,source=a:b,target=/x,readonly,bind-propagation=rslave"), 0);
    EQ_STR(mounted("/x"), "bind /here/a:b rbind ro rslave");
    EQ_INT(EDIT("--mount", "src=/a,dst=/x,ro=false,bind-nonrecursive,noexec"), 0);
    EQ_STR(mounted("/x"), "bind /a rw bind noexec");
    EQ_INT(EDIT("--mount", "\"src=/a,\"\"b\",\"dst=/x,y\""), 0);
    EQ_STR(mounted("/x,y"), "bind /a,\"b rbind");
    EQ_INT(EDIT("--mount", "tmpfs-size=1m,type=tmpfs,tmpfs-mode=1700,destination=/x,notmpcopyup"), 0);
    EQ_STR(mounted("/x"), "tmpfs tmpfs size=1m mode=1700 nosuid nodev noexec");
    EQ_INT(EDIT("--mount", "type=overlay,dst=/x,lowerdir=/a:/b,userxattr"), 0);
    EQ_STR(mounted("/x"), "overlay overlay lowerdir=/a:/b userxattr");

    REFUSED("--mount src=/a: dst is missing", "--mount", "src=/a");
    REFUSED("--mount dst=/a: src is missing", "--mount", "dst=/a");
    REFUSED("--mount type=tmpfs,src=/a,dst=/x: a tmpfs has no src", "--mount",
            "type=tmpfs,src=/a,dst=/x");
    REFUSED("--mount type=volume,src=a,dst=/x: not supported: type \"volume\"", "--mount",
            "type=volume,src=a,dst=/x");
    REFUSED("--mount src=/a,dst=/x,dst=/y: given twice: \"dst\"", "--mount", "src=/a,dst=/x,dst=/y");
    REFUSED("--mount src,dst=/x: wants a value: \"src\"", "--mount", "src,dst=/x");
    REFUSED("--mount src=/a,dst=/x,ro=maybe: wants true or false for \"ro\"", "--mount",
            "src=/a,dst=/x,ro=maybe");
    REFUSED("--mount src=/a,dst=/x,bind-propagation=up: wants private, slave, shared or the like for "
            "\"bind-propagation\"",
            "--mount", "src=/a,dst=/x,bind-propagation=up");
    REFUSED("--mount src=/a,dst=/x,U=true: rcrun changes no owners of a source, so not supported: "
            "\"U\"",
            "--mount", "src=/a,dst=/x,U=true");
    REFUSED("--mount src=/a,dst=/x,x=y: unknown word \"x=y\"", "--mount", "src=/a,dst=/x,x=y");
    REFUSED("--mount \"src=/a,dst=/x: a double quote does not end", "--mount", "\"src=/a,dst=/x");
    REFUSED("--mount src=/a,,dst=/x: a word is empty", "--mount", "src=/a,,dst=/x");
}

TEST(an_error_about_a_mount_names_its_option)
{
    EQ_INT(EDIT("-v", "/a:/proc/x"), 0);
    err_set(&e, 2, "mounts[7].destination: a mount on /proc/x is not allowed");
    err_hint(&e, "a hint");
    OK(edit_name_option(&edited, &e));
    EQ_STR(e.text, "--volume /a:/proc/x: destination: a mount on /proc/x is not allowed: no such "
                   "file or directory");
    EQ_STR(e.hint, "a hint");
    EQ_INT(e.num, 2);
    err_set(&e, 0, "mounts[6].source: x");
    OK(!edit_name_option(&edited, &e));
    err_set(&e, 0, "mounts[70].source: x");
    OK(!edit_name_option(&edited, &e));
    EQ_STR(e.text, "mounts[70].source: x");
}

TEST(an_error_about_an_annotation_names_its_option)
{
    EQ_INT(EDIT("--ephemeral=1x", "--annotation", "org.rcrun.root.driver=x"), 0);
    err_set(&e, 0, "annotations[\"org.rcrun.root.size\"]: \"1x\" is no size");
    OK(edit_name_option(&edited, &e));
    EQ_STR(e.text, "--ephemeral: \"1x\" is no size");
    err_set(&e, 0, "annotations[\"org.rcrun.root.driver\"]: no");
    OK(!edit_name_option(&edited, &e));
}

TEST(variables)
{
    const char *files[] = { "\xef\xbb\xbf# no\n\n  A=1 # two\r\nLANG\nMISSING\nTERM=\"q\"\n",
                                         "A=3\n" };

    place.env_files = (struct texts){ .v = files, .n = 2 };
    EQ_INT(EDIT("--env-file", "a", "--env-file", "b", "-e", "B=x=y", "-eEMPTY", "-e", "ODD", "-e",
                "TERM=vt100"),
           0);
    EQ_STR(joined(&spec.process->env), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
                                       "/bin TERM=vt100 A=3 LANG=C B=x=y EMPTY=");
    files[0] = "A=1\n=x\n";
    REFUSED("--env-file a: line 2: the name is missing", "--env-file", "a", "--env-file", "b");
    files[0] = "A B=1";
    REFUSED("--env-file a: line 1: a blank in the name", "--env-file", "a", "--env-file", "b");
    place.env_files = (struct texts){ 0 };
    REFUSED("--env: wants NAME=VALUE or NAME, found \"=x\"", "-e", "=x");
    REFUSED("--env: wants NAME=VALUE or NAME, found \"\"", "-e", "");
}

TEST(the_process)
{
    EQ_INT(EDIT("--cwd", "/tmp", "-u", "1000:100", "--hostname", "box", "-T", "--", "a", "b"), 0);
    EQ_STR(joined(&spec.process->args), "a b");
    EQ_STR(spec.process->cwd, "/tmp");
    EQ_INT(spec.process->user.uid, 1000);
    EQ_INT(spec.process->user.gid, 100);
    EQ_STR(spec.hostname, "box");
    OK(!spec.process->terminal);
    EQ_INT(EDIT("-t"), 0);
    OK(spec.process->terminal);
    REFUSED("--cwd: wants an absolute path, found \"tmp\"", "--cwd", "tmp");
    REFUSED("--user: wants UID or UID:GID, in digits, found \"www\"", "-u", "www");
    OK(*e.hint);
    REFUSED("--user: wants UID or UID:GID, in digits, found \"1:\"", "-u", "1:");
    REFUSED("--user: wants UID or UID:GID, in digits, found \"4294967295\"", "-u", "4294967295");
    REFUSED("--tty and --no-tty exclude each other", "-tT");
    REFUSED("--hostname: wants 1 to 64 bytes, found \"\"", "--hostname", "");
}

#define FEW "CAP_AUDIT_WRITE CAP_KILL CAP_NET_BIND_SERVICE"

TEST(capabilities)
{
    EQ_INT(EDIT("--cap-add", "net_raw", "--cap-add", "CAP_CHOWN", "--cap-drop", "kill"), 0);
    EQ_STR(joined(&spec.process->capabilities->bounding),
           "CAP_AUDIT_WRITE CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_CHOWN");
    EQ_STR(joined(&spec.process->capabilities->effective),
           joined(&spec.process->capabilities->bounding));
    EQ_STR(joined(&spec.process->capabilities->permitted),
           joined(&spec.process->capabilities->bounding));
    EQ_INT(spec.process->capabilities->ambient.n, 0);
    EQ_INT(spec.process->capabilities->inheritable.n, 0);
    /* Who is not root would lose it over exec. */
    EQ_INT(EDIT("--cap-add", "NET_RAW", "--cap-add", "NET_RAW", "-u", "1"), 0);
    EQ_STR(joined(&spec.process->capabilities->ambient), "CAP_NET_RAW");
    EQ_STR(joined(&spec.process->capabilities->inheritable), "CAP_NET_RAW");
    EQ_STR(joined(&spec.process->capabilities->bounding), FEW " CAP_NET_RAW");
    EQ_INT(EDIT("--cap-drop", "ALL", "--cap-add", "chown"), 0);
    EQ_STR(joined(&spec.process->capabilities->permitted), "CAP_CHOWN");
    EQ_INT(EDIT("--cap-add", "all", "--cap-drop", "SYS_ADMIN"), 0);
    EQ_INT(spec.process->capabilities->bounding.n, 40);
    EQ_INT(EDIT("--cap-drop", "all"), 0);
    EQ_INT(spec.process->capabilities->bounding.n, 0);
    REFUSED("--cap-add: there is no capability \"NET_ROW\"", "--cap-add", "NET_ROW");
    EQ_STR(e.hint, "did you mean CAP_NET_RAW?");
    REFUSED("--cap-drop: there is no capability \"\"", "--cap-drop", "");
    REFUSED("--cap-add CAP_KILL and --cap-drop CAP_KILL exclude each other", "--cap-add", "kill",
            "--cap-drop", "CAP_KILL");
    REFUSED("--cap-add ALL and --cap-drop ALL exclude each other", "--cap-add", "ALL", "--cap-drop",
            "ALL");
}

static const char *note(const char *key)
{
    return spec_annotation(&spec, key);
}

TEST(overlay_roots_become_annotations)
{
    EQ_INT(EDIT("--rootfs", "r:O"), 0);
    EQ_STR(spec.root->path, "/here/r");
    EQ_STR(note("org.rcrun.root.overlay"), "ephemeral");
    EQ_STR(note("org.rcrun.root.size"), NULL);
    EQ_INT(EDIT("--rootfs", "r:O/", "--ephemeral=512m"), 0);
    EQ_STR(spec.root->path, "/here/r:O");
    EQ_STR(note("org.rcrun.root.size"), "512m");
    EQ_INT(EDIT("--upper", "up", "--lower", "l0", "--lower=/l1", "--volatile", "--overlay-driver",
                "fuse"),
           0);
    EQ_STR(note("org.rcrun.root.overlay"), "upper");
    EQ_STR(note("org.rcrun.root.upper"), "/here/up");
    EQ_STR(note("org.rcrun.root.lower.0"), "/here/l0");
    EQ_STR(note("org.rcrun.root.lower.1"), "/l1");
    EQ_STR(note("org.rcrun.root.volatile"), "true");
    EQ_STR(note("org.rcrun.root.driver"), "fuse");
    /* The command line wins, and what belongs to the other kind goes. */
    EQ_INT(EDIT("--annotation", "org.rcrun.root.overlay=upper", "--annotation",
                "org.rcrun.root.upper=/u", "--annotation", "org.rcrun.root.lower.1=/x", "--annotation",
                "a=b=c", "--annotation", "a=d", "--ephemeral", "--lower", "/l"),
           0);
    EQ_STR(note("org.rcrun.root.overlay"), "ephemeral");
    EQ_STR(note("org.rcrun.root.upper"), NULL);
    EQ_STR(note("org.rcrun.root.lower.1"), NULL);
    EQ_STR(note("a"), "d");
    REFUSED("--ephemeral and --upper exclude each other", "--ephemeral", "--upper", "u");
    REFUSED("--rootfs DIR:O and --upper exclude each other", "--rootfs=r:O", "--upper", "u");
    REFUSED("--upper: wants a directory", "--upper=");
    REFUSED("--lower: wants a directory", "--lower", "");
    REFUSED("--rootfs: wants a directory", "--rootfs=");
    REFUSED("--annotation: wants KEY=VALUE, found \"x\"", "--annotation", "x");
    REFUSED("--ro and --rw exclude each other", "--ro", "--rw");
    REFUSED("unknown overlay-driver \"x\" (auto, kernel, fuse)", "--overlay-driver=x");
}

TEST(another_map_takes_the_place_of_the_one_that_is_written)
{
    EQ_INT(EDIT("--userns", "keep-id"), 0);
    EQ_STR(note("org.rcrun.userns"), "keep-id");
    EQ_INT(spec.linux_->uid_mappings.n + spec.linux_->gid_mappings.n, 0);
    EQ_INT(spec.linux_->namespaces.n, 7);
    REFUSED("--userns: keep: wants default, single, keep-id or keep-id:uid=N,gid=N", "--userns",
            "keep");
    REFUSED("--userns and --net=container:ID exclude each other", "--userns=single", "--net",
            "container:x");
}

TEST(what_is_said_of_the_network_is_written_as_the_planner_reads_it)
{
    OWN_TEXT out = { 0 };
    const char *at;

    EQ_INT(EDIT("--annotation", "org.rcrun.network=slirp,mtu=1400", "--annotation",
                "org.rcrun.network.dns=1.1.1.1", "--net=internal,mtu=1500,cidr=10.9.0.0/24", "--dns",
                "9.9.9.9", "--no-hosts", "-p", "80", "-p", "81"),
           0);
    EQ_INT(edited.network.n, 5);
    edit_write(arena, &spec, &edited, &out);
    at = strstr(out.s, "\"annotations\"");
    NEED(at);
    OK(strstr(at, "\"org.rcrun.network\": \"internal,mtu=1400\""));
    OK(strstr(at, "\"org.rcrun.network.mtu\": \"1500\""));
    OK(strstr(at, "\"org.rcrun.network.cidr\": \"10.9.0.0/24\""));
    OK(strstr(at, "\"org.rcrun.network.dns\": \"1.1.1.1 9.9.9.9\""));
    OK(strstr(at, "\"org.rcrun.network.no-hosts\": \"on\""));
    OK(strstr(at, "\"org.rcrun.network.publish\": \"80 81\""));
    /* The spec itself is untouched: there the options are the stronger ones. */
    EQ_STR(note("org.rcrun.network"), "slirp,mtu=1400");
    text_free(&out);
    EQ_INT(EDIT("--annotation", "org.rcrun.network=slirp", "--annotation",
                "org.rcrun.network.dns=1.1.1.1", "--net=none"),
           0);
    edit_write(arena, &spec, &edited, &out);
    OK(!strstr(out.s, "org.rcrun.network"));
}

TEST(an_edit_of_one_value_is_given_once)
{
    REFUSED("--cwd: given twice", "--cwd", "/a", "--cwd=/a");
    REFUSED("--ephemeral: given twice", "--ephemeral", "--ephemeral=1m");
    REFUSED("--overlay-driver: given twice", "--overlay-driver=auto", "--overlay-driver=fuse");
    REFUSED("--net: given twice", "--net=none", "--net", "host");
    REFUSED("--rootfs: given twice", "--rootfs", "a", "--rootfs", "b");
    REFUSED("--upper: given twice", "--upper", "a", "--upper", "b");
    REFUSED("--userns: given twice", "--userns", "single", "--userns", "single");
    REFUSED("--hostname: given twice", "--hostname", "a", "--hostname", "b");
    REFUSED("--user: given twice", "-u1", "-u2");
    EQ_INT(EDIT("-t", "-t", "--ro", "--ro"), 0);
}
