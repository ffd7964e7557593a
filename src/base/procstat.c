#include "base/procstat.h"

#include <fcntl.h>
#include <string.h>

#include "base/clean.h"
#include "base/text.h"

/* The word at *at, ended by a NUL; *at moves behind it. */
static char *next(char **at)
{
    char *word = *at;

    word[strcspn(word, " \n")] = '\0';
    *at = word + strlen(word) + 1;
    return word;
}

bool procstat_read(int dir, const char *path, struct procstat *out)
{
    char text[1024], *at, *end;
    OWN_FD fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
    /* The file is made for one read(2), and gives its end only with a second. */
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    const char *state;

    if (n <= 0)
        return false;
    text[n] = '\0';
    end = text + n;
    /* The name in field 2 may hold blanks and parentheses. */
    at = strrchr(text, ')');
    if (!at || at[1] != ' ')
        return false;
    at += 2;
    state = next(&at);
    out->ended = strcmp(state, "Z") == 0 || strcmp(state, "X") == 0;
    if (at >= end || !text_i64(next(&at), &out->parent))
        return false;
    for (int field = 5; field < 22 && at < end; field++)
        next(&at);
    return at < end && text_u64(next(&at), &out->start_time);
}
