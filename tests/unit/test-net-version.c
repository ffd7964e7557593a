/* libslirp in other versions than the one that is installed: LS-02, SLP-01.  What is here takes the
 * place of the library's own. */
#include <slirp/libslirp.h>

#include "net-guest.h"
#include "rcrun-net/engine.h"
#include "tap.h"

static const char *version;
static uint32_t asked; /* the version of the settings, 0 = never */
static struct err e;

const char *slirp_version_string(void)
{
    return version;
}

/* As the library does: what it does not know yet it refuses. */
Slirp *slirp_new(const SlirpConfig *config, const SlirpCb *callbacks, void *of)
{
    (void)callbacks;
    (void)of;
    asked = config->version;
    return NULL;
}

static bool opens(const char *with)
{
    const struct engine_owner owner = { 0 };
    struct engine *engine = NULL;
    struct events ev;
    struct net net;
    int status;

    version = with;
    asked = 0;
    guest_net(&net);
    err_clear(&e);
    EQ_INT(events_open(&ev, &e), 0);
    status = engine_open(&engine, &ev, &net, &owner, &e);
    EQ_INT(status, -1);
    events_close(&ev);
    return asked != 0;
}

TEST(an_old_library_is_refused_with_both_versions)
{
    static const char *const old[] = { "4.6.1", "4.6.99", "3.9.0", "0.0.1" };

    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        OK(!opens(old[i]));
        OK(strstr(e.text, old[i]));
        OK(strstr(e.text, "4.7 is needed"));
        OK(strstr(e.text, "was built with " SLIRP_VERSION_STRING));
        EQ_STR(e.hint, "update libslirp0");
        OK(strstr(engine_lacks(), "too old"));
    }
    /* Nor one that does not say what it is. */
    OK(!opens("unknown"));
    OK(!opens("4"));
    OK(!opens(""));
}

TEST(none_is_asked_for_more_than_it_knows)
{
    static const struct { const char *version; uint32_t most; } known[] = {
        { "4.7.0", 4 }, { "4.7.9-git", 4 }, { "4.8.0", 5 }, { "4.9.0", 6 }, { "4.9.3", 6 },
        { "5.0.0", 6 },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        OK(opens(known[i].version));
        EQ_INT(asked, known[i].most < SLIRP_CONFIG_VERSION_MAX ? known[i].most
                                                               : SLIRP_CONFIG_VERSION_MAX);
        OK(strstr(e.text, known[i].version));
        OK(strstr(e.text, SLIRP_VERSION_STRING));
    }
}

TEST(says_what_a_version_lacks)
{
    version = "4.7.0";
    OK(strstr(engine_lacks(), "CVE-2026-9539"));
    OK(!engine_echoes_v6());
    version = "4.9.1";
    OK(strstr(engine_lacks(), "CVE-2026-9539"));
    OK(engine_echoes_v6());
    version = "4.9.2";
    OK(!engine_lacks());
    version = "5.0.0";
    OK(!engine_lacks());
}
