#include "pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "jail.h"
#include "place.h"

static int fail(struct archive *ar, const char *name, struct err *e)
{
    return place_err(e, 0, name ? name : "archive", "%s",
                     archive_error_string(ar) ? archive_error_string(ar) : "cannot be packed");
}

static int copy_data(struct archive *from, struct archive *to, const char *name, struct err *e)
{
    const void *data;
    int64_t at, end = 0;
    size_t n;
    int got;

    while ((got = archive_read_data_block(from, &data, &n, &at)) == ARCHIVE_OK) {
        static const char zeros[4096];

        /* Where the format has holes they are in the header, and at counts without them. */
        for (; end < at; end += (int64_t)sizeof zeros < at - end ? (int64_t)sizeof zeros : at - end)
            if (archive_write_data(to, zeros, (int64_t)sizeof zeros < at - end
                                                  ? sizeof zeros
                                                  : (size_t)(at - end)) < 0)
                return fail(to, name, e);
        if (n && archive_write_data(to, data, n) < 0)
            return fail(to, name, e);
        end = at + (int64_t)n;
    }
    return got == ARCHIVE_EOF ? 0 : fail(from, name, e);
}

static int put(struct archive *disk, struct archive *out, struct archive_entry *entry, struct err *e)
{
    const char *name = archive_entry_pathname(entry);

    if (archive_write_header(out, entry) < ARCHIVE_WARN)
        return fail(out, name, e);
    return archive_entry_size(entry) > 0 ? copy_data(disk, out, name, e) : 0;
}

static int next(struct archive *disk, struct archive *out, struct archive_entry_linkresolver *links,
                struct archive_entry *entry, struct err *e)
{
    struct archive_entry *spare = NULL;
    int got = archive_read_next_header2(disk, entry);

    if (got == ARCHIVE_EOF)
        return 0;
    if (got != ARCHIVE_OK)
        return fail(disk, archive_entry_pathname(entry), e);
    if (archive_entry_filetype(entry) == AE_IFDIR && archive_read_disk_can_descend(disk))
        archive_read_disk_descend(disk);
    /* A socket is of the program that made it. */
    if (archive_entry_filetype(entry) == AE_IFSOCK)
        return 1;
    archive_entry_linkify(links, &entry, &spare);
    return put(disk, out, entry, e) < 0 ? -1 : 1;
}

static int walk(struct archive *disk, struct archive *out, struct err *e)
{
    struct archive_entry_linkresolver *links = archive_entry_linkresolver_new();
    int got = 1;

    archive_entry_linkresolver_set_strategy(links, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE);
    while (got > 0) {
        struct archive_entry *entry = archive_entry_new();

        got = next(disk, out, links, entry, e);
        archive_entry_free(entry);
    }
    archive_entry_linkresolver_free(links);
    return got;
}

static int pack(struct archive *disk, struct archive *out, struct err *e)
{
    archive_read_disk_set_symlink_physical(disk);
    archive_read_disk_set_behavior(disk, ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS |
                                             ARCHIVE_READDISK_NO_FFLAGS);
    archive_write_set_format_pax(out);
    archive_write_set_bytes_in_last_block(out, 1);
    if (archive_read_disk_open(disk, ".") != ARCHIVE_OK)
        return fail(disk, NULL, e);
    if (archive_write_open_fd(out, STDOUT_FILENO) != ARCHIVE_OK)
        return fail(out, NULL, e);
    TRY(walk(disk, out, e));
    return archive_write_close(out) == ARCHIVE_OK ? 0 : fail(out, NULL, e);
}

int pack_in_jail(struct err *e)
{
    struct archive *disk, *out;
    int got;

    TRY(jail_enter(true, e));
    disk = archive_read_disk_new();
    out = archive_write_new();
    if (!disk || !out)
        BUG("out of memory");
    got = pack(disk, out, e);
    archive_read_free(disk);
    archive_write_free(out);
    return got;
}
