/* All bytes that the relay for DNS reads.  First byte: which; what must hold for any of them: a
 * query that is taken has its question within it, is answered by a failure that matches it, and by
 * nothing with another id; and what is cut into frames is whole when put together. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/resolv.h"
#include "rcrun-net/dns-packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct net net = {
    .v4 = { .on = true,
            .guest = { AF_INET, .bytes = { 10, 0, 2, 100 } },
            .dns = { AF_INET, .bytes = { 10, 0, 2, 3 } } },
    .v6 = { .on = true,
            .guest = { AF_INET6, .bytes = { 0xfd, [15] = 100 } },
            .dns = { AF_INET6, .bytes = { 0xfd, [15] = 3 } } },
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* ---- a query ---- */

static void query(const uint8_t *data, size_t n)
{
    size_t question = dns_question(data, n);
    unsigned char *failure;

    if (question == 0)
        return;
    must(question > DNS_HEADER + 4 && question <= n && n <= DNS_QUERY_MAX);
    failure = malloc(question);
    must(failure);
    dns_make_failure(data, question, failure);
    must(dns_is_answer(data, question, get16(data), failure, question));
    must(!dns_is_answer(data, question, (uint16_t)(get16(data) + 1), failure, question));
    must(!dns_is_answer(data, question, get16(data), failure, question - 1));
    must(!dns_is_answer(data, question, get16(data), data, n));
    must(dns_is_failure(failure));
    free(failure);
}

/* First two bytes: the length of the query, which the answer follows. */
static void both(const uint8_t *data, size_t n)
{
    size_t query_n, question;

    if (n < 2)
        return;
    query_n = get16(data);
    data += 2;
    n -= 2;
    if (query_n > n)
        return;
    question = dns_question(data, query_n);
    if (question && dns_is_answer(data, question, get16(data), data + query_n, n - query_n))
        (void)dns_is_failure(data + query_n);
}

/* ---- frames ---- */

static void frame(const uint8_t *data, size_t n)
{
    unsigned char *own = malloc(n + 1);
    struct frame f = { own, n, n };
    struct dns_asker asker;
    const unsigned char *message;
    size_t message_n = 0;

    must(own);
    if (n)
        memcpy(own, data, n);
    message = dns_read(&f, &net, &asker, &message_n);
    if (message) {
        must(message > own && message + message_n <= own + n && asker.port != 0);
        query(message, message_n);
    }
    free(own);
}

static unsigned char whole[65536];
static size_t whole_n;

static void put_together(void *of, const void *data, size_t n)
{
    const struct dns_asker *asker = of;
    const unsigned char *l3 = (const unsigned char *)data + FRAME_HEADER;
    size_t header = asker->v6 ? 40 : 20;

    must(n <= net.mtu + FRAME_HEADER);
    if (asker->v6 && l3[6] == 44)
        header += 8;
    memcpy(whole + whole_n, l3 + header, n - FRAME_HEADER - header);
    whole_n += n - FRAME_HEADER - header;
}

/* Two bytes of MTU, two of a length, one of the family. */
static void cut(const uint8_t *data, size_t n)
{
    static unsigned char datagram[DNS_UDP_HEADER + DNS_ANSWER_MAX], room[FRAME_MAX];
    struct dns_asker asker = { .port = 1 };
    size_t length;

    if (n < 5)
        return;
    asker.v6 = data[4] & 1;
    net.mtu = get16(data) % 65521;
    if (net.mtu < (asker.v6 ? 1280 : 68))
        net.mtu = asker.v6 ? 1280 : 68;
    length = get16(data + 2);
    if (length > DNS_ANSWER_MAX)
        length = DNS_ANSWER_MAX;
    for (size_t i = 0; i < length; i++)
        datagram[DNS_UDP_HEADER + i] = data[i % n];
    whole_n = 0;
    dns_write(&net, &asker, datagram, length, 7, room, put_together, &asker);
    must(whole_n == DNS_UDP_HEADER + length && memcmp(whole, datagram, whole_n) == 0);
}

/* ---- the resolvers of the host ---- */

static void resolvers(const uint8_t *data, size_t n)
{
    struct arena *a = arena_new();
    struct text first = { 0 }, second = { 0 };
    struct resolv r, again;

    resolv_parse(a, (const char *)data, n, &r);
    must(r.n <= RESOLV_SERVERS_MAX);
    resolv_write(&first, r.servers, r.n, &r.search, &r.options);
    resolv_parse(a, first.s, first.n, &again);
    must(again.n == r.n && again.search.n <= r.search.n && again.options.n <= r.options.n);
    resolv_write(&second, again.servers, again.n, &again.search, &again.options);
    must(text_is(first.s, second.s));
    text_free(&first);
    text_free(&second);
    arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    switch (data[0] % 5) {
    case 0:
        query(data + 1, size - 1);
        break;
    case 1:
        both(data + 1, size - 1);
        break;
    case 2:
        frame(data + 1, size - 1);
        break;
    case 3:
        cut(data + 1, size - 1);
        break;
    case 4:
        resolvers(data + 1, size - 1);
        break;
    }
    return 0;
}
