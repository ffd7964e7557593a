/* dns-packet.h - DNS messages, and the frames around them.  Pure.
 *
 * Queries were written by the container, answers by anybody: all lengths are looked at here. */
#ifndef RCRUN_NET_DNS_PACKET_H
#define RCRUN_NET_DNS_PACKET_H

#include <stdbool.h>

#include "frame.h"
#include "net.h"

#define DNS_PORT 53
#define DNS_HEADER 12
/* No name and no option makes a query longer; one for TSIG stays below 1 KiB. */
#define DNS_QUERY_MAX 4096
#define DNS_UDP_HEADER 8
/* A message that fits into a datagram of IPv4. */
#define DNS_ANSWER_MAX (65535 - 20 - DNS_UDP_HEADER)

/* Who asked: what the frame of the answer needs. */
struct dns_asker {
    bool v6;
    uint16_t port;
    unsigned char mac[6]; /* the one of ours that was asked */
};

/* The message in a frame from the container to port 53 of a DNS address; NULL when it is no such
 * frame, is not whole or its checksum is wrong. */
const unsigned char *dns_read(const struct frame *f, const struct net *net, struct dns_asker *asker,
                              size_t *n);

/* Length of header and question of a query that may be relayed; 0 when it may not. */
size_t dns_question(const unsigned char *query, size_t n);

/* Is this message the answer to that query, asked with `id`?  question: as dns_question gave it. */
bool dns_is_answer(const unsigned char *query, size_t question, uint16_t id,
                   const unsigned char *message, size_t n);

/* Would another server perhaps know?  SERVFAIL and REFUSED. */
bool dns_is_failure(const unsigned char *answer);

/* Makes the answer "server failure"; out has room for `question` bytes, which is its length. */
void dns_make_failure(const unsigned char *query, size_t question, unsigned char *out);

/* Frames with a message for the container, more than one where it does not fit into net->mtu.
 * datagram: the message of n <= DNS_ANSWER_MAX bytes behind DNS_UDP_HEADER bytes of room.
 * id: of the fragments, random.  room: for a frame of net->mtu. */
void dns_write(const struct net *net, const struct dns_asker *asker, unsigned char *datagram,
               size_t n, uint32_t id, unsigned char *room,
               void (*send)(void *of, const void *frame, size_t n), void *of);

#endif
