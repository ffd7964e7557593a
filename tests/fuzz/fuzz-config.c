/* A config.json of anybody: it is loaded and checked, or refused with one line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json-load.h"
#include "spec/check.h"
#include "spec/default.h"
#include "spec/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool cond)
{
    if (!cond)
        abort();
}

/* An error has a place, in the text, and no line break. */
static void check_error(const struct err *e)
{
    need(strncmp(e->text, "f:", 2) == 0);
    need(!strchr(e->text, '\n'));
}

/* What was loaded can be written, and that loads as the same. */
static void write_and_load(struct arena *a, const struct spec *s)
{
    OWN_TEXT first = { 0 };
    OWN_TEXT second = { 0 };
    struct spec again = { 0 };
    struct err e = { 0 };

    spec_write(s, &first);
    need(first.n > JSON_TEXT_MAX || spec_load(a, "f", first.s, first.n, &again, &e) == 0);
    spec_write(&again, &second);
    need(first.n > JSON_TEXT_MAX || strcmp(first.s, second.s) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    const char *text = arena_copy(a, (const char *)data, size);
    struct spec s = { 0 };
    struct err e = { 0 };

    if (spec_load(a, "f", text, size, &s, &e) < 0) {
        check_error(&e);
    } else {
        write_and_load(a, &s);
        spec_has_limits(&s, NULL);
        if (spec_check(&s, &e) < 0) {
            json_place(&e, "f", text, size);
            check_error(&e);
        }
    }
    arena_free(a);
    return 0;
}
