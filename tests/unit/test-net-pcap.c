#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clean.h"
#include "rcrun-net/pcap.h"
#include "tap.h"

static unsigned char bytes[4096];
static struct pcap pcap;
static struct err e;

static uint32_t word(size_t at)
{
    uint32_t value;

    memcpy(&value, bytes + at, sizeof value);
    return value;
}

TEST(writes_what_readers_know)
{
    OWN_FD fd = memfd_create("pcap", MFD_CLOEXEC);
    const char frame[60] = "frame";

    EQ_INT(pcap_open(&pcap, fd, 0, 40, &e), 0);
    pcap_frame(&pcap, frame, 60);
    pcap_frame(&pcap, frame, 20);
    EQ_INT(pread(fd, bytes, sizeof bytes, 0), 24 + 16 + 40 + 16 + 20);
    EQ_INT(word(0), 0xa1b23c4d);
    EQ_INT(word(16), 40);
    EQ_INT(word(20), 1);
    EQ_INT(word(32), 40);
    EQ_INT(word(36), 60);
    OK(memcmp(bytes + 40, "frame", 5) == 0);
    EQ_INT(word(80 + 8), 20);
    EQ_INT(word(80 + 12), 20);
    OK(word(24) > 1600000000);
    OK(word(28) < 1000000000);
}

TEST(stops_before_it_is_too_long_and_for_good)
{
    OWN_FD fd = memfd_create("pcap", MFD_CLOEXEC);
    const char frame[100] = { 0 };

    EQ_INT(pcap_open(&pcap, fd, 10, 0, &e), -1);
    EQ_INT(pcap_open(&pcap, fd, 300, 0, &e), 0);
    for (int i = 0; i < 10; i++)
        pcap_frame(&pcap, frame, sizeof frame);
    pcap_frame(&pcap, frame, 20);
    EQ_INT(pread(fd, bytes, sizeof bytes, 24), 2 * 116);
}
