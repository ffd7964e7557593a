/* cli/command.h - what a command is.
 *
 * To add one: a file that ends in its `const struct command`, the declaration here and its
 * line in the table of command.c. */
#ifndef RCRUN_CLI_COMMAND_H
#define RCRUN_CLI_COMMAND_H

#include "base/arena.h"
#include "base/err.h"
#include "base/options.h"

enum rootless { ROOTLESS_AUTO, ROOTLESS_TRUE, ROOTLESS_FALSE };
extern const struct name rootless_words[];
enum cgroup_manager { CGROUPFS, CGROUP_SYSTEMD, CGROUP_DISABLED };

/* What stands before the command. */
struct global {
    const char *log;
    int log_format; /* enum log_format */
    int log_level;  /* enum log_level */
    bool debug;
    const char *root;
    bool systemd_cgroup;
    int cgroup_manager;
    int rootless;
    const char *criu;
    bool version;
};

/* One call of a command. */
struct call {
    struct arena *arena;
    const struct command *command;
    const struct global *global;
    const void *options; /* the command's own struct, filled */
    struct texts operands;
    struct texts rest; /* the words behind "--"; `set` when there was one */
    bool edits;        /* an option that edits the spec was given */
    char *const *argv; /* of the whole program */
    int status;        /* exit status when the command returns 0 */
};

struct command {
    const char *name;
    const char *usage;    /* what stands behind "rcrun NAME" */
    const char *sentence; /* what it does; begins with a capital, ends with a full stop */
    const char *line;     /* the same in the list of commands */
    const struct option_row *options; /* NULL = none */
    size_t size;                      /* of the struct that the options fill */
    enum option_stop stop;
    size_t least, most; /* operands */
    const char *operand;
    bool takes_command;
    const char *const *examples; /* whole command lines; NULL ends */
    int failure;                 /* exit status of its own errors; 0: 1 */
    int (*run)(struct call *c, struct err *e);
};

extern const struct command command_check;
extern const struct command command_checkpoint;
extern const struct command command_create;
extern const struct command command_delete;
extern const struct command command_events;
extern const struct command command_exec;
extern const struct command command_explain;
extern const struct command command_features;
extern const struct command command_help;
extern const struct command command_kill;
extern const struct command command_list;
extern const struct command command_pause;
extern const struct command command_ps;
extern const struct command command_remap;
extern const struct command command_restore;
extern const struct command command_resume;
extern const struct command command_run;
extern const struct command command_spec;
extern const struct command command_start;
extern const struct command command_state;
extern const struct command command_port;
extern const struct command command_unpack;
extern const struct command command_unshare;
extern const struct command command_update;

/* In the order of the help; a command of NULL ends. */
struct command_row {
    const char *title; /* of the group that it begins, or NULL */
    const struct command *command;
};
extern const struct command_row commands[];
extern const struct option_row global_options[];

const struct command *command_find(const char *name);

/* Says what a word that is no command may have meant. */
int command_unknown(const char *name, struct err *e);

/* cli/line.c: reads the whole command line, opens the log, runs the command; the exit status
 * of the program.  The error has been told. */
int command_line(int argc, char *const *argv);

#endif
