#include "pcap.h"

#include <errno.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "frame.h"

#define PCAP_MAX (UINT64_C(64) << 20)

/* The format of libpcap 2.4 with nanoseconds, in the order of this machine: readers see that by the
 * magic number. */
#define MAGIC_NANOSECONDS 0xa1b23c4du
#define LINK_ETHERNET 1

struct head {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy;
    uint32_t snap;
    uint32_t link;
};

struct record {
    uint32_t seconds, nanoseconds;
    uint32_t kept, length;
};

int pcap_open(struct pcap *p, int fd, uint64_t max, uint32_t snap, struct err *e)
{
    const struct head head = {
        .magic = MAGIC_NANOSECONDS,
        .major = 2,
        .minor = 4,
        .snap = snap ? snap : FRAME_MAX,
        .link = LINK_ETHERNET,
    };

    *p = (struct pcap){ .fd = fd, .left = max ? max : PCAP_MAX, .snap = head.snap };
    if (p->left < sizeof head)
        return err_set(e, 0, "pcap: a file of %llu bytes has no room for a frame",
                       (unsigned long long)p->left);
    p->left -= sizeof head;
    if (fd_write(fd, &head, sizeof head, e) < 0)
        return err_ctx(e, "pcap");
    return 0;
}

void pcap_frame(struct pcap *p, const void *frame, size_t n)
{
    struct timespec now;
    struct record r = { .length = (uint32_t)n, .kept = n < p->snap ? (uint32_t)n : p->snap };
    const size_t size = sizeof r + r.kept;
    const struct iovec v[2] = { { &r, sizeof r }, { (void *)(uintptr_t)frame, r.kept } };

    if (p->fd < 0)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    r.seconds = (uint32_t)now.tv_sec;
    r.nanoseconds = (uint32_t)now.tv_nsec;
    /* Half a record would spoil what comes after it. */
    if (size > p->left || writev(p->fd, v, 2) != (ssize_t)size)
        p->fd = -1;
    else
        p->left -= size;
}
