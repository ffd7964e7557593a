/* base/file.h - whole files. */
#ifndef RCRUN_BASE_FILE_H
#define RCRUN_BASE_FILE_H

#include <dirent.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/* Reads a regular file of at most `limit` bytes; *text is NUL terminated (the NUL is
 * not counted in *n).  dir_fd and path as in openat(2).  Special files are refused
 * without being opened for reading: a FIFO would hang the command.
 * Errors: as open(2); EFBIG above the limit; EISDIR, EINVAL for other kinds. */
int file_read(struct arena *a, int dir_fd, const char *path, size_t limit, const char **text,
              size_t *n, struct err *e);

/* The same for files of procfs and sysfs, whose size is not known beforehand; returns
 * -1 without an error text when it cannot be read.  For facts. */
int file_read_small(int dir_fd, const char *path, char *buffer, size_t size);

/* A listing of an open directory, by a descriptor of its own; NULL: as open(2), in errno.  For
 * closedir(3). */
DIR *file_list(int dir_fd);

/* Replaces or makes `path` by a complete new file in the same directory (O_EXCL and
 * rename); mode is less the caller's umask. */
int file_replace(const char *path, const char *text, size_t n, unsigned mode, struct err *e);

#endif
