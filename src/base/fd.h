/* base/fd.h - descriptors. */
#ifndef RCRUN_BASE_FD_H
#define RCRUN_BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* Opens /dev/null on 0, 1 and 2 where they are closed, so that no descriptor of ours
 * ever gets one of these numbers. */
int fd_fill_stdio(struct err *e);

/* close_range(2): sets close-on-exec from `first` on. */
int fd_cloexec_from(unsigned first, struct err *e);

/* Clears close-on-exec of one descriptor. */
int fd_keep(int fd, struct err *e);

/* Writes all n bytes, going on after EINTR and short writes. */
int fd_write(int fd, const void *data, size_t n, struct err *e);

/* Reads a regular file of `size` bytes, as fstat(2) had it, into a buffer of size + 1; NUL
 * terminated, *n without the NUL.  A file that has grown meanwhile is an error. */
int fd_read_whole(int fd, const char *path, size_t size, char *buffer, size_t *n, struct err *e);

/* A SOCK_SEQPACKET | SOCK_CLOEXEC pair. */
int fd_pair(int pair[2], struct err *e);

/* Sends n bytes as one packet, with `fd` beside it unless that is -1 (SCM_RIGHTS).
 * No SIGPIPE.  Errors: EPIPE or ECONNRESET when the peer is gone; ETIMEDOUT on a socket with
 * SO_SNDTIMEO whose peer does not read. */
int fd_send(int sock, const void *data, size_t n, int fd, struct err *e);

/* The same with several descriptors, 8 at most. */
int fd_send_more(int sock, const void *data, size_t n, const int *fds, size_t fds_n, struct err *e);

/* Receives one packet of at most n bytes into data and at most one descriptor into *fd
 * (-1 when none came; close-on-exec).  Returns its length, 0 at end of file, -1 on error. */
ssize_t fd_receive(int sock, void *data, size_t n, int *fd, struct err *e);

#endif
