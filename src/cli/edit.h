/* cli/edit.h - options that change what config.json says.
 *
 * Pure: from spec to spec, after loading and before spec_check(), so that an option cannot
 * do what a config could not, and `spec` with the same options writes the config that they make. */
#ifndef RCRUN_CLI_EDIT_H
#define RCRUN_CLI_EDIT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/options.h"
#include "base/text.h"
#include "net/network.h"
#include "spec/spec.h"

struct edit {
    const char *rootfs, *ephemeral, *upper, *userns, *cwd, *user, *hostname;
    bool ro, rw, tty, no_tty, volatile_;
    int driver; /* a word of edit_drivers, 0 = not given */
    struct texts lower, env, env_files, cap_add, cap_drop, annotations;
    struct dict mounts; /* --volume, --tmpfs and --mount, in the order of the command line */

    const char *net;
    struct texts publish, dns, dns_search, dns_option, add_host;
    const char *hosts;
    bool no_hosts, no_hostname;

    /* No options: of the container that --net=container:ID names, filled in by who can look. */
    const char *container_net, *container_user;
};

extern const struct name edit_drivers[];

/* Rows for a struct T whose member m is the struct edit. */
/* clang-format off */
#define EDIT_OPTIONS(T, m)                                                            \
    { "rootfs", 0, OPTION_TEXT, offsetof(T, m.rootfs), "DIR[:O]",                     \
      "root directory, needs no config; O: --ephemeral",                              \
      GROUP_SHORT_WAY, NULL },                                                        \
    { "ephemeral", 0, OPTION_TEXT_MAYBE, offsetof(T, m.ephemeral), "[=SIZE]",         \
      "throw changes of the root away at the end", GROUP_SHORT_WAY, NULL },           \
    { "upper", 0, OPTION_TEXT, offsetof(T, m.upper), "DIR",                           \
      "keep changes of the root in DIR", GROUP_SHORT_WAY, NULL },                     \
    { "ro", 0, OPTION_FLAG, offsetof(T, m.ro), NULL,                                  \
      "read-only root file system", GROUP_SHORT_WAY, NULL },                          \
    { "rw", 0, OPTION_FLAG, offsetof(T, m.rw), NULL,                                  \
      "writable root file system", GROUP_SHORT_WAY, NULL },                           \
    { "volume", 'v', OPTION_PAIRS, offsetof(T, m.mounts), "SRC:DST[:WORD,...]",       \
      "mount SRC of the host at DST; ro: read-only", GROUP_SHORT_WAY, NULL },         \
    { "env", 'e', OPTION_LIST, offsetof(T, m.env), "K[=V]",                           \
      "set a variable, or take it from the caller", GROUP_SHORT_WAY, NULL },          \
    { "user", 'u', OPTION_TEXT, offsetof(T, m.user), "UID[:GID]",                     \
      "user, by number", GROUP_SHORT_WAY, NULL },                                     \
    { "net", 0, OPTION_TEXT, offsetof(T, m.net), "MODE[,KEY=VALUE...]",               \
      "none, host, slirp, internal, path: or container:", GROUP_SHORT_WAY, NULL },    \
    { "publish", 'p', OPTION_LIST, offsetof(T, m.publish), "[[ADDRESS:]HOST:]PORT",   \
      "lead a port of the host into the container", GROUP_SHORT_WAY, NULL },          \
    { "tmpfs", 0, OPTION_PAIRS, offsetof(T, m.mounts), "DST[:WORD,...]",              \
      "mount an empty tmpfs at DST", GROUP_MORE, NULL },                              \
    { "mount", 0, OPTION_PAIRS, offsetof(T, m.mounts), "KEY=VALUE,...",               \
      "mount type=bind (or tmpfs, ...),src=SRC,dst=DST,WORD,...", GROUP_MORE, NULL }, \
    { "lower", 0, OPTION_LIST, offsetof(T, m.lower), "DIR",                           \
      "a read-only layer above the root directory", GROUP_MORE, NULL },               \
    { "volatile", 0, OPTION_FLAG, offsetof(T, m.volatile_), NULL,                     \
      "do not sync what --upper keeps", GROUP_MORE, NULL },                           \
    { "overlay-driver", 0, OPTION_WORD, offsetof(T, m.driver), "WORD",                \
      "auto, kernel or fuse", GROUP_MORE, edit_drivers },                             \
    { "userns", 0, OPTION_TEXT, offsetof(T, m.userns), "MAP",                         \
      "default, single or keep-id[:uid=N,gid=N]", GROUP_MORE, NULL },                 \
    { "env-file", 0, OPTION_LIST, offsetof(T, m.env_files), "FILE",                   \
      "variables, one a line", GROUP_MORE, NULL },                                    \
    { "cwd", 0, OPTION_TEXT, offsetof(T, m.cwd), "DIR",                               \
      "working directory", GROUP_MORE, NULL },                                        \
    { "hostname", 0, OPTION_TEXT, offsetof(T, m.hostname), "NAME",                    \
      "name of the container's host", GROUP_MORE, NULL },                             \
    { "tty", 't', OPTION_FLAG, offsetof(T, m.tty), NULL,                              \
      "give it a terminal", GROUP_MORE, NULL },                                       \
    { "no-tty", 'T', OPTION_FLAG, offsetof(T, m.no_tty), NULL,                        \
      "give it none", GROUP_MORE, NULL },                                             \
    { "cap-add", 0, OPTION_LIST, offsetof(T, m.cap_add), "CAP",                       \
      "add a capability, or ALL", GROUP_MORE, NULL },                                 \
    { "cap-drop", 0, OPTION_LIST, offsetof(T, m.cap_drop), "CAP",                     \
      "take a capability away, or ALL", GROUP_MORE, NULL },                           \
    { "annotation", 0, OPTION_LIST, offsetof(T, m.annotations), "K=V",                \
      "set an annotation", GROUP_MORE, NULL },                                        \
    { "dns", 0, OPTION_LIST, offsetof(T, m.dns), "ADDRESS",                           \
      "resolver to ask, or none for no resolv.conf", GROUP_MORE, NULL },              \
    { "dns-search", 0, OPTION_LIST, offsetof(T, m.dns_search), "DOMAIN",              \
      "domain to look up short names in", GROUP_MORE, NULL },                         \
    { "dns-option", 0, OPTION_LIST, offsetof(T, m.dns_option), "WORD",                \
      "option of resolv.conf(5)", GROUP_MORE, NULL },                                 \
    { "add-host", 0, OPTION_LIST, offsetof(T, m.add_host), "NAME:ADDRESS",            \
      "line of /etc/hosts; host-gateway is the gateway", GROUP_MORE, NULL },          \
    { "hosts", 0, OPTION_TEXT, offsetof(T, m.hosts), "image",                         \
      "keep the lines of the image's /etc/hosts", GROUP_MORE, NULL },                 \
    { "no-hosts", 0, OPTION_FLAG, offsetof(T, m.no_hosts), NULL,                      \
      "leave /etc/hosts as it is", GROUP_MORE, NULL },                                \
    { "no-hostname", 0, OPTION_FLAG, offsetof(T, m.no_hostname), NULL,                \
      "leave /etc/hostname as it is", GROUP_MORE, NULL }
/* clang-format on */

/* Where the options were typed. */
struct edit_place {
    const char *dir;         /* where relative paths begin, absolute */
    bool bundle;             /* that is the bundle, and they may stay as they are */
    const char *const *env;  /* the caller's variables, NULL ends */
    uint32_t uid, gid;       /* his ids, where --userns needs them */
    struct texts env_files;  /* the text of each --env-file */
};

/* What more there is to know of an edited spec. */
struct edited {
    struct dict network; /* what was said of the network, checked, for plan_options */
    struct {
        struct edited_mount {
            size_t at; /* mounts[at] comes from: */
            const char *option, *text;
            const char *source; /* what must be there on the host, absolute, or NULL */
        } *v;
        size_t n;
    } mounts;
    struct dict notes; /* annotations and the options that they come from */
};

/* The container that --net names, whose namespaces must be filled in, or NULL. */
int edit_container(struct arena *a, const struct edit *edit, const char **id, struct err *e);

/* The directory of --rootfs. */
const char *edit_rootfs(struct arena *a, const struct edit *edit);

/* command: the words behind "--". */
int edit_spec(struct arena *a, const struct edit *edit, const struct edit_place *place,
              const struct texts *command, struct spec *s, struct edited *out, struct err *e);

/* UID[:GID], of the option --user. */
int edit_user(struct arena *a, const char *text, struct spec_user *u, struct err *e);

/* The config that is the same as the spec with what was said of the network. */
void edit_write(struct arena *a, const struct spec *s, const struct edited *edited,
                struct text *out);

/* Names the option in an error about a mount or an annotation that came from one; false: it did
 * not. */
bool edit_name_option(const struct edited *edited, struct err *e);

#endif
