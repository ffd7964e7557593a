/* os/mount.h - the mount API by descriptor: build detached, set flags, then attach.
 *
 * fsopen(2), fsconfig(2), fsmount(2), open_tree(2), mount_setattr(2), move_mount(2);
 * Linux 5.12 or newer, no second way.  No function here takes a path inside a
 * container: see os/path.h. */
#ifndef RCRUN_OS_MOUNT_H
#define RCRUN_OS_MOUNT_H

#include "base/err.h"
#include "base/types.h"

/* A detached copy of the mount at dir_fd/path (path "" = dir_fd itself).  recursive
 * copies what is mounted below it too.  EINVAL when a plain copy would uncover a
 * locked mount (mount_namespaces(7)). */
int os_open_tree(int dir_fd, const char *path, bool recursive, int *tree, struct err *e);

/* Changes flags and propagation of the mount that fd is the root of; no system call
 * for a part that asks for nothing.  EPERM: a locked flag would be cleared. */
int os_mount_change(int fd, const struct mount_change *change, struct err *e);

/* Shifts ids of a detached tree by the user namespace userns_fd (MOUNT_ATTR_IDMAP). */
int os_mount_idmap(int tree, int userns_fd, bool recursive, struct err *e);

/* Attaches a detached tree on target, both by descriptor. */
int os_move_mount(int tree, int target, struct err *e);

/* The same on a path of ours, whose links are followed. */
int os_move_mount_on(int tree, const char *path, struct err *e);

/* Takes away the mount that fd is the root of, from where it is attached; who has it open keeps it.  The
 * current directory stays, or becomes "/" where we may not enter it again. */
int os_detach(int fd, struct err *e);

/* The same by the name of where it is. */
int os_detach_path(const char *path, struct err *e);

/* The same on `name` in a directory, one part, no slash, which is there.  A symbolic link of that
 * name is covered, not followed.  Returns 0, or -1 and errno. */
int os_move_mount_at(int tree, int at, const char *name);

/* The same on `name` in a directory: one part, no slash.  It is made when it is not there, a
 * directory or a file.  A symbolic link of that name is covered, not followed.  ENOTDIR: it is a
 * file and the tree a directory, or the other way round. */
int os_move_mount_new(int tree, int at, const char *name, bool dir, struct err *e);

/* A context for a new file system of this type (fsopen).  ENODEV: unknown type. */
int os_fs_open(const char *type, int *context, struct err *e);
/* One parameter each; value NULL = flag.  The error has the kernel's own words, when
 * the context holds some, and the key. */
int os_fs_set(int context, const char *key, const char *value, struct err *e);
/* The same for "key" or "key=value". */
int os_fs_set_option(int context, const char *option, struct err *e);
int os_fs_set_fd(int context, const char *key, int fd, struct err *e);
/* Creates the file system and a detached mount of it with MOUNT_ATTR_* attributes. */
int os_fs_mount(int context, const char *type, uint64_t attributes, int *mount, struct err *e);
/* mount(2) of a file system whose options name descriptors of ours by bare numbers, as paths below
 * /proc/self/fd: on the directory `name` in the directory at. */
int os_mount_by_numbers(const char *type, int at, const char *name, const char *options,
                        struct err *e);
/* Changes parameters of the file system mounted at fd (fspick, FSCONFIG_CMD_RECONFIGURE);
 * options as of os_fs_set_option(). */
int os_fs_reconfigure(int fd, const struct texts *options, struct err *e);

/* Changes the propagation of all mounts of this namespace: MS_SLAVE or MS_PRIVATE, so that
 * nothing made here reaches the host. */
int os_mount_propagation(unsigned long propagation, struct err *e);

/* Makes root the root of this mount namespace and drops the old one: fchdir,
 * pivot_root(".", "."), umount2(MNT_DETACH).  The current directory is the new root then. */
int os_pivot(int root, struct err *e);

/* chroot(2), for processes without a mount namespace of their own. */
int os_chroot(int root, struct err *e);

/* For roots that pivot_root(2) refuses (initramfs): MS_MOVE onto "/" and chroot(2),
 * with what stays visible of the old /proc and /sys covered. */
int os_move_root(int root, struct err *e);

/* statx(2) mount id of fd, unique where the kernel has it (6.8), for comparison. */
int os_mount_id(int fd, uint64_t *id, struct err *e);

#endif
