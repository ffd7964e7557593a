#include "sockets.h"

#include <string.h>

#include "base/text.h"

#define AFTER_STATE 6 /* words from there to the inode */

/* " 0: ADDRESS:PORT ADDRESS:PORT STATE QUEUES TIMER TIMEOUTS UID PROBES INODE ..." */
bool socket_row(const char *line, sa_family_t family, struct socket_row *out)
{
    const char *s = strchr(line, ':');
    size_t words = family == AF_INET6 ? 4 : 1, width = 8 * words, n;
    uint32_t number;
    char inode[24];

    if (!s || strlen(s) < 2 + 2 * (width + 6) + 2)
        return false;
    s += 2;
    *out = (struct socket_row){ .at.family = family };
    for (size_t i = 0; i < words; i++) {
        uint32_t word; /* in the order of this machine */

        if (!text_hex(s + 8 * i, 8, &word))
            return false;
        memcpy(out->at.bytes + 4 * i, &word, sizeof word);
    }
    if (!text_hex(s + width + 1, 4, &number) || !text_hex(s + 2 * (width + 6), 2, &out->state))
        return false;
    out->port = (uint16_t)number;
    s += 2 * (width + 6);
    for (int i = 0; i < AFTER_STATE; i++) {
        s += strcspn(s, " \n");
        s += strspn(s, " ");
    }
    n = strcspn(s, " \n");
    if (n == 0 || n >= sizeof inode)
        return false;
    memcpy(inode, s, n);
    inode[n] = '\0';
    return text_u64(inode, &out->inode);
}
