/* What the tests of the checker have in common: a config in one line, and what is said of it. */
#ifndef SPEC_CHECK_H
#define SPEC_CHECK_H

#include "spec/check.h"

#include "base/clean.h"
#include "spec/load.h"
#include "tap.h"

static struct arena *arena;
static struct spec spec;
static struct err err;

/* Loads a text in which single quotes stand for double ones. */
static int load(const char *text)
{
    static char copy[20000];
    size_t n = strlen(text);

    memcpy(copy, text, n + 1);
    for (size_t i = 0; i < n; i++)
        if (copy[i] == '\'')
            copy[i] = '"';
    arena_free(arena);
    arena = arena_new();
    spec = (struct spec){ 0 };
    err = (struct err){ 0 };
    return spec_load(arena, "f", copy, n, &spec, &err);
}

/* "" when all is right. */
static const char *check(const char *text)
{
    if (load(text) < 0 || spec_check(&spec, &err) < 0)
        return err.text;
    return "";
}

#define GOOD(text) EQ_STR(check(text), "")
#define BAD(text, told) EQ_STR(check(text), told)

#define TOP(rest) "{'ociVersion':'1.0.2','root':{'path':'rootfs'}" rest "}"
#define PROCESS(rest) TOP(",'process':{'cwd':'/','args':['sh']" rest "}")
#define ALL                                                                              \
    "{'type':'user'},{'type':'mount'},{'type':'pid'},{'type':'network'},{'type':'ipc'}," \
    "{'type':'uts'},{'type':'cgroup'},{'type':'time'}"
#define LINUX(rest) TOP(",'linux':{'namespaces':[" ALL "]" rest "}")
#define BARE(rest) TOP(",'linux':{" rest "}")
#define MOUNT(rest) TOP(",'linux':{'namespaces':[" ALL "]},'mounts':[{" rest "}]")
#define RESOURCES(rest) LINUX(",'resources':{" rest "}")
#define SECCOMP(rest) LINUX(",'seccomp':{'defaultAction':'SCMP_ACT_ALLOW'" rest "}")
#define RULE(rest) SECCOMP(",'syscalls':[{" rest "}]")

#endif
