/* pcap.h - frames to a file that tcpdump and wireshark read. */
#ifndef RCRUN_NET_PCAP_H
#define RCRUN_NET_PCAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct pcap {
    int fd;            /* borrowed; -1 once it is full or could not be written */
    uint64_t left;     /* bytes until it is full */
    uint32_t snap;     /* of each frame at most */
};

/* Writes the head of the file.  max, snap: bytes; 0 = 64 MiB, and whole frames. */
int pcap_open(struct pcap *p, int fd, uint64_t max, uint32_t snap, struct err *e);

void pcap_frame(struct pcap *p, const void *frame, size_t n);

#endif
