#include "os/filter-cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"

#define FILES_MAX 64
#define TEMP_PREFIX "new-"
#define TEMP_OLD_S 60
#define KEY_MAX (1u << 20)
#define MAGIC 0x31637263 /* "crc1" */

struct head {
    uint32_t magic;
    uint32_t level;
    uint32_t key_n;
    uint32_t n; /* instructions */
    uint64_t sum;
};

/* Hashes name the entries and find accidents: one who can write here is the user himself. */
static uint64_t sum_of(const struct filter_program *p, uint32_t level)
{
    uint64_t h = text_hash(TEXT_HASH_START, &level, sizeof level);

    return text_hash(h, p->code, p->n * sizeof p->code[0]);
}

/* With its parent: the first thing that is kept in the state root may be this. */
static bool make_cache(const char *cache)
{
    const char *slash = strrchr(cache, '/');
    char parent[4096];

    if (slash && slash > cache &&
        snprintf(parent, sizeof parent, "%.*s", (int)(slash - cache), cache) < (int)sizeof parent)
        (void)mkdir(parent, 0700);
    return mkdir(cache, 0700) == 0;
}

static int open_cache(const char *cache, bool make)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    OWN_FD fd = open(cache, flags);
    struct stat st;

    if (fd < 0 && errno == ENOENT && make && make_cache(cache))
        fd = open(cache, flags);
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 077))
        return -1;
    return give_fd(&fd);
}

static void name_of(const struct text *key, char *name, size_t size)
{
    snprintf(name, size, "%016jx", (uintmax_t)text_hash(TEXT_HASH_START, key->s, key->n));
}

/* Is this the entry for the key, whole and sound?  buffer has the n bytes of the file. */
static bool take(const char *buffer, size_t n, const struct text *key, struct filter_program *out,
                 uint32_t *level)
{
    struct head head;

    if (n < sizeof head)
        return false;
    memcpy(&head, buffer, sizeof head);
    if (head.magic != MAGIC || head.key_n != key->n || head.n == 0 || head.n > FILTER_MAX ||
        n != sizeof head + key->n + head.n * sizeof out->code[0] ||
        memcmp(buffer + sizeof head, key->s, key->n) != 0)
        return false;
    memcpy(out->code, buffer + sizeof head + key->n, head.n * sizeof out->code[0]);
    out->n = head.n;
    if (head.sum != sum_of(out, head.level)) {
        out->n = 0;
        return false;
    }
    *level = head.level;
    return true;
}

bool filter_cache_read(const char *cache, const struct text *key, struct filter_program *out,
                       uint32_t *level)
{
    OWN_FD dir = open_cache(cache, false);
    OWN_FD fd = -1;
    OWN_MEM buffer = NULL;
    struct stat st;
    char name[32];
    ssize_t got;
    size_t most = sizeof(struct head) + key->n + sizeof out->code;

    if (dir < 0)
        return false;
    name_of(key, name, sizeof name);
    fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 07777) != 0600 || st.st_nlink != 1 || st.st_size <= 0 ||
        (size_t)st.st_size > most)
        return false;
    buffer = malloc((size_t)st.st_size);
    if (!buffer)
        return false;
    got = read(fd, buffer, (size_t)st.st_size);
    return got == st.st_size && take(buffer, (size_t)got, key, out, level);
}

/* Who writes it is done within a blink. */
static bool is_abandoned(const char *name, const struct stat *st)
{
    return text_starts(name, TEMP_PREFIX) && st->st_mtim.tv_sec + TEMP_OLD_S < time(NULL);
}

/* Removes what killed writers left, and the oldest files until one more fits. */
static void make_room(int dir_fd)
{
    for (int i = 0; i < FILES_MAX; i++) {
        DIR *dir = file_list(dir_fd);
        struct stat st, oldest = { 0 };
        char name[NAME_MAX + 1] = "";
        size_t n = 0;

        if (!dir)
            return;
        for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
            if (d->d_name[0] == '.' || fstatat(dir_fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                continue;
            if (is_abandoned(d->d_name, &st) && unlinkat(dir_fd, d->d_name, 0) == 0)
                continue;
            n++;
            if (name[0] && (st.st_mtim.tv_sec > oldest.st_mtim.tv_sec ||
                            (st.st_mtim.tv_sec == oldest.st_mtim.tv_sec &&
                             st.st_mtim.tv_nsec >= oldest.st_mtim.tv_nsec)))
                continue;
            oldest = st;
            snprintf(name, sizeof name, "%s", d->d_name);
        }
        closedir(dir);
        if (n < FILES_MAX || unlinkat(dir_fd, name, 0) < 0)
            return;
    }
}

void filter_cache_write(const char *cache, const struct text *key,
                        const struct filter_program *program, uint32_t level)
{
    struct head head = { MAGIC, level, (uint32_t)key->n, program->n, sum_of(program, level) };
    struct iovec parts[] = {
        { &head, sizeof head },
        { key->s, key->n },
        { (void *)(uintptr_t)program->code, program->n * sizeof program->code[0] },
    };
    ssize_t want = (ssize_t)(parts[0].iov_len + parts[1].iov_len + parts[2].iov_len);
    OWN_FD dir = -1;
    OWN_FD fd = -1;
    char temp[48];
    char name[32];

    if (key->n > KEY_MAX)
        return;
    dir = open_cache(cache, true);
    if (dir < 0)
        return;
    make_room(dir);
    name_of(key, name, sizeof name);
    snprintf(temp, sizeof temp, TEMP_PREFIX "%d-%s", (int)getpid(), name);
    fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (fchmod(fd, 0600) < 0 || writev(fd, parts, 3) != want || renameat(dir, temp, dir, name) < 0)
        unlinkat(dir, temp, 0);
}
