/* run/wire.h - what the processes of a start say to each other.
 *
 *        parent                       setup                init
 *          | spawn ------------------->  |                   |
 *          | <---------- userns-made ---- |                  |     (only with setup)
 *          | ids mapped, filter compiled  |                  |
 *          | -------------- prepared ---> |  or ------------>|
 *          | <------------- init-pid ---- | fork_init ------>|     (only with setup)
 *          |                            ends                 |
 *          | <------------------------------------- tap -----|     (a network: it goes to rcrun-net)
 *          | <------------------------------- fuse, user-ns -|     (a root that is served: they go to
 *          |                                                 |      its server)
 *          | ----------------------------- fuse-mount ------>|     (the server mounted it itself)
 *          | <------------------------------ root-works -----|     (the server answers)
 *          | <---------------------------------- source -----|     (a mount whose ids are mapped,
 *          | ------------------------------- mapped -------->|      there and back; one by one)
 *          | <--------------------------------- console -----|     (with a terminal)
 *          | <---------------------------- ready-socket -----|     (with NOTIFY_SOCKET; of create:
 *          |                                                 |      to the start command, after go)
 *          | <---------------------------- namespaces -----|     (hooks, pid file)
 *          | -------------------------------- hooked ------->|
 *          | ----------------------------- net-ready ------->|     (when rcrun-net says so)
 *          | <------------------------------- created -------|     (create: then the parent ends,
 *          .                                                 |      and the start command takes
 *        start ------------------------------ go ----------->|      its place)
 *          | <-------------------------------- listener -----|     (a filter that notifies; from
 *          | ------------------------------ delivered ------>|      a thread of init)
 *          | <------------- end of file: the program runs ---|
 *          | <------------- error, at any time --------------|
 *
 * With step_aside init is the process that was called, and says userns-made itself; the parent is a
 * child of it, and ends after prepared.
 *
 * Each pair has a SOCK_SEQPACKET socket.  First act of every process: close the ends that
 * are not its own, else nobody would notice a death.  The rows that say who may send what
 * stand in wire.c; what does not fit them is refused. */
#ifndef RCRUN_RUN_WIRE_H
#define RCRUN_RUN_WIRE_H

#include "run/run.h"

struct letter {
    enum message msg;
    pid_t pid;      /* init-pid */
    struct err err; /* error; not sent with the others */
};

/* Sends a message to a peer, with one descriptor or -1. */
int wire_tell(struct run *r, enum process to, const struct letter *l, int fd, struct err *e);

/* Receives the message that is awaited from a peer.  An error that the peer tells becomes the
 * error of this call (err.peer set).  The parent also looks at its signals: one that
 * would end it ends the wait. */
int wire_await(struct run *r, enum process from, enum message msg, struct letter *l, int *fd,
               struct err *e);

/* Waits until fd has something (1) or the time is over (0); ms -1 = for ever.  In the parent a
 * signal that would end it ends the wait. */
int wire_wait(struct run *r, int fd, int ms, struct err *e);

/* Is there a signal that would end us, but that we blocked?  Then an error that says so, with the
 * status to exit with.  It is looked at, not taken: what is no end is forwarded later.  Who waits
 * for something else looks that often. */
int wire_look_for_end(struct err *e);
#define WIRE_LOOK_MS 200

/* Waits for the end of file that a successful execve(2) causes. */
int wire_await_exec(struct run *r, struct err *e);

/* Tells the error to the parent, or from the parent that stepped aside to init: the last words of
 * who was made by another. */
void wire_fail(struct run *r, const struct err *e);

/* An error that a child told already; returns false when there is none. */
bool wire_pending_error(struct run *r, struct err *e);

/* The other end is gone. */
bool wire_is_dead(int sock);

#endif
