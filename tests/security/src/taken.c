/* taken --version | taken ... | taken DIRECTORY
 * What somebody would do who took over the server of a root directory.  In the place of fuse-overlayfs
 * DIRECTORY is "/": `lower/0/taken` there says a file of the host, a socket of the host and a process of
 * the host, a line each.  Each deed that went well is a line of `upper/diff/report`. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char file[4096], path_of_socket[100];
static pid_t process;
static FILE *report;
static const char *top;

static void deed(const char *name, int done)
{
    if (done)
        fprintf(report, "%s\n", name);
    fflush(report);
}

static const char *at(const char *name)
{
    static char path[4200];

    snprintf(path, sizeof path, "%s/%s", top, name);
    return path;
}

static int opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void files(void)
{
    struct file_handle handle = { .handle_bytes = 8, .handle_type = 1 };
    char name[40];

    deed("reads files of the host", opens(file, O_RDONLY));
    deed("writes files of the host", opens(file, O_WRONLY | O_APPEND));
    deed("changes modes of the host", chmod(file, 0600) == 0);
    deed("sees other files", access("/home", F_OK) == 0 || access("/etc/passwd", F_OK) == 0);
    deed("writes a lower layer", opens(at("lower/0/new"), O_CREAT | O_WRONLY));
    deed("changes a lower layer", chmod(at("lower/0/file"), 0777) == 0);
    deed("writes its root", opens("/new", O_CREAT | O_WRONLY));
    deed("opens a device", mknod(at("upper/diff/node"), S_IFCHR | 0666, makedev(1, 5)) == 0 &&
                               opens(at("upper/diff/node"), O_RDONLY));
    deed("opens by handle", syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, 0) >= 0 || errno == ESTALE);
    snprintf(name, sizeof name, "/proc/%d/status", (int)process);
    deed("sees a process", opens(name, O_RDONLY));
    snprintf(name, sizeof name, "/proc/%d/mem", (int)process);
    deed("opens the memory of a process", opens(name, O_RDWR));
}

static void processes(void)
{
    char bytes[8];
    struct iovec part = { bytes, sizeof bytes };
    struct rlimit limit;
    int pair[2];
    pid_t pid;

    deed("signals", kill(process, 0) == 0);
    deed("signals a thread", syscall(SYS_tgkill, process, process, 0) == 0);
    deed("has a pidfd", syscall(SYS_pidfd_open, process, 0) >= 0);
    deed("traces", ptrace(PTRACE_SEIZE, process, 0, 0) == 0);
    deed("reads memory", process_vm_readv(process, &part, 1, &part, 1, 0) >= 0 || errno == EFAULT);
    deed("sees limits of others", syscall(SYS_prlimit64, process, RLIMIT_NOFILE, NULL, &limit) == 0);
    deed("sends signals by a file", pipe(pair) == 0 && fcntl(pair[0], F_SETOWN, process) == 0);
    deed("pins processors of others", sched_setaffinity(process, 0, NULL) == 0 || errno == EINVAL);
    pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    deed("makes a process", pid > 0);
}

static void kernel(void)
{
    static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET };
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    union bpf_attr bpf = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
    char ring[128] = "";
    int fd;

    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        fd = socket(families[i], SOCK_DGRAM, 0);
        deed("has a socket", fd >= 0);
        if (fd >= 0)
            close(fd);
    }
    strcpy(address.sun_path, path_of_socket);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    deed("talks to a service", fd >= 0 && connect(fd, (void *)&address, sizeof address) == 0);
    deed("has keys", syscall(SYS_keyctl, 0, -3, 0) >= 0);
    deed("reaches bpf", syscall(SYS_bpf, BPF_MAP_CREATE, &bpf, sizeof bpf) >= 0 || errno == EPERM);
    deed("has io_uring", syscall(SYS_io_uring_setup, 1, ring) >= 0);
    deed("has userfaultfd", syscall(SYS_userfaultfd, 1) >= 0);
    deed("mounts", mount("none", at("upper/diff"), "tmpfs", 0, NULL) == 0 &&
                       umount(at("upper/diff")) == 0);
    deed("unmounts", umount2("/usr", MNT_DETACH) == 0);
    deed("changes its root", chroot("/") == 0);
    deed("has a user namespace", unshare(CLONE_NEWUSER) == 0);
}

/* What it came with. */
static void inheritance(void)
{
    deed("has an environment", environ && *environ);
    for (int fd = 4; fd < 1024; fd++)
        if (fd != fileno(report))
            deed("has descriptors of others", fcntl(fd, F_GETFD) >= 0);
}

int main(int argc, char **argv)
{
    FILE *said;

    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts("fuse-overlayfs: version 1.10") < 0;
    top = argc == 2 ? argv[1] : "";
    said = fopen(at("lower/0/taken"), "re");
    report = fopen(at("upper/diff/report"), "we");
    if (!said || !report || fscanf(said, "%4095s %99s %d", file, path_of_socket, &process) != 3)
        return 2;
    fclose(said);
    inheritance();
    files();
    processes();
    kernel();
    deed("is somebody else", setuid(1) == 0);
    fprintf(report, "all tried\n");
    fprintf(stderr, "fuse-overlayfs: all tried\n");
    return 1;
}
