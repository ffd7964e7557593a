#include "cli/version.h"

#include <seccomp.h>

#include "spec/spec.h"

void version_libseccomp(struct text *out)
{
    const struct scmp_version *v = seccomp_version();

    text_printf(out, "%u.%u.%u", v->major, v->minor, v->micro);
}

void version_text(struct text *out)
{
    text_add(out, "rcrun version " PACKAGE_VERSION "\n");
    text_add(out, "commit: " RCRUN_COMMIT "\n");
    text_add(out, "spec: " SPEC_VERSION_MAX "\n");
    text_add(out, "libseccomp: ");
    version_libseccomp(out);
    text_add(out, "\nlink: " RCRUN_LINK "\n");
    text_add(out, "+SECCOMP +YAJL\n");
}
