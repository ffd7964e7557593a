/* splice-parts.h - what the files of splice.h share: splice.c owns it all, splice-accept.c makes
 * flows, splice-data.c moves their bytes, splice-pool.c has sockets and pipes ready for them. */
#ifndef RCRUN_NET_SPLICE_PARTS_H
#define RCRUN_NET_SPLICE_PARTS_H

#include "mint.h"
#include "splice.h"

#define COPY_BYTES 65536u          /* what is moved by read(2) and write(2) at once */
#define TURN_BYTES (256u * 1024)   /* a direction, before others have their turn */
#define ALONE_BYTES (1024u * 1024) /* where there are no others: half the processor for each byte */
/* What a socket may have to send that its peer has no room for.  The kernel would take megabytes for each
 * connection whose reader has stopped; few of them may have as much as a large pipe, which is faster. */
#define UNSENT_MAX (256 * 1024)
#define UNSENT_FEW (1024 * 1024)
#define FEW 32                     /* connections */
#define HELD_MAX (64u << 20)       /* memory for bytes that nobody takes yet */

/* A ring of nodes, the first of which belongs to no member. */
struct ring { struct ring *next, *prev; };

#define RING_MEMBER(node, type, field) ((type *)(void *)((char *)(node) - offsetof(type, field)))

static inline void ring_init(struct ring *r)
{
    r->next = r->prev = r;
}

static inline bool ring_empty(const struct ring *r)
{
    return r->next == r;
}

static inline void ring_add(struct ring *r, struct ring *node)
{
    node->next = r;
    node->prev = r->prev;
    r->prev->next = node;
    r->prev = node;
}

static inline void ring_remove(struct ring *node)
{
    node->next->prev = node->prev;
    node->prev->next = node->next;
    ring_init(node);
}

struct pipe {
    int in, out; /* -1 = none */
    bool large;
};

#define PIPES_KEPT 16
#define PIPES_LARGE 16
#define PIPE_LARGE (1024 * 1024)

struct pipe_pool {
    struct pipe kept[PIPES_KEPT];
    unsigned n;
    unsigned large;    /* all that are there, kept or in use */
    bool no_large;     /* the user's pages for pipes are used up */
    int64_t not_until; /* there were no descriptors */
};

#define MINTED_LOW 8

/* Sockets of the container of one family. */
struct mint_pool {
    int fd[MINTED_LOW + MINT_BATCH];
    unsigned n;
    bool asked;
    bool transparent;
};

/* A listener and what it counts; stays while it has flows. */
struct port {
    struct splice *s;
    struct listener l;
    struct watch watch;
    struct ring ring;
    struct listener_count count;
    bool closed;
    bool waits;          /* for minted sockets */
    unsigned round;      /* in which it was ready last */
    unsigned idle;       /* times that it was ready for nothing, since idle_ms */
    int64_t idle_ms;
};

struct side {
    struct watch watch;
    bool readable, writable; /* as far as we know; the kernel tells only changes */
    bool ending;             /* its peer has closed: what is left comes without another word */
    bool failed;             /* was reset, or could not connect */
    bool urgent;             /* has urgent data, before which splice(2) stops for ever */
};

/* The bytes of one side on their way to the other. */
struct way {
    struct pipe pipe;
    size_t in_pipe;
    unsigned char *held; /* or here */
    size_t held_at, held_n;
    size_t moved;        /* counts no further than COPY_BYTES */
    bool ended;          /* all was read */
    bool done;           /* and all was written, and the end told */
};

enum { CLIENT, SERVER };

struct flow {
    struct port *port;
    struct side side[2];
    struct way way[2]; /* from that side */
    bool connecting;
    bool failed;       /* one side was reset */
    bool stays;        /* has all options */
    int64_t since_ms;  /* when it moved last */
    struct ring all, ready;
};

struct splice {
    struct events *ev;
    const struct net *net;
    struct counters *counters;
    struct watch mint;
    struct mint_pool minted4, minted6;
    struct pipe_pool pipes;
    struct ring ports, flows, ready;
    unsigned flows_n, flows_max;
    unsigned resume;       /* accepts again when there are no more flows than this */
    bool full;             /* no accept now */
    bool draining;
    struct watch wake;     /* an eventfd: the ready list has a turn in the next round */
    bool woken;
    bool crowd;            /* others wait for their turn */
    struct timer again;    /* the same, later: where bytes or descriptors must become free first */
    struct timer sweep;
    int connect_ms, half_closed_ms;
    size_t held;
    bool (*admits)(void *of, const struct ip *ip, uint16_t port);
    void *admits_of;
    const char *warning;
    int64_t warned_ms;
    unsigned char buffer[COPY_BYTES];
};

/* splice.c */
void splice_warn(struct splice *s, const char *line);
void splice_pause(struct splice *s);       /* accepts no more until flows end, or for a second */
void splice_no_descriptors(struct splice *s);
void splice_later(struct splice *s);       /* what could not be, in a second */
void splice_watch_port(struct port *p);    /* or not, as things are */
void splice_ports_go(struct splice *s);    /* all those that waited for minted sockets */
void splice_flow_gone(struct port *p);
int splice_set_options(int fd, struct err *e);

/* splice-accept.c */
void splice_accept(struct watch *w, uint32_t events);

/* splice-data.c */
void flow_ready(struct watch *w, uint32_t events);
void flow_turn(struct flow *f);
void flow_end(struct flow *f, bool reset);
void flow_late(struct flow *f, int64_t now);
void splice_turn(struct splice *s); /* of all on the ready list */

/* splice-pool.c */
bool pipe_take(struct splice *s, struct pipe *p);
void pipe_give(struct splice *s, struct pipe *p, bool clean);
void pipe_pool_close(struct splice *s);
struct mint_pool *mint_pool_of(struct splice *s, int family);
void mint_ask(struct splice *s, int family);
int mint_take(struct splice *s, int family); /* -1 = none */
bool mint_lacks(struct splice *s, const struct listener *l); /* sockets for the next two */
void mint_answer(struct watch *w, uint32_t events);
void mint_pool_close(struct splice *s);

#endif
