/* cli/image.h - what rcrun-unpack says, and the config that an image wants. */
#ifndef RCRUN_CLI_IMAGE_H
#define RCRUN_CLI_IMAGE_H

#include "cli/command.h"
#include "spec/spec.h"

struct image_result {
    const char *error, *hint;
    uint64_t entries, bytes, setid;
    struct texts notes, warnings;
    struct image {
        struct texts entrypoint, cmd, env, ports;
        const char *cwd, *stop_signal;
        uint32_t uid, gid;
        struct {
            uint32_t *v;
            size_t n;
        } groups;
    } *image; /* NULL: it was no image */
};

/* Where rcrun-unpack is. */
int image_helper(struct call *c, const char **path, struct err *e);

/* A file for its result, and what it has written there, or who was to become it and could not; status is
 * that with which it ended.  Its error is ours. */
int image_result_file(int *fd, struct err *e);
void image_result_error(int fd, const struct err *error);
int image_result_read(struct call *c, int fd, int status, struct image_result *out, struct err *e);

/* The config of a bundle: for rootfs, a directory of the caller that will be "rootfs" in the bundle;
 * image: what it says of itself, or NULL.  userns: the words of --userns, or NULL. */
int image_config(struct call *c, const char *rootfs, const struct image *image, const char *userns,
                 struct text *out, struct err *e);

#endif
