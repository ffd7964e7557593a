#include "options.h"

#include "base/options.h"

struct given {
    int form, clamp;
    uint32_t source, result;
    const char *tag, *name, *limit;
    bool pack, version;
};

#define NO_FD UINT32_MAX
#define FD_MAX 65535

static const struct name forms[] = {
    { "tar", FORM_TAR },
    { "oci", FORM_OCI },
    { "oci-archive", FORM_OCI_ARCHIVE },
    { "docker-archive", FORM_DOCKER_ARCHIVE },
    { NULL, 0 },
};
static const struct name clamp_words[] = { { "refuse", 0 }, { "clamp", 1 }, { NULL, 0 } };

#define AT(member) offsetof(struct given, member)

static const struct option_row rows[] = {
    { "from", 0, OPTION_WORD, AT(form), "FORM",
      "what is read: tar, oci, oci-archive or docker-archive (default: tar)", GROUP_PLAIN, forms },
    { "source-fd", 0, OPTION_NUMBER, AT(source), "FD",
      "the file, or the directory of a layout (default: 0)", GROUP_PLAIN, NULL },
    { "name", 0, OPTION_TEXT, AT(name), "NAME", "what errors call it", GROUP_PLAIN, NULL },
    { "tag", 0, OPTION_TEXT, AT(tag), "TAG", "which of several images", GROUP_PLAIN, NULL },
    { "limit", 0, OPTION_TEXT, AT(limit), "BYTES",
      "end when the files have more than so many (default: no limit)", GROUP_PLAIN, NULL },
    { "ids", 0, OPTION_WORD, AT(clamp), "refuse|clamp",
      "owners that are not mapped: an error, or stored as 65534 (default: refuse)", GROUP_PLAIN,
      clamp_words },
    { "result-fd", 0, OPTION_NUMBER, AT(result), "FD", "gets a JSON object with the outcome",
      GROUP_PLAIN, NULL },
    { "pack", 0, OPTION_FLAG, AT(pack), NULL,
      "the other way: write the directory to standard output, as a tar archive", GROUP_PLAIN, NULL },
    { "version", 'v', OPTION_FLAG, AT(version), NULL, "print the versions", GROUP_PLAIN, NULL },
    { .name = NULL },
};

void unpack_options_help(struct text *out)
{
    text_add(out, "Usage: rcrun-unpack [OPTION...]\n\n"
                  "Unpacks an archive or an image into the current directory, which it makes its root.\n"
                  "Wants to be root of a user namespace, as rcrun unpack(1) starts it.\n\nOptions:\n");
    options_help(out, rows, GROUP_PLAIN);
    text_add(out, "\nSee rcrun-unpack(1).\n");
}

static int take_fd(const char *name, uint32_t given, int *fd, struct err *e)
{
    if (given != NO_FD && given > FD_MAX)
        return err_set(e, 0, "--%s: %u is no descriptor", name, given);
    *fd = (int)given;
    return 0;
}

int unpack_options_parse(struct arena *a, const char *const *words, size_t n,
                         struct unpack_options *o, struct err *e)
{
    struct given g = { .source = 0, .result = NO_FD };
    struct parse p = { .rows = rows, .store = &g };

    *o = (struct unpack_options){ .result = -1, .limit = UINT64_MAX };
    TRY(options_parse(a, &p, words, n, e));
    o->help = p.help;
    o->version = g.version;
    o->form = g.form;
    o->tag = g.tag;
    o->name = g.name ? g.name : "archive";
    o->clamp = g.clamp;
    o->pack = g.pack;
    if (g.limit && !text_u64(g.limit, &o->limit))
        return err_set(e, 0, "--limit: \"%s\" is no number of bytes", g.limit);
    TRY(take_fd("source-fd", g.source, &o->source, e));
    return take_fd("result-fd", g.result, &o->result, e);
}
