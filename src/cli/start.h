/* cli/start.h - what the commands that start a container have in common: from the command
 * line to a plan. */
#ifndef RCRUN_CLI_START_H
#define RCRUN_CLI_START_H

#include "cli/bundle.h"
#include "cli/command.h"
#include "cli/edit.h"
#include "host/facts.h"
#include "plan/plan.h"
#include "spec/spec.h"

struct start_options {
    const char *bundle;
    const char *config;
    const char *pid_file;
    uint32_t preserve_fds;
    bool no_pivot;
    bool no_new_keyring;
    bool no_subreaper;
    bool detach;
    bool keep;
    bool print_config;
    struct edit edit;
    const char *console_socket;
    const char *pidfd_socket;
    const char *facts_from; /* for tests: a file with facts, and the host is not asked */
};

/* Rows for a struct T whose member m is the struct start_options. */
/* clang-format off */
#define START_OPTIONS(T, m)                                                                    \
    { "bundle", 'b', OPTION_TEXT, offsetof(T, m.bundle), "DIR",                                \
      "directory of the container (default: .)", GROUP_PLAIN, NULL },                          \
    { "config", 'f', OPTION_TEXT, offsetof(T, m.config), "FILE",                               \
      "config of the bundle (default: config.json)", GROUP_PLAIN, NULL },                       \
    { "pid-file", 0, OPTION_TEXT, offsetof(T, m.pid_file), "FILE",                             \
      "write the process id of the container to FILE", GROUP_PLAIN, NULL },                    \
    { "preserve-fds", 0, OPTION_NUMBER, offsetof(T, m.preserve_fds), "N",                      \
      "leave N more descriptors open, from 3 on", GROUP_PLAIN, NULL },                          \
    { "no-pivot", 0, OPTION_FLAG, offsetof(T, m.no_pivot), NULL,                               \
      "no pivot_root(2), which fails on a ramdisk",                                             \
      GROUP_PLAIN, NULL },                                                                     \
    { "no-new-keyring", 0, OPTION_FLAG, offsetof(T, m.no_new_keyring), NULL,                   \
      "make no session keyring for the container", GROUP_PLAIN, NULL },                        \
    { "no-subreaper", 0, OPTION_FLAG, offsetof(T, m.no_subreaper), NULL,                       \
      "accepted; rcrun never is a subreaper", GROUP_PLAIN, NULL },                             \
    { "print-config", 0, OPTION_FLAG, offsetof(T, m.print_config), NULL,                       \
      "print the config with its edits, and do nothing", GROUP_PLAIN, NULL },                  \
    { "facts-from", 0, OPTION_TEXT, offsetof(T, m.facts_from), "FILE",                         \
      "", GROUP_HIDDEN, NULL }
#define DETACH_OPTIONS(T, m)                                                                   \
    { "detach", 'd', OPTION_FLAG, offsetof(T, m.detach), NULL,                                 \
      "return when the program runs", GROUP_PLAIN, NULL },                                     \
    { "keep", 0, OPTION_FLAG, offsetof(T, m.keep), NULL,                                       \
      "leave the stopped container for delete", GROUP_PLAIN, NULL }
#define SOCKET_OPTIONS(T, m)                                                                   \
    { "console-socket", 0, OPTION_TEXT, offsetof(T, m.console_socket), "SOCKET",               \
      "send the terminal of the container there", GROUP_PLAIN, NULL },                         \
    { "pidfd-socket", 0, OPTION_TEXT, offsetof(T, m.pidfd_socket), "SOCKET",                   \
      "send a pidfd of the container there", GROUP_PLAIN, NULL }
/* clang-format on */

/* A start that was planned.  Everything is in the call's arena but the texts of the config. */
struct start {
    struct call *call;
    struct bundle bundle;
    struct spec spec;
    struct edited edited;
    struct text config; /* as it was edited; empty: as it was */
    struct plan_options options;
    struct facts facts;
    struct plan plan;
    bool runs; /* the plan will be done, not only shown */
    bool creates;
    bool other_root; /* --rootfs stands in for the root.path of a file */
    bool umoci;      /* the bundle is one of umoci, looked for where somebody reads that */
};

/* The caller's descriptors from 3 on: first those of LISTEN_FDS, then those of --preserve-fds.  A
 * directory would be a way out of the container, and so is O_PATH: both are errors, as is one that
 * is not open. */
int start_check_preserved(uint32_t listen, uint32_t n, struct err *e);

/* A path of the caller, NULL stays NULL: relative to cwd (NULL: the current directory), in the
 * arena.  Error: there is no current directory. */
int start_absolute(struct arena *a, const char *cwd, const char *path, const char **out,
                   struct err *e);
/* --facts-from. */
int start_read_facts(struct arena *a, const char *file, struct facts *f, struct err *e);

/* Loads, edits and checks the config and asks the host what it raises. */
int start_load(struct call *c, const struct start_options *o, const char *id, struct start *s,
               struct err *e);
/* ... and plans. */
int start_plan(struct call *c, const struct start_options *o, const char *id, struct start *s,
               struct err *e);
/* ... and does it; after a failure looks for the cause. */
int start_do(struct call *c, const struct start_options *o, const char *id, struct start *s,
             struct err *e);
/* --print-config: the config, and nothing more. */
int start_print_config(struct call *c, const struct start_options *o, const char *id,
                       struct start *s, struct err *e);
/* Lets go of the texts of the config. */
void start_close(struct start *s);

#endif
