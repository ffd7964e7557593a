/* net/network.h - the words of --net, of the options beside it, and of the annotations
 * org.rcrun.network*: one table for all three.  Pure. */
#ifndef RCRUN_NET_NETWORK_H
#define RCRUN_NET_NETWORK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/names.h"
#include "base/types.h"
#include "net/ip.h"

enum network_mode {
    NETWORK_CONFIG,    /* nothing was said: what the config has */
    NETWORK_NONE,      /* a network namespace with nothing but its loopback */
    NETWORK_HOST,      /* that of the caller */
    NETWORK_INTERNAL,  /* published ports, and nothing goes out */
    NETWORK_SLIRP,
    NETWORK_PATH,      /* the namespace at `target` */
    NETWORK_CONTAINER, /* that of the container `target` */
};

enum network_word { WORD_AUTO, WORD_ON, WORD_OFF };

/* What was said of a family; an address of family 0 = nothing. */
struct network_family {
    struct ip_prefix prefix;
    struct ip guest, gateway, dns;
    uint32_t on; /* enum network_word */
};

struct network {
    enum network_mode mode;
    const char *target;
    bool optional;          /* without what it needs: a warning, and none */
    const char *needs;      /* the first word that says nothing without a network of ours, or NULL */
    struct network_family v4, v6;
    uint32_t mtu;           /* 0 = 1500 */
    const char *interface;  /* NULL = "tap0" */
    const char *mac;        /* canonical, NULL = by the id */
    bool host_loopback;
    struct texts loopback_ports; /* none: all */
    const char *pcap;       /* a file, as it was written */
    struct texts dns;       /* addresses */
    bool no_dns;
    struct texts search, options;
    struct texts hosts;     /* NAME:ADDRESS, or NAME:host-gateway */
    bool no_hosts, no_hostname;
    bool image_hosts;       /* the lines of the image's file follow ours */
    bool publishes_udp;     /* a port of it */
    uint32_t drain_ms;
    struct texts helper;    /* options of rcrun-net that need no more thought */
};

#define NETWORK_DRAIN_MS 200

/* Nothing said. */
struct network network_start(void);

/* MODE[,KEY[=VALUE]...].  An error names the faulty part. */
int network_mode(struct arena *a, struct network *n, const char *text, struct err *e);

/* One key.  value NULL: it stood alone.  Lists take several, separated by blanks. */
int network_key(struct arena *a, struct network *n, const char *key, const char *value,
                struct err *e);

/* May the key be given several times, each time with one more value? */
bool network_is_list(const char *key);

/* Six bytes like 02:00:5e:00:53:01. */
bool network_parse_mac(const char *text, unsigned char mac[6]);

extern const struct name network_modes[]; /* those that are one word */

/* Has this mode a network that rcrun makes? */
bool network_is_made(enum network_mode mode);

#endif
