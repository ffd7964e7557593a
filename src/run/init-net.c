/* run/init-net.c - the container's end of its network.
 * Runs in:  init, in the network namespace of the container, before enter_root.
 * Power:    root of the user namespace. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "net/network.h"
#include "os/mount.h"
#include "os/path.h"
#include "os/tap.h"
#include "run/run.h"

static void read_prefix(const char *address, struct ip_prefix *prefix)
{
    if (address && !ip_parse_prefix(address, prefix))
        BUG("address %s", address);
}

static void read_family(const char *address, const char *gateway, struct ip_prefix *prefix,
                        struct ip *to)
{
    read_prefix(address, prefix);
    if (address && !ip_parse(gateway, to))
        BUG("address %s", gateway);
}

DO(make_tap)
{
    struct tap t = { .name = u->name, .mtu = (unsigned)u->mtu, .offload = true, .configure = true };
    bool offload;

    (void)s;
    if (!network_parse_mac(u->mac, t.mac))
        BUG("mac %s", u->mac);
    read_family(u->address, u->gateway, &t.v4, &t.gateway4);
    read_family(u->address6, u->gateway6, &t.v6, &t.gateway6);
    return os_tap_make(&t, &r->tap, &offload, e);
}

DO(inner_net)
{
    struct ip_prefix v4 = { 0 }, v6 = { 0 };

    (void)s;
    read_prefix(u->address, &v4);
    read_prefix(u->address6, &v6);
    return os_tap_without(&v4, &v6, &r->tap, e);
}

/* ---- files ---- */

#define FOLDER "/etc"

static int write_file(int dir, const char *name, const char *text, struct err *e)
{
    OWN_FD fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

    if (fd < 0)
        return err_set(e, errno, "%s", name);
    return fd_write(fd, text, strlen(text), e);
}

/* A link of that name is covered, not followed: wherever it leads, nothing is made or hidden
 * there. */
static int put_file(int dir, int etc, const char *name, const char *text,
                    const struct mount_change *change, struct err *e)
{
    OWN_FD tree = -1;

    if (!text)
        return 0;
    TRY(write_file(dir, name, text, e));
    TRY(os_open_tree(dir, name, false, &tree, e));
    TRY(os_mount_change(tree, change, e));
    if (os_move_mount_new(tree, etc, name, false, e) == 0)
        return 0;
    if (e->num == EROFS || e->num == EACCES || e->num == EPERM)
        log_warn(FOLDER "/%s is missing in the root and cannot be made: the container goes without",
                 name);
    else
        log_warn(FOLDER "/%s: %s: the container keeps its own", name, e->text);
    err_clear(e);
    return 0;
}

#define HOSTS_MAX (128 * 1024) /* half of what there is room for */

/* What the image has.  Without it the container works, mostly. */
static void add_image_hosts(struct run *r, struct text *hosts)
{
    struct err e = { 0 };
    OWN_MEM image = NULL;
    size_t n = 0;

    if (os_read_in(r->root, FOLDER "/hosts", HOSTS_MAX, &image, &n, &e) < 0) {
        if (e.num != ENOENT)
            log_warn("the container goes without the lines of its " FOLDER "/hosts: %s", e.text);
        return;
    }
    text_add(hosts, image);
    if (n && image[n - 1] != '\n')
        text_add(hosts, "\n");
}

/* The folder, when it is the image's own: neither a mount of the config nor a procfs, where a link
 * may lead.  -1: there is none. */
static int open_folder(struct run *r, int *fd, struct err *e)
{
    struct statfs fs;
    uint64_t own, root;

    if (os_open_in(r->root, FOLDER, O_PATH | O_DIRECTORY, fd, e) < 0)
        return -1;
    if (fstatfs(*fd, &fs) < 0)
        return err_set(e, errno, FOLDER);
    TRY(os_mount_id(*fd, &own, e));
    TRY(os_mount_id(r->root, &root, e));
    if (fs.f_type == PROC_SUPER_MAGIC || own != root)
        return err_set(e, 0, FOLDER " is another mount than the root");
    return 0;
}

/* A file system of the container's own.  It must be attached where its files are cloned (but for
 * Linux 6.15): on top of "/", which hides nothing from who has its root there already. */
static int attach(int *own_mount, struct err *e)
{
    OWN_FD fs = -1;
    OWN_FD mount = -1;

    TRY(os_fs_open("tmpfs", &fs, e));
    TRY(os_fs_set(fs, "mode", "755", e));
    TRY(os_fs_set(fs, "size", "256k", e));
    TRY(os_fs_mount(fs, "tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, &mount,
                    e));
    TRY(os_move_mount_on(mount, "/", e));
    *own_mount = give_fd(&mount);
    return 0;
}

DO(net_files)
{
    OWN_FD etc = -1;
    OWN_FD mount = -1;
    OWN_TEXT hosts = { 0 };
    int result;

    (void)s;
    if (open_folder(r, &etc, e) < 0) {
        log_warn("no resolv.conf, hosts and hostname for the container: %s", e->text);
        err_clear(e);
        return 0;
    }
    TRY(attach(&mount, e));
    if (u->hosts)
        text_add(&hosts, u->hosts);
    if (u->image_hosts)
        add_image_hosts(r, &hosts);
    result = put_file(mount, etc, "resolv.conf", u->resolv, &u->change, e);
    if (result == 0)
        result = put_file(mount, etc, "hosts", hosts.s, &u->change, e);
    if (result == 0)
        result = put_file(mount, etc, "hostname", u->hostname, &u->change, e);
    if (result < 0)
        return -1;
    return os_detach(mount, e);
}
