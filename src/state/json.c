#include <string.h>

#include "base/json-load.h"
#include "base/json-write.h"
#include "state/state.h"

const char *const status_names[STATUS_STOPPED + 1] = {
    [STATUS_CREATING] = "creating",
    [STATUS_CREATED] = "created",
    [STATUS_RUNNING] = "running",
    [STATUS_STOPPED] = "stopped",
};

#define T struct identity
static const struct json_field identity_fields[] = {
    J(T, "pid", pid),
    J(T, "startTime", start_time),
    J(T, "pidfs", pidfs),
    J(T, "boot", boot),
    J(T, "pidNamespace", pid_ns),
};
const struct json_type identity_type = JSON_TYPE(T, identity_fields);
#undef T

#define T struct state
static const struct json_field state_fields[] = {
    J_MUST(T, "version", version),
    J_MUST(T, "id", id),
    J_MUST(T, "bundle", bundle),
    J_MUST(T, "rootfs", rootfs),
    J_MUST(T, "created", created),
    J(T, "uid", uid),
    J(T, "namespaces", namespaces),
    J_OBJECT(T, "init", init, identity),
    J_PART(T, "server", server, identity),
    J(T, "annotations", annotations),
    J(T, "upper", upper),
    J(T, "network", network),
    J_MUST(T, "config", config),
};
static const struct json_type state_type = JSON_TYPE(T, state_fields);
#undef T

void state_write(struct text *out, const struct state *s)
{
    struct json_out j;

    json_start(&j, out, false);
    json_write(&j, &state_type, s);
    json_end(&j);
}

int state_load(struct arena *a, const char *file, const char *text, size_t n, struct state *s,
               struct err *e)
{
    *s = (struct state){ 0 };
    TRY(json_load(a, file, text, n, &state_type, s, e));
    if (s->version != STATE_VERSION)
        return err_set(e, 0, "%s: state of version %u, this rcrun knows %d", file, s->version,
                       STATE_VERSION);
    /* Never a signal to all, or to the first process of the machine. */
    if (s->init.pid <= 1)
        return err_set(e, 0, "%s: init.pid: %lld is no container", file, (long long)s->init.pid);
    if (s->server && s->server->pid <= 1)
        return err_set(e, 0, "%s: server.pid: %lld is no server", file, (long long)s->server->pid);
    return 0;
}

void state_write_oci(struct text *out, const struct state *s, enum status status, int64_t pid,
                     bool pretty)
{
    struct json_out j;

    json_start(&j, out, pretty);
    json_open(&j, '{');
    json_key(&j, "ociVersion");
    json_text(&j, STATE_OCI_VERSION);
    json_key(&j, "id");
    json_text(&j, s->id);
    json_key(&j, "status");
    json_text(&j, status_names[status]);
    json_key(&j, "pid");
    json_i64(&j, status == STATUS_STOPPED ? 0 : pid);
    json_key(&j, "bundle");
    json_text(&j, s->bundle);
    json_key(&j, "rootfs");
    json_text(&j, s->rootfs);
    json_key(&j, "created");
    json_text(&j, s->created);
    json_key(&j, "owner");
    json_text(&j, s->owner ? s->owner : "");
    if (s->annotations.n) {
        json_key(&j, "annotations");
        json_open(&j, '{');
        for (size_t i = 0; i < s->annotations.n; i++) {
            json_key(&j, s->annotations.v[i].key);
            json_text(&j, s->annotations.v[i].value);
        }
        json_close(&j);
    }
    json_close(&j);
    if (pretty)
        json_end(&j);
}
