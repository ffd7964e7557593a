/* Queries of an enemy in the container, byte by byte. */
#include "dns-rig.h"

static void refused(const struct frame *f)
{
    unsigned char *exact = malloc(f->n + (f->n == 0));
    struct frame own = { exact, f->n, f->n };
    uint64_t before = count(COUNT_dns_refused);

    memcpy(exact, f->data, f->n);
    dns_query(rig.dns, &own);
    EQ_INT(count(COUNT_dns_refused), before + 1);
    free(exact);
}

static void refused_message(const void *message, size_t n)
{
    struct frame f;

    make_query(&f, false, GUEST_PORT, message, n);
    refused(&f);
    make_query(&f, true, GUEST_PORT, message, n);
    refused(&f);
}

TEST(refuses_frames_that_lie)
{
    struct frame f;

    setup();
    USE(ONE);
    for (int v6 = 0; v6 <= 1; v6++) {
        /* Version, length, fragment, protocol; both addresses; ports, length and sum of UDP. */
        static const int v4_at[] = { 12, 13, 14, 16, 17, 20, 21, 23, 26,
                                     29, 30, 33, 36, 37, 38, 39, 40 };
        static const int v6_at[] = { 12, 13, 14, 18, 20, 22, 37, 38, 53, 56, 57, 58, 59, 60 };
        const int *at = v6 ? v6_at : v4_at;
        size_t n = v6 ? sizeof v6_at / sizeof *v6_at : sizeof v4_at / sizeof *v4_at;

        for (size_t i = 0; i < n; i++) {
            make_query(&f, v6, GUEST_PORT, QUERY, QUERY_N);
            f.data[at[i]] ^= 0x10;
            refused(&f);
        }
        make_query(&f, v6, GUEST_PORT, QUERY, QUERY_N);
        for (size_t full = f.n; f.n > 0; f.n--)
            if (f.n < full)
                refused(&f);
        refused(&f);
        make_query(&f, v6, 0, QUERY, QUERY_N);
        refused(&f);
    }
    /* Without a sum: IPv4 may, IPv6 must not. */
    size_t udp = make_query(&f, true, GUEST_PORT, QUERY, QUERY_N);
    put16(f.data + udp + 6, 0);
    refused(&f);
    EQ_INT(heard(ONE, 0), -1);
    udp = make_query(&f, false, GUEST_PORT, QUERY, QUERY_N);
    put16(f.data + udp + 6, 0);
    dns_query(rig.dns, &f);
    EQ_INT(heard(ONE, 1000), QUERY_N);
    teardown();
}

TEST(refuses_what_is_no_query)
{
    static unsigned char big[DNS_QUERY_MAX + 1];
    unsigned char message[QUERY_N];

    setup();
    USE(ONE);
    for (size_t n = 0; n < QUERY_N; n++)
        refused_message(QUERY, n);
    /* An answer, an update, a notice; no question, two, 257. */
    static const struct {
        int at;
        unsigned char flip;
    } lies[] = {
        { 2, 0x80 }, { 2, 5 << 3 }, { 2, 4 << 3 }, { 5, 1 }, { 5, 3 }, { 4, 1 },
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        memcpy(message, QUERY, QUERY_N);
        message[lies[i].at] ^= lies[i].flip;
        refused_message(message, QUERY_N);
    }
    /* A pointer, a label that is too long, a name that never ends. */
    refused_message("\x12\x34\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1", 18);
    memcpy(big, QUERY, 12);
    memset(big + 12, 0x40, sizeof big - 12);
    refused_message(big, 1000);
    memset(big + 12, 0x3f, sizeof big - 12);
    refused_message(big, 1000);
    big[12 + 4 * 64] = 0;
    refused_message(big, 1000);
    /* One byte less in each of two labels, and the name has 255 bytes; 4096 bytes are a query. */
    memset(big + 12, 1, sizeof big - 12);
    big[12 + 254] = 0;
    memset(big + 12 + 255, 0, sizeof big - 12 - 255);
    refused_message(big, sizeof big);
    EQ_INT(heard(ONE, 0), -1);
    ask_from(false, GUEST_PORT, big, DNS_QUERY_MAX);
    EQ_INT(heard(ONE, 1000), DNS_QUERY_MAX);
    teardown();
}
