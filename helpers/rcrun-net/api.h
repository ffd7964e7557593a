/* api.h - slirp4netns' API socket (slirp4netns(1), API SOCKET): add_hostfwd, list_hostfwd,
 * remove_hostfwd, each a JSON object up to the end of the stream, as podman and rootlesskit send
 * them. */
#ifndef RCRUN_NET_API_H
#define RCRUN_NET_API_H

#include "base/text.h"

/* The answer to one request; of: the keeper.  For clients.h. */
void api_answer(void *of, const char *request, struct text *out);

#endif
