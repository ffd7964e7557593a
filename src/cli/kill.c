/* cli/kill.c - sends a signal to the first process of a container. */
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "cli/processes.h"
#include "os/process.h"

struct kill_options {
    bool all;
};

/* clang-format off */
static const struct option_row options[] = {
    { "all", 'a', OPTION_FLAG, offsetof(struct kill_options, all), NULL,
      "send it to all processes; no error when the container is not running", GROUP_PLAIN, NULL },
    { 0 },
};
/* clang-format on */

/* "SIGRTMIN+2", "rtmax-1" */
static bool parse_real_time(const char *word, int *out)
{
    bool from_max = strncasecmp(word, "RTMAX", 5) == 0;
    uint32_t n = 0;

    if (!from_max && strncasecmp(word, "RTMIN", 5) != 0)
        return false;
    word += 5;
    if (*word && (*word++ != (from_max ? '-' : '+') || !text_u32(word, &n)))
        return false;
    if (n > (uint32_t)(SIGRTMAX - SIGRTMIN))
        return false;
    *out = from_max ? SIGRTMAX - (int)n : SIGRTMIN + (int)n;
    return true;
}

/* A number that the kernel knows, or a name in any case, with or without SIG. */
static bool parse_signal(const char *word, int *out)
{
    uint32_t n;

    if (text_u32(word, &n)) {
        *out = (int)n;
        return n > 0 && n <= (uint32_t)SIGRTMAX;
    }
    if (strncasecmp(word, "SIG", 3) == 0)
        word += 3;
    for (int sig = 1; sig < SIGRTMIN; sig++) {
        const char *name = sigabbrev_np(sig);

        if (name && strcasecmp(name, word) == 0) {
            *out = sig;
            return true;
        }
    }
    return parse_real_time(word, out);
}

static int not_running(const struct container *x, bool all, struct err *e)
{
    if (x->status == STATUS_STOPPED)
        return all ? 0 : container_not_running(x, e);
    err_set(e, 0, "container not running: %s: %s", x->entry.id, status_names[x->status]);
    return err_hint(e, "rcrun delete --force %s ends it", x->entry.id);
}

static int run(struct call *c, struct err *e)
{
    const struct kill_options *o = c->options;
    const char *word = c->operands.n > 1 ? c->operands.v[1] : "TERM";
    OWN_CONTAINER x = CONTAINER_NONE;
    int sig;

    if (!parse_signal(word, &sig))
        return err_set(e, 0, "kill: unknown signal %s", word);
    TRY(container_open(c, c->operands.v[0], true, &x, e));
    if (x.status != STATUS_CREATED && x.status != STATUS_RUNNING)
        return not_running(&x, o->all, e);
    if (o->all)
        return processes_signal(c, &x, sig, e);
    if (os_pidfd_signal(x.pidfd, sig, e) == 0)
        return 0;
    return err_ctx(e, "container %s", x.entry.id);
}

static const char *const examples[] = { "rcrun kill web", "rcrun kill web KILL", NULL };

const struct command command_kill = {
    .name = "kill",
    .usage = "[OPTION...] ID [SIGNAL]",
    .sentence = "Sends a signal (default: TERM) to the first process of a container.",
    .line = "send a signal to a container",
    .options = options,
    .size = sizeof(struct kill_options),
    .least = 1,
    .most = 2,
    .operand = "container id",
    .examples = examples,
    .run = run,
};
