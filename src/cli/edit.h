/* cli/edit.h - options that change what config.json says.
 *
 * Pure: from spec to spec, after loading and before spec_check(), so that an option cannot
 * do what a config could not. */
#ifndef RCRUN_CLI_EDIT_H
#define RCRUN_CLI_EDIT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/options.h"
#include "net/network.h"
#include "spec/spec.h"

struct edit {
    bool ro, rw;
    const char *net;
    struct texts publish, dns, dns_search, dns_option, add_host;
    bool no_hosts, no_hostname;

    /* No options: of the container that --net=container:ID names, filled in by who can look. */
    const char *container_net, *container_user;
};

/* Rows for a struct T whose member m is the struct edit. */
/* clang-format off */
#define EDIT_OPTIONS(T, m)                                                            \
    { "ro", 0, OPTION_FLAG, offsetof(T, m.ro), NULL,                                  \
      "read-only root file system", GROUP_SHORT_WAY, NULL },                          \
    { "rw", 0, OPTION_FLAG, offsetof(T, m.rw), NULL,                                  \
      "writable root file system", GROUP_SHORT_WAY, NULL },                           \
    { "net", 0, OPTION_TEXT, offsetof(T, m.net), "MODE[,KEY=VALUE...]",               \
      "none, host, slirp, internal, path:/PATH or container:ID",                      \
      GROUP_SHORT_WAY, NULL },                                                        \
    { "publish", 'p', OPTION_LIST, offsetof(T, m.publish), "[[ADDRESS:]HOST:]PORT",   \
      "lead a port of the host into the container", GROUP_SHORT_WAY, NULL },          \
    { "dns", 0, OPTION_LIST, offsetof(T, m.dns), "ADDRESS",                           \
      "resolver to ask, or none for no resolv.conf", GROUP_SHORT_WAY, NULL },         \
    { "dns-search", 0, OPTION_LIST, offsetof(T, m.dns_search), "DOMAIN",              \
      "domain to look up short names in", GROUP_SHORT_WAY, NULL },                    \
    { "dns-option", 0, OPTION_LIST, offsetof(T, m.dns_option), "WORD",                \
      "option of resolv.conf(5)", GROUP_SHORT_WAY, NULL },                            \
    { "add-host", 0, OPTION_LIST, offsetof(T, m.add_host), "NAME:ADDRESS",            \
      "line of /etc/hosts; host-gateway is the gateway", GROUP_SHORT_WAY, NULL },     \
    { "no-hosts", 0, OPTION_FLAG, offsetof(T, m.no_hosts), NULL,                      \
      "leave /etc/hosts as it is", GROUP_SHORT_WAY, NULL },                           \
    { "no-hostname", 0, OPTION_FLAG, offsetof(T, m.no_hostname), NULL,                \
      "leave /etc/hostname as it is", GROUP_SHORT_WAY, NULL }
/* clang-format on */

/* The container that --net names, whose namespaces must be filled in, or NULL. */
int edit_container(struct arena *a, const struct edit *edit, const char **id, struct err *e);

/* command: the words behind "--".  *network: what was said of it, checked, for plan_options. */
int edit_spec(struct arena *a, const struct edit *edit, const struct texts *command, struct spec *s,
              struct dict *network, struct err *e);

#endif
