/* cli/checkpoint.c - a running container written to files, and back.
 *
 * CRIU, which does it, needs privileges in the initial user namespace.  The options are those
 * of other runtimes, since engines ask for them (podman: checkpoint --help), and all of them are
 * refused together, so what they say is read and not kept apart. */
#include "cli/command.h"

struct criu_options {
    bool flag;
    const char *text;
    uint32_t number;
    struct texts list;
    int mode;
};

static const struct name modes[] = {
    { "soft", 0 }, { "full", 1 }, { "strict", 2 }, { "ignore", 3 }, { NULL, 0 },
};

/* clang-format off */
#define AT(member) offsetof(struct criu_options, member)
#define FLAG(name, letter, help) \
    { name, letter, OPTION_FLAG, AT(flag), NULL, help, GROUP_PLAIN, NULL }
#define TEXT(name, letter, arg, help) \
    { name, letter, OPTION_TEXT, AT(text), arg, help, GROUP_PLAIN, NULL }
#define BOTH \
    TEXT("image-path", 0, "DIR", "directory of the image"), \
    TEXT("work-path", 0, "DIR", "directory of the log"), \
    FLAG("tcp-established", 0, "keep TCP connections"), \
    FLAG("file-locks", 0, "keep file locks"), \
    FLAG("ext-unix-sk", 0, "allow unix sockets to outside"), \
    FLAG("shell-job", 0, "allow a terminal of outside"), \
    FLAG("link-remap", 0, "allow files that were removed"), \
    FLAG("lazy-pages", 0, "move memory on demand"), \
    FLAG("auto-dedup", 0, "remove memory that an older image has, too"), \
    { "manage-cgroups-mode", 0, OPTION_WORD, AT(mode), "WORD", \
      "soft, full, strict or ignore", GROUP_PLAIN, modes }, \
    TEXT("network-lock", 0, "WORD", "how the network is locked"), \
    { "empty-ns", 0, OPTION_LIST, AT(list), "TYPE", \
      "leave out what is in a namespace of TYPE", GROUP_PLAIN, NULL }

static const struct option_row checkpoint_options[] = {
    BOTH,
    TEXT("parent-path", 0, "DIR", "directory of the image before it"),
    FLAG("leave-running", 0, "let the container run on"),
    FLAG("pre-dump", 0, "write memory only, and let it run on"),
    FLAG("tcp-skip-in-flight", 0, "leave out connections that are being made"),
    TEXT("page-server", 0, "ADDR:PORT", "send memory there"),
    { "status-fd", 0, OPTION_NUMBER, AT(number), "N",
      "write a NUL to descriptor N when memory can be fetched", GROUP_PLAIN, NULL },
    { 0 },
};

static const struct option_row restore_options[] = {
    BOTH,
    TEXT("bundle", 'b', "DIR", "directory of the container (default: .)"),
    FLAG("detach", 'd', "return when the program runs"),
    TEXT("pid-file", 0, "FILE", "write the process id of the container to FILE"),
    TEXT("console-socket", 0, "SOCKET", "send the terminal of the container there"),
    FLAG("no-subreaper", 0, "never be a subreaper"),
    FLAG("no-pivot", 0, "no pivot_root(2), which fails on a ramdisk"),
    FLAG("tcp-close", 0, "close TCP connections"),
    TEXT("lsm-profile", 0, "TYPE:NAME", "label of the processes"),
    TEXT("lsm-mount-context", 0, "CONTEXT", "label of the mounts"),
    { 0 },
};
#undef BOTH
#undef TEXT
#undef FLAG
#undef AT
/* clang-format on */

static int refuse(struct call *c, struct err *e)
{
    return err_set(e, 0, "%s is not supported: CRIU, which does it, needs root on the host",
                   c->command->name);
}

static const char *const checkpoint_examples[] = { "rcrun checkpoint web",
                                                   "rcrun checkpoint --image-path /srv/image web",
                                                   NULL };
static const char *const restore_examples[] = { "rcrun restore web",
                                                "rcrun restore --image-path /srv/image web", NULL };

const struct command command_checkpoint = {
    .name = "checkpoint",
    .usage = "[OPTION...] ID",
    .sentence = "Would write a running container to files; refused, since it needs root.",
    .line = "refused: needs root",
    .options = checkpoint_options,
    .size = sizeof(struct criu_options),
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = checkpoint_examples,
    .run = refuse,
};

const struct command command_restore = {
    .name = "restore",
    .usage = "[OPTION...] ID",
    .sentence = "Would make a container from such files; refused, since it needs root.",
    .line = "refused: needs root",
    .options = restore_options,
    .size = sizeof(struct criu_options),
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = restore_examples,
    .run = refuse,
};
