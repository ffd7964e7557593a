/* clients.h - a unix socket at which one question gets one answer, to nobody but our user and root.
 * A client that is slow holds up nothing but itself. */
#ifndef RCRUN_NET_CLIENTS_H
#define RCRUN_NET_CLIENTS_H

#include "base/text.h"
#include "events.h"

#define CLIENTS_MAX 16
#define CLIENT_QUESTION_MAX 4096
#define CLIENT_PATIENCE_MS 10000

struct client;

struct clients {
    struct events *ev;
    struct watch socket; /* fd -1 = not open */
    bool whole;          /* a question ends with the stream; else with a newline, too */
    void (*answer)(void *of, const char *question, struct text *out);
    void *of;
    struct client *v[CLIENTS_MAX];
};

/* own_fd: a SOCK_STREAM socket that listens. */
int clients_open(struct clients *c, struct events *ev, int own_fd, bool whole,
                 void (*answer)(void *of, const char *question, struct text *out), void *of,
                 struct err *e);
void clients_close(struct clients *c);

#endif
