/* plan/explain.c - the plan grouped by what a person asks, each line with its reason. */
#include "base/json-write.h"
#include "plan/make.h"

enum question { WHO, SEE, RUN, LESS, HOW, QUESTIONS };

static const char *const titles[QUESTIONS] = {
    [WHO] = "Who it is",
    [SEE] = "What it sees",
    [RUN] = "What it runs",
    [LESS] = "What it cannot do",
    [HOW] = "How the start goes",
};

static enum question asked(enum step_kind kind)
{
    switch ((int)kind) {
    case STEP_spawn:
    case STEP_start_map:
    case STEP_write_map:
    case STEP_deny_setgroups:
    case STEP_join:
    case STEP_unshare:
    case STEP_become_root:
    case STEP_ids:
    case STEP_groups:
    case STEP_hostname:
    case STEP_domainname:
        return WHO;
    case STEP_open_root:
    case STEP_open_overlay:
    case STEP_start_fuse:
    case STEP_make_fuse:
    case STEP_open_fuse_root:
    case STEP_make_mapping:
    case STEP_bind:
    case STEP_mount_fs:
    case STEP_mount_tmpfs:
    case STEP_mount_overlay:
    case STEP_notify_socket:
    case STEP_remount:
    case STEP_bind_device:
    case STEP_make_node:
    case STEP_link:
    case STEP_console:
    case STEP_loopback_up:
    case STEP_make_tap:
    case STEP_inner_net:
    case STEP_net_files:
    case STEP_start_net:
    case STEP_time_offset:
        return SEE;
    case STEP_exec:
    case STEP_find_program:
    case STEP_find_home:
    case STEP_listen_pid:
    case STEP_chdir:
    case STEP_umask:
    case STEP_scheduler:
    case STEP_io_priority:
    case STEP_memory_policy:
    case STEP_personality:
    case STEP_sysctl:
    case STEP_oom_score:
        return RUN;
    case STEP_no_new_privs:
    case STEP_bounding:
    case STEP_caps:
    case STEP_load_filter:
    case STEP_compile_filter:
    case STEP_send_listener:
    case STEP_limit:
    case STEP_mask_path:
    case STEP_readonly_path:
    case STEP_change_root:
    case STEP_label:
        return LESS;
    default:
        return HOW;
    }
}

void plan_explain(struct text *out, const struct plan *p)
{
    for (enum question q = WHO; q < QUESTIONS; q++) {
        bool titled = false;

        for (size_t i = 0; i < p->n; i++) {
            if (asked(p->v[i].kind) != q)
                continue;
            if (!titled)
                text_printf(out, "%s%s\n", out->n ? "\n" : "", titles[q]);
            titled = true;
            text_printf(out, "  %s", step_names[p->v[i].kind]);
            plan_print_fields(out, &p->v[i]);
            text_printf(out, "    # %s\n", p->v[i].why);
        }
    }
    for (size_t i = 0; i < p->warnings.n; i++)
        text_printf(out, "%s  %s\n", i ? "" : "\nWhat is not as the config says\n",
                    p->warnings.v[i]);
}

void plan_print_json(struct text *out, const struct plan *p)
{
    struct json_out j;

    json_start(&j, out, true);
    json_open(&j, '{');
    json_key(&j, "id");
    json_text(&j, p->id);
    json_key(&j, "steps");
    json_open(&j, '[');
    for (size_t i = 0; i < p->n; i++) {
        const struct step *s = &p->v[i];
        OWN_TEXT fields = { 0 };

        plan_print_fields(&fields, s);
        json_open(&j, '{');
        json_key(&j, "number");
        json_u64(&j, i + 1);
        json_key(&j, "process");
        json_text(&j, process_names[s->at]);
        json_key(&j, "step");
        json_text(&j, step_names[s->kind]);
        json_key(&j, "fields");
        json_text(&j, fields.n ? fields.s + 1 : "");
        json_key(&j, "optional");
        json_bool(&j, s->optional);
        json_key(&j, "why");
        json_text(&j, s->why);
        json_close(&j);
    }
    json_close(&j);
    json_key(&j, "warnings");
    json_texts(&j, &p->warnings);
    json_key(&j, "notes");
    json_texts(&j, &p->notes);
    json_close(&j);
    json_end(&j);
}
