/* os/path.h - paths inside a tree that somebody else controls.
 *
 * The image chose these names.  They are resolved once, by openat2(2), from a root
 * descriptor; the result is used by descriptor from then on (SR-01, SR-02). */
#ifndef RCRUN_OS_PATH_H
#define RCRUN_OS_PATH_H

#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/types.h"

/* Opens path below root: symbolic links resolve inside root, magic links are refused.
 * flags as for open(2), without O_CREAT; O_CLOEXEC is added.  "/" is root itself. */
int os_open_in(int root, const char *path, int flags, int *fd, struct err *e);

/* The same, but no symbolic link may occur in any component (ELOOP) and no mount may be
 * crossed when one_mount is set (EXDEV). */
int os_open_strict(int root, const char *path, int flags, bool one_mount, int *fd, struct err *e);

/* The strictest: below dir without "..", links and mounts on the way, as it must be for what only
 * the kernel or we ourselves can have put there.  Returns the descriptor, or -1 and errno. */
int os_open_below(int dir, const char *path, int flags);

/* Changes the mode of what is open, be it by O_PATH.  Returns -1 and errno. */
int os_set_mode(int fd, mode_t mode);

/* Opens (O_PATH) an absolute path of the host.  beneath: a directory above it, whose own path is
 * trusted; from there on no link is followed and no ".." leads out.  NULL: all is trusted. */
int os_open_host(const char *path, const char *beneath, int *fd, struct err *e);

/* Opens (O_PATH) the directory `path` below root, making missing components one at a
 * time (mkdirat; the process must have umask 0, as init has, for the mode to be exact).  A
 * final or middle dangling link is followed inside root: what it names is made there.
 * *made: how many components were made, 0 when the last one was there; may be NULL.
 * ELOOP: more than 40 links, or somebody renames all the time. */
int os_make_dir(int root, const char *path, mode_t mode, int *fd, int *made, struct err *e);

/* Opens (O_PATH) the file `path`, making it empty (mknodat S_IFREG, 0644) and its parents
 * when missing.  An existing inode of any kind but a directory is taken as it is, never
 * opened for reading or writing; EISDIR for a directory.  Parents get 0755. */
int os_make_file(int root, const char *path, int *fd, int *made, struct err *e);

/* Opens (O_PATH) the parent directory of `path` inside root, making it when `make` (0755);
 * *name points into path at the last component, which is neither empty, "." nor "..". */
int os_open_parent(int root, const char *path, bool make, int *fd, const char **name,
                   struct err *e);

/* An empty directory or file, one part without a slash, by mkdirat(2) or mknodat(2).  Returns 0, or
 * -1 and errno. */
int os_make_at(int dir, const char *name, mode_t mode);

/* mknodat(2): a device, a FIFO, a socket, or an empty file, one part without a slash; EEXIST as it
 * comes.  The umask of the process applies. */
int os_make_node(int dir, const char *name, mode_t mode, uint64_t rdev, struct err *e);

/* Is fd of this kind, and (when dev or ino is not 0) that very inode?  Else an error that
 * says what it is: "is no longer what the plan saw" for dev/ino. */
int os_expect(int fd, const char *what, enum kind kind, uint64_t dev, uint64_t ino, struct err *e);
/* The same, for who needs more of it. */
int os_expect_stat(int fd, const char *what, enum kind kind, uint64_t dev, uint64_t ino,
                   struct stat *st, struct err *e);
enum kind os_kind(mode_t mode);
/* What `name` in the directory is, one part, not followed; KIND_ANY: that cannot be told.  *mounted:
 * something is mounted on it. */
enum kind os_kind_at(int dir, const char *name, bool *mounted);

/* Reads a regular file of the image: resolved inside root, O_NONBLOCK, on no procfs, at
 * most limit bytes, one pass.  buffer is malloc'ed, NUL terminated.  ENOENT and the like
 * as they come; anything odd is an error, never a hang (SR-09). */
int os_read_in(int root, const char *path, size_t limit, char **buffer, size_t *n, struct err *e);

#endif
