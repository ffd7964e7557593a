#include "frame.h"

/* In ones' complement the carry comes back in below, however wide the words are: so it can be added
 * in words of 64 bits, and folded at the end. */
static uint64_t add_carry(uint64_t sum, uint64_t word)
{
    sum += word;
    return sum + (sum < word);
}

static uint64_t load64(const unsigned char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

uint64_t sum_add(uint64_t sum, const void *data, size_t n)
{
    const unsigned char *p = data;
    uint64_t other = 0; /* two chains, for the processor to add side by side */
    uint64_t rest = 0;

    for (; n >= 32; n -= 32, p += 32) {
        sum = add_carry(sum, load64(p));
        other = add_carry(other, load64(p + 8));
        sum = add_carry(sum, load64(p + 16));
        other = add_carry(other, load64(p + 24));
    }
    for (; n >= 8; n -= 8, p += 8)
        sum = add_carry(sum, load64(p));
    memcpy(&rest, p, n);
    return add_carry(add_carry(sum, other), rest);
}

uint16_t sum_fold(uint64_t sum)
{
    sum = (sum >> 32) + (sum & 0xffffffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)~sum;
}

uint64_t sum_pseudo(const unsigned char *ip, unsigned protocol, size_t length)
{
    unsigned char rest[8];

    put32(rest, (uint32_t)length);
    put32(rest + 4, protocol);
    if (ip[0] >> 4 == 4)
        return sum_add(sum_add(0, ip + 12, 8), rest, sizeof rest);
    return sum_add(sum_add(0, ip + 8, 32), rest, sizeof rest);
}

void sum_change(unsigned char *check, const void *old, const void *new, size_t n)
{
    uint16_t sum;
    uint64_t change;

    memcpy(&sum, check, sizeof sum);
    /* Taking away is adding the complement: that of the sum of the old, folded. */
    change = add_carry((uint16_t)~sum, sum_fold(sum_add(0, old, n)));
    sum = sum_fold(sum_add(change, new, n));
    memcpy(check, &sum, sizeof sum);
}

void sum_rewrite(unsigned char *header, size_t at, const void *with, size_t n,
                 unsigned char *check)
{
    unsigned char old[6];
    size_t from = at & ~(size_t)1;
    size_t length = ((at + n + 1) & ~(size_t)1) - from;

    memcpy(old, header + from, length);
    memcpy(header + at, with, n);
    sum_change(check, old, header + from, length);
}
