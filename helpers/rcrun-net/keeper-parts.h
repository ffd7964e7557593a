/* keeper-parts.h - the state of the keeper, which its files share. */
#ifndef RCRUN_NET_KEEPER_PARTS_H
#define RCRUN_NET_KEEPER_PARTS_H

#include <sys/types.h>

#include "clients.h"
#include "events.h"
#include "follow.h"
#include "link.h"
#include "options.h"

#define AUTOMATIC_MAX 64 /* ports that follow the container */

/* A published port. */
struct port {
    struct listener l;
    int fd;     /* the listening socket; -1: the worker opens one (WAY_ENGINE) */
    char *path; /* of a unix socket, which goes with the port; else NULL */
    char *spec; /* the words that it came from, canonical */
    bool automatic; /* goes when the container listens there no more */
};

struct keeper {
    const struct net_options *o;
    struct net net;
    struct ip outbound4, outbound6;
    struct events ev;
    bool end;      /* leave the loop */
    bool stopping; /* the worker was told to */
    bool ready;    /* who waited for us knows */

    int tap;       /* -1: a network without one, see entered.h */
    pid_t tap_maker; /* a child that has ended or does; 0 = none */
    int net_ns;    /* of the container; -1 = ask the tap */
    char device[16];

    pid_t worker; /* 0 = none */
    bool early;   /* it was forked before there was a tap */
    int link;     /* to it; -1 = none */
    int pcap;
    unsigned restarts;
    int64_t restarted_ms; /* 0 = never */
    char started[40];     /* RFC 3339 */
    char reason[512];     /* why it ended */
    struct watch worker_says;
    struct timer again;

    pid_t mint; /* 0 = none */
    int mint_sock;
    bool mint_kept;   /* the addresses of clients */
    bool mint_failed; /* there can be none */
    struct watch mint_ended;
    int64_t mint_restarted_ms; /* 0 = never */
    struct timer mint_again;

    struct resolv resolvers;
    struct follow *follow;

    struct port *ports;
    size_t ports_n;
    uint32_t numbers;
    struct timer automatic;
    uint16_t automatic_refused[AUTOMATIC_MAX]; /* was told already */
    size_t automatic_refused_n;

    struct watch container, signals, exit;
    struct timer give_up;
    struct clients control, api;
    bool api_bound; /* o->api is a socket of ours */
};

/* ---- keeper-worker.c ---- */

/* Forks the worker.  Before there is a tap: it is ready all the sooner when that comes. */
int worker_fork(struct keeper *k, bool early, struct err *e);
/* Waits until it works; gives it the tap, and tells it resolvers and ports. */
int worker_begin(struct keeper *k, struct err *e);
/* The mint, when there is a port that needs it and none yet; tells the worker. */
int worker_need_mint(struct keeper *k, struct err *e);
/* Tells the worker of a port, or that there is none any more; nothing when it is down. */
int worker_listen(struct keeper *k, const struct port *p, struct err *e);
int worker_unlisten(struct keeper *k, uint32_t number, struct err *e);
void worker_tell_resolvers(struct keeper *k);
/* False: down, or without an answer. */
bool worker_counters(struct keeper *k, struct counters *out, unsigned *flows);
bool worker_count(struct keeper *k, uint32_t number, struct listener_count *out);
/* Drains and ends; the loop is left then. */
void worker_stop(struct keeper *k);
/* At once. */
void worker_kill(struct keeper *k);

#endif
