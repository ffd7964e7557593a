/* cli/config.h - the config that runs: from a file, or for the directory of --rootfs, with the edits
 * of the command line. */
#ifndef RCRUN_CLI_CONFIG_H
#define RCRUN_CLI_CONFIG_H

#include "cli/start.h"

/* Where and who the caller is, and what he has; f: facts that were read, which say where and who. */
int config_place(struct call *c, const struct edit *edit, const struct facts *f,
                 struct edit_place *place, struct err *e);

/* The program of a config for --rootfs: a shell of that directory; it may have none. */
int config_shell(struct call *c, const struct edit *edit, struct texts *args, struct err *e);

/* The network of a config for --rootfs: the outside, or, where the host has not what it takes, a
 * warning and none. */
void config_network(struct call *c, const struct edit *edit, struct spec *s);

/* Are the sources of mounts that were typed there?  binds: those too that a plan will look for. */
int config_sources(const struct spec *s, const struct edited *edited, bool binds, struct err *e);

/* Loads or makes, edits and checks. */
int config_load(struct call *c, const struct start_options *o, struct start *s, struct err *e);

/* Can it be written down?  A config is UTF-8; what runs need not be. */
int config_is_text(const struct call *c, const struct spec *s, struct err *e);

/* Puts the place in front of an error about the config: option, or line and column.  Returns -1. */
int config_blame(const struct start *s, struct err *e);

#endif
