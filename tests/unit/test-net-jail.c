#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "rcrun-net/jail.h"
#include "tap.h"

static struct jail jail = { .flows_max = 100 };
static int inherited = -1;

/* ---- what somebody may try who got hold of a worker; true = it worked ------------------------- */

static bool runs_a_program(void)
{
    execl("/bin/true", "true", (char *)NULL);
    return false;
}

static bool opens_a_file(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool opens_a_file_beside_the_root(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/../etc/passwd", O_RDONLY) >= 0;
}

static bool makes_a_file(void)
{
    return open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0;
}

static bool looks_at_a_file(void)
{
    return access("/etc/passwd", F_OK) == 0;
}

static bool makes_a_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool makes_a_netlink_socket(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}

static bool lets_itself_be_traced(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool signals_its_parent(void)
{
    return kill(getppid(), 0) == 0;
}

static bool makes_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static bool turns_data_into_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool forks(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return pid > 0;
}

static bool makes_a_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0;
}

static bool dumps_core(void)
{
    return prctl(PR_SET_DUMPABLE, 1) == 0;
}

static bool uses_ioctl(void)
{
    struct winsize size;

    return ioctl(inherited, TIOCGWINSZ, &size) == 0;
}

static bool duplicates_a_descriptor(void)
{
    return fcntl(inherited, F_DUPFD, 3) >= 0;
}

static bool marks_a_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){ 4096 }, sizeof(int)) == 0;
}

static bool uses_odd_protocols(void)
{
    return socket(AF_INET, SOCK_STREAM, 262 /* MPTCP */) >= 0;
}

static const struct {
    const char *name;
    bool (*works)(void);
} attacks[] = {
#define ATTACK(name) { #name, name }
    ATTACK(runs_a_program),       ATTACK(opens_a_file),
    ATTACK(makes_a_file),         ATTACK(opens_a_file_beside_the_root),
    ATTACK(looks_at_a_file),      ATTACK(makes_a_unix_socket),
    ATTACK(makes_a_netlink_socket), ATTACK(lets_itself_be_traced),
    ATTACK(signals_its_parent),   ATTACK(makes_code),
    ATTACK(turns_data_into_code), ATTACK(forks),
    ATTACK(makes_a_namespace),    ATTACK(dumps_core),
    ATTACK(uses_ioctl),           ATTACK(duplicates_a_descriptor),
    ATTACK(marks_a_socket),       ATTACK(uses_odd_protocols),
};

/* ---- how a child ended ------------------------------------------------------------------------ */

enum { WORKED = 0, REFUSED = 10, NO_JAIL = 11, KILLED = 12 };

enum stages { NONE, FIRST, BOTH };

static bool confine(enum stages stages)
{
    const char *lacks;
    struct err e;

    if (stages >= FIRST && jail_enter(&jail, &lacks, &e) < 0) {
        printf("# %s\n", e.text);
        return false;
    }
    if (stages == BOTH && jail_close(&jail, &e) < 0) {
        printf("# %s\n", e.text);
        return false;
    }
    return true;
}

static int attempt(bool (*works)(void), enum stages stages)
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        if (!confine(stages))
            _exit(NO_JAIL);
        _exit(works() ? WORKED : REFUSED);
    }
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? KILLED : -WTERMSIG(status);
    return WEXITSTATUS(status);
}

TEST(everything_else_is_refused)
{
    inherited = open("/dev/ptmx", O_RDWR);
    for (size_t i = 0; i < COUNT_OF(attacks); i++) {
        int got = attempt(attacks[i].works, BOTH);

        if (got != KILLED && got != REFUSED) {
            printf("# %s: %d\n", attacks[i].name, got);
            OK(false);
        }
    }
}

/* The same attempts where there is no jail: what fails there shows nothing. */
TEST(everything_else_works_outside)
{
    inherited = open("/dev/ptmx", O_RDWR);
    for (size_t i = 0; i < COUNT_OF(attacks); i++)
        if (attempt(attacks[i].works, NONE) != WORKED) {
            /* Not every kernel has it. */
            if (attacks[i].works == uses_odd_protocols)
                continue;
            printf("# %s\n", attacks[i].name);
            OK(false);
        }
}

/* ---- what each stage does by itself ----------------------------------------------------------- */

static bool root_is_empty(void)
{
    return access("/etc", F_OK) < 0 && access("/proc", F_OK) < 0 && access("/..", F_OK) == 0;
}

static bool root_is_read_only(void)
{
    return open("/", O_TMPFILE | O_RDWR, 0600) < 0 && errno == EROFS;
}

static bool limits_are_set(void)
{
    static const int zero[] = { RLIMIT_CORE, RLIMIT_FSIZE, RLIMIT_NPROC, RLIMIT_MEMLOCK };
    struct rlimit l;

    for (size_t i = 0; i < COUNT_OF(zero); i++)
        if (getrlimit(zero[i], &l) < 0 || l.rlim_max != 0)
            return false;
    return fork() < 0;
}

static bool is_not_dumpable(void)
{
    return prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static bool is_not_root(void)
{
    return geteuid() != 0 && getegid() != 0 && setuid(0) < 0;
}

static bool has_no_powers(void)
{
    return unshare(CLONE_NEWNET) < 0 && prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 0;
}

TEST(the_first_stage_leaves_little)
{
    EQ_INT(attempt(root_is_empty, FIRST), WORKED);
    EQ_INT(attempt(root_is_empty, NONE), REFUSED);
    EQ_INT(attempt(root_is_read_only, FIRST), WORKED);
    EQ_INT(attempt(root_is_read_only, NONE), REFUSED);
    EQ_INT(attempt(limits_are_set, FIRST), WORKED);
    EQ_INT(attempt(limits_are_set, NONE), REFUSED);
    EQ_INT(attempt(is_not_dumpable, FIRST), WORKED);
    EQ_INT(attempt(is_not_dumpable, NONE), REFUSED);
    EQ_INT(attempt(is_not_root, FIRST), WORKED);
    EQ_INT(attempt(has_no_powers, FIRST), WORKED);
    EQ_INT(attempt(has_no_powers, NONE), REFUSED);
}

/* Packets need these. */
static bool works_as_it_shall(void)
{
    int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int udp = socket(AF_INET6, SOCK_DGRAM, 0);
    int on = 1;
    bool raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 && errno == EPERM;
    void *memory = malloc(1 << 20);

    free(memory);
    return tcp >= 0 && udp >= 0 && raw && memory && ioctl(tcp, FIONREAD, &on) == 0 &&
           setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           fcntl(tcp, F_SETFL, fcntl(tcp, F_GETFL)) == 0;
}

TEST(what_packets_need_is_there)
{
    EQ_INT(attempt(works_as_it_shall, BOTH), WORKED);
}

/* What glib does before it writes a line for libslirp; a container can make it do so. */
static bool writes_a_line(void)
{
    struct tm tm;
    time_t now = 0;

    isatty(2);
    localtime_r(&now, &tm);
    getpid();
    return write(2, "", 0) == 0;
}

TEST(a_line_can_be_written)
{
    EQ_INT(attempt(writes_a_line, BOTH), WORKED);
}

/* ---- without user namespaces -------------------------------------------------------------------- */

static bool write_text(const char *path, const char *text)
{
    OWN_FD fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static bool holds_without_namespaces(void)
{
    const char *lacks = NULL;
    struct err e;

    /* In a namespace of our own this is ours to set. */
    if (unshare(CLONE_NEWUSER) < 0 || !write_text("/proc/sys/user/max_user_namespaces", "0"))
        return true;
    if (jail_enter(&jail, &lacks, &e) < 0 || !lacks || jail_close(&jail, &e) < 0) {
        printf("# %s\n", lacks ? e.text : "nothing lacks");
        return false;
    }
    return signals_its_parent();
}

TEST(the_filter_holds_without_namespaces)
{
    EQ_INT(attempt(holds_without_namespaces, NONE), KILLED);
}
