/* The parts of the planner that a golden plan (tests/plans) does not show: the proof that a
 * plan can run, maps, long environments, and that nothing but the plan is written. */
#include "plan/make.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/facts-json.h"
#include "plan/print.h"
#include "spec/load.h"
#include "tap.h"

static struct arena *arena;
static struct plan plan;
static struct maker maker;
static struct err err;

/* ---- plans made by hand ---- */

static void begin(void)
{
    arena_free(arena);
    arena = arena_new();
    plan = (struct plan){ .arena = arena, .id = "t" };
    maker = (struct maker){ .a = arena, .p = &plan };
    err = (struct err){ 0 };
}

static struct step *add(enum step_kind kind, enum process at)
{
    return plan_add(&maker, kind, at, "test");
}

static void spawn(enum process who)
{
    add(STEP_spawn, PARENT)->u.spawn.who = who;
}

static void meet(enum process from, enum process to, enum message msg)
{
    plan_meet(&maker, from, to, msg, "test");
}

/* What stands in every plan, up to a step. */
static void begin_with(enum step_kind last)
{
    begin();
    spawn(INIT);
    if (last == STEP_spawn)
        return;
    add(STEP_harden, INIT);
    meet(PARENT, INIT, MSG_PREPARED);
    if (last == STEP_await)
        return;
    add(STEP_open_root, INIT);
    if (last == STEP_open_root)
        return;
    add(STEP_enter_root, INIT);
    if (last == STEP_enter_root)
        return;
    add(STEP_caps, INIT);
    if (last == STEP_caps)
        return;
    add(STEP_exec, INIT);
}

static const char *check(void)
{
    err = (struct err){ 0 };
    return plan_check(&plan, &err) < 0 ? err.text : "";
}

/* A plan that ends with the program. */
static const char *check_to_end(void)
{
    add(STEP_exec, INIT);
    return check();
}

TEST(a_good_plan_passes)
{
    begin_with(STEP_exec);
    EQ_STR(check(), "");
    add(STEP_await_exec, PARENT);
    add(STEP_relay, PARENT);
    EQ_STR(check(), "");
}

TEST(a_good_plan_of_three_processes_passes)
{
    begin();
    spawn(SETUP);
    add(STEP_harden, SETUP);
    add(STEP_join, SETUP)->u.join.type = "user";
    add(STEP_fork_init, SETUP);
    meet(SETUP, PARENT, MSG_INIT_PID);
    add(STEP_reap_setup, PARENT);
    add(STEP_open_root, INIT);
    EQ_STR(check_to_end(), "");
}

TEST(refuses_a_plan_without_program)
{
    begin_with(STEP_caps);
    EQ_STR(check(), "plan: nothing is executed");
}

TEST(refuses_a_step_without_reason)
{
    begin_with(STEP_open_root);
    add(STEP_enter_root, INIT)->why = NULL;
    EQ_STR(check_to_end(), "plan: step 6 (init enter_root): has no reason");
}

TEST(refuses_a_tell_that_nobody_awaits)
{
    begin_with(STEP_open_root);
    add(STEP_tell, INIT)->u.tell.msg = MSG_HOOKED;
    EQ_STR(check(), "plan: step 6 (init tell): nobody awaits what it tells");
    EQ_STR(check_to_end(), "plan: step 6 (init tell): nobody awaits what it tells");
}

TEST(refuses_an_await_that_is_not_directly_behind)
{
    begin_with(STEP_open_root);
    add(STEP_tell, INIT)->u.tell.msg = MSG_HOOKED;
    add(STEP_await_exec, PARENT);
    add(STEP_await, PARENT)->u.await.msg = MSG_HOOKED;
    EQ_STR(check_to_end(), "plan: step 6 (init tell): nobody awaits what it tells");
}

TEST(refuses_an_await_that_nobody_tells)
{
    begin();
    add(STEP_await, PARENT)->u.await.msg = MSG_HOOKED;
    EQ_STR(check(), "plan: step 1 (parent await): nobody tells what it awaits");
    begin_with(STEP_open_root);
    add(STEP_await, INIT)->u.await.msg = MSG_GO;
    EQ_STR(check_to_end(), "plan: step 6 (init await): nobody tells what it awaits");
}

TEST(refuses_to_await_another_message)
{
    begin_with(STEP_open_root);
    add(STEP_tell, INIT)->u.tell.msg = MSG_HOOKED;
    add(STEP_await, PARENT)->u.await.msg = MSG_CONSOLE;
    EQ_STR(check_to_end(), "plan: step 6 (init tell): nobody awaits what it tells");
}

TEST(refuses_a_process_that_tells_itself)
{
    begin_with(STEP_open_root);
    meet(INIT, INIT, MSG_HOOKED);
    EQ_STR(check_to_end(), "plan: step 6 (init tell): nobody awaits what it tells");
}

TEST(refuses_an_act_before_birth)
{
    begin();
    add(STEP_harden, INIT);
    EQ_STR(check(), "plan: step 1 (init harden): acts before its process was made");
    begin();
    spawn(INIT);
    add(STEP_harden, SETUP);
    EQ_STR(check(), "plan: step 2 (setup harden): acts before its process was made");
    begin();
    spawn(SETUP);
    add(STEP_harden, SETUP);
    add(STEP_open_root, INIT);
    EQ_STR(check(), "plan: step 3 (init open_root): acts before its process was made");
}

TEST(refuses_an_act_after_the_end)
{
    begin_with(STEP_exec);
    add(STEP_umask, INIT);
    EQ_STR(check(), "plan: step 9 (init umask): acts after its process ended");
    begin();
    spawn(SETUP);
    add(STEP_harden, SETUP);
    add(STEP_fork_init, SETUP);
    add(STEP_reap_setup, PARENT);
    add(STEP_propagation, SETUP);
    EQ_STR(check(), "plan: step 5 (setup propagation): acts after its process ended");
}

TEST(refuses_host_paths_inside_of_the_root)
{
    static const enum step_kind kinds[] = { STEP_open_root,     STEP_bind,       STEP_bind_device,
                                            STEP_mount_overlay, STEP_pin_source, STEP_join };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        begin_with(STEP_enter_root);
        add(kinds[i], INIT);
        check_to_end();
        OK(strstr(err.text, "names a path of the host after the root was entered"));
    }
}

TEST(refuses_what_needs_power_after_it_was_given_up)
{
    static const enum step_kind kinds[] = {
        STEP_mount_fs,  STEP_mount_tmpfs, STEP_mask_path, STEP_readonly_path, STEP_remount,
        STEP_make_node, STEP_change_root, STEP_hostname,  STEP_domainname,    STEP_loopback_up,
        STEP_groups,    STEP_bounding,    STEP_ids,       STEP_sysctl,        STEP_enter_root,
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        begin_with(STEP_caps);
        add(kinds[i], INIT);
        check_to_end();
        OK(strstr(err.text, "needs a capability that was given up before"));
    }
    begin_with(STEP_caps);
    add(STEP_limit, INIT);
    EQ_STR(check_to_end(), "");
}

TEST(refuses_to_meet_others_before_harden)
{
    begin_with(STEP_spawn);
    add(STEP_open_root, INIT);
    EQ_STR(check_to_end(), "plan: step 2 (init open_root): comes before harden");
    begin();
    spawn(SETUP);
    add(STEP_fork_init, SETUP);
    EQ_STR(check(), "plan: step 2 (setup fork_init): comes before harden");
    begin();
    spawn(SETUP);
    add(STEP_join, SETUP)->u.join.type = "user";
    EQ_STR(check(), "plan: step 2 (setup join): comes before harden");
}

/* ---- seccomp ---- */

static void begin_with_filter(bool compiled_in_time)
{
    begin_with(STEP_spawn);
    add(STEP_harden, INIT);
    if (compiled_in_time)
        add(STEP_compile_filter, PARENT);
    meet(PARENT, INIT, MSG_PREPARED);
    if (!compiled_in_time)
        add(STEP_compile_filter, PARENT);
    add(STEP_open_root, INIT);
    add(STEP_enter_root, INIT);
}

TEST(the_filter_may_be_last)
{
    begin_with_filter(true);
    add(STEP_no_new_privs, INIT);
    add(STEP_caps, INIT);
    add(STEP_load_filter, INIT);
    EQ_STR(check_to_end(), "");
}

TEST(a_listener_is_given_to_somebody)
{
    for (int waits = 0; waits < 2; waits++) {
        begin_with_filter(true);
        if (waits) /* from here on for the start command, which has no steps */
            add(STEP_await_start, INIT);
        add(STEP_load_filter, INIT)->u.load_filter.listener = "/x";
        EQ_STR(check_to_end(), waits ? "" : "plan: step 8 (init load_filter): nobody takes the listener");
    }
    begin_with_filter(true);
    add(STEP_load_filter, INIT);
    add(STEP_send_listener, PARENT);
    EQ_STR(check_to_end(), "plan: step 9 (parent send_listener): nobody gives it a listener");
}

TEST(the_filter_comes_before_the_caps_go_without_no_new_privs)
{
    begin_with_filter(true);
    add(STEP_load_filter, INIT);
    add(STEP_caps, INIT);
    EQ_STR(check_to_end(), "");
    begin_with_filter(true);
    add(STEP_caps, INIT);
    add(STEP_load_filter, INIT);
    EQ_STR(check_to_end(),
           "plan: step 9 (init load_filter): needs a capability that was given up before");
}

TEST(refuses_a_filter_that_was_not_compiled)
{
    begin_with(STEP_enter_root);
    add(STEP_load_filter, INIT);
    EQ_STR(check_to_end(),
           "plan: step 7 (init load_filter): no filter was compiled and handed over");
    begin_with_filter(false);
    add(STEP_load_filter, INIT);
    EQ_STR(check_to_end(),
           "plan: step 8 (init load_filter): no filter was compiled and handed over");
}

TEST(refuses_an_act_after_the_filter)
{
    begin_with_filter(true);
    add(STEP_no_new_privs, INIT);
    add(STEP_load_filter, INIT);
    add(STEP_close_fds, INIT);
    EQ_STR(check_to_end(), "plan: step 10 (init close_fds): comes after the filter");
}

/* ---- names ---- */

static bool each_once(const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!names[i] || !*names[i])
            return false;
        for (size_t k = 0; k < i; k++)
            if (strcmp(names[i], names[k]) == 0)
                return false;
    }
    return true;
}

TEST(steps_processes_and_messages_have_names_of_their_own)
{
    OK(each_once(step_names, STEP_KINDS));
    OK(each_once(process_names, PROCESSES));
    OK(each_once(message_names, MSG_ERROR + 1));
    EQ_STR(step_names[STEP_exec], "exec");
    EQ_STR(process_names[SETUP], "setup");
    EQ_STR(message_names[MSG_GO], "go");
}

/* Every kind is printed and explained, also one that no plan has. */
TEST(every_step_is_printed)
{
    begin();
    for (int kind = 0; kind < STEP_KINDS; kind++) {
        OWN_TEXT line = { 0 };
        char want[80];

        add((enum step_kind)kind, PARENT);
        snprintf(want, sizeof want, "%3zu parent %s", plan.n, step_names[kind]);
        plan_print_step(&line, &plan, plan.n - 1, false);
        NEED(line.n > 0);
        OK(strncmp(line.s, want, strlen(want)) == 0);
        OK(strchr(line.s, '\n') == NULL);
    }
}

/* ---- maps ---- */

TEST(maps_lead_outside)
{
    struct id_range v[] = { { 0, 1000, 1 }, { 1, 100000, 65536 }, { 4294967294, 7, 1 } };
    struct id_map map = { v, 3 };
    uint32_t out = 0;

    OK(facts_map_has(&map, 0, &out));
    EQ_INT(out, 1000);
    OK(facts_map_has(&map, 65536, &out));
    EQ_INT(out, 165535);
    OK(facts_map_has(&map, 4294967294, &out));
    EQ_INT(out, 7);
    OK(facts_map_has(&map, 1, NULL));
    out = 5;
    OK(!facts_map_has(&map, 65537, &out));
    OK(!facts_map_has(&map, 4294967295, &out));
    EQ_INT(out, 5);
    OK(facts_map_has_outside(&map, 1000, NULL));
    OK(facts_map_has_outside(&map, 165535, NULL));
    OK(!facts_map_has_outside(&map, 165536, NULL));
    OK(!facts_map_has_outside(&map, 1001, NULL));
    OK(!facts_map_has_outside(&map, 0, NULL));
    begin();
    EQ_STR(map_text(arena, &map), "0:1000:1 1:100000:65536 4294967294:7:1");
    EQ_STR(map_text(arena, &(struct id_map){ 0 }), "");
}

TEST(the_default_map_ends_before_the_last_id)
{
    struct id_range v[] = { { 0, 100000, 4294867295 }, { 0, 5000, 90000 }, { 0, 1, 99999 } };
    struct id_map ranges = { v, 3 }, map;

    begin();
    map = plan_default_map(arena, 1000, &ranges);
    EQ_STR(map_text(arena, &map),
           "0:1000:1 1:100000:4294867295 4294867296:5000:90000 4294957296:1:9999");
}

TEST(the_default_map_has_at_most_340_lines)
{
    struct id_range v[400];
    struct id_map ranges = { v, 400 };

    for (uint32_t i = 0; i < 400; i++)
        v[i] = (struct id_range){ 0, 1000 + 10 * i, 5 };
    begin();
    EQ_INT(plan_default_map(arena, 1, &ranges).n, 340);
}

/* ---- plans of a small config ---- */

static const char config[] =
    "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"/c\"},"
    "\"process\":{\"cwd\":\"/\",\"args\":[\"/bin/true\"],\"noNewPrivileges\":true},"
    "\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}],"
    "\"maskedPaths\":[\"/proc/kcore\"]}}";

static const char host[] =
    "{\"self\":{\"euid\":0,\"caps\":2199023255551,\"bounding\":2199023255551},"
    "\"userns\":{\"uidMap\":[{\"inside\":0,\"outside\":1000,\"size\":1},"
    "{\"inside\":1,\"outside\":100000,\"size\":10}],"
    "\"gidMap\":[{\"inside\":0,\"outside\":1000,\"size\":11}],\"inChild\":true},"
    "\"kernel\":{\"release\":\"6.1.0\",\"lastCap\":40,\"seccomp\":true},\"stateRoot\":\"/r\","
    "\"paths\":[{\"path\":\"/c\",\"kind\":\"dir\",\"mode\":493}]}";

static struct spec spec;
static struct facts facts;
static const struct plan_options options = { .id = "t", .bundle = "/b", .foreground = true };

static int load(void)
{
    begin();
    spec = (struct spec){ 0 };
    return spec_load(arena, "config", config, sizeof config - 1, &spec, &err) < 0 ||
                   facts_load(arena, "facts", host, sizeof host - 1, &facts, &err) < 0
               ? -1
               : 0;
}

static int make(void)
{
    return plan_run(arena, &spec, &options, &facts, &plan, &err);
}

static const struct step_exec *program(void)
{
    for (size_t i = 0; i < plan.n; i++)
        if (plan.v[i].kind == STEP_exec)
            return &plan.v[i].u.exec;
    return NULL;
}

TEST(a_plan_that_was_made_passes_the_check)
{
    NEED(load() == 0 && make() == 0);
    EQ_STR(check(), "");
}

TEST(planning_changes_neither_facts_nor_a_second_plan)
{
    OWN_TEXT before = { 0 };
    OWN_TEXT after = { 0 };
    OWN_TEXT first = { 0 };
    OWN_TEXT second = { 0 };

    NEED(load() == 0);
    facts_write(&before, &facts);
    NEED(make() == 0);
    plan_print(&first, &plan);
    NEED(make() == 0);
    plan_print(&second, &plan);
    facts_write(&after, &facts);
    EQ_STR(after.s, before.s);
    EQ_STR(second.s, first.s);
}

/* ---- environment ---- */

TEST(of_ten_thousand_variables_the_last_of_a_name_wins)
{
    const struct step_exec *exec;

    NEED(load() == 0);
    for (int i = 0; i < 10000; i++)
        *LIST_ADD(arena, &spec.process->env) = arena_printf(arena, "V%d=%d", i % 4000, i);
    NEED(make() == 0);
    exec = program();
    NEED(exec);
    EQ_INT(exec->env.n, 4000);
    EQ_STR(exec->env.v[0], "V0=8000");
    EQ_STR(exec->env.v[1999], "V1999=9999");
    EQ_STR(exec->env.v[2000], "V2000=6000");
    EQ_STR(exec->env.v[3999], "V3999=7999");
    for (size_t i = 0; i < exec->env.n; i++) {
        char want[30];

        snprintf(want, sizeof want, "V%zu=%zu", i, i < 2000 ? i + 8000 : i + 4000);
        if (strcmp(exec->env.v[i], want) != 0) {
            EQ_STR(exec->env.v[i], want);
            return;
        }
    }
}

TEST(lists_for_execve_end_with_room_for_home)
{
    const struct step_exec *exec;

    NEED(load() == 0);
    *LIST_ADD(arena, &spec.process->env) = "HOME=";
    *LIST_ADD(arena, &spec.process->env) = "A=1";
    NEED(make() == 0);
    exec = program();
    NEED(exec);
    EQ_INT(exec->args.n, 1);
    OK(exec->args.v[1] == NULL);
    EQ_INT(exec->env.n, 1);
    EQ_STR(exec->env.v[0], "A=1");
    OK(exec->env.v[1] == NULL && exec->env.v[2] == NULL);
}

/* ---- explained ---- */

TEST(the_explanation_has_every_step_once)
{
    static const char *const titles[] = {
        "Who it is\n  spawn ",        "\n\nWhat it sees\n  ",
        "\n\nWhat it runs\n  ",       "\n\nWhat it cannot do\n  ",
        "\n\nHow the start goes\n  ", "\n\nWhat is not as the config says\n  ",
    };
    OWN_TEXT out = { 0 };
    size_t lines = 0;
    const char *at;

    NEED(load() == 0);
    *LIST_ADD(arena, &spec.linux_->masked_paths) = "/a \"b\"";
    spec.process->oom_score_adj = (struct opt_i64){ -1, true };
    NEED(make() == 0);
    plan_explain(&out, &plan);
    for (const char *c = out.s; *c; c++)
        lines += strncmp(c, "\n  ", 3) == 0;
    EQ_INT(lines, plan.n + plan.warnings.n);
    EQ_INT(plan.warnings.n, 1);
    at = out.s;
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        at = strstr(at, titles[i]);
        NEED(at);
    }
    OK(strstr(out.s, "\n  mask_path target=\"/a \\\"b\\\"\"    # linux.maskedPaths[1]\n"));
}

struct told_step {
    uint64_t number;
    const char *process, *step, *fields, *why;
    bool optional;
};

struct told {
    const char *id;
    struct {
        struct told_step *v;
        size_t n;
    } steps;
    struct texts warnings, notes;
};

#define T struct told_step
static const struct json_field told_step_fields[] = {
    J_MUST(T, "number", number), J_MUST(T, "process", process),   J_MUST(T, "step", step),
    J_MUST(T, "fields", fields), J_MUST(T, "optional", optional), J_MUST(T, "why", why),
};
static const struct json_type told_step_type = JSON_TYPE(T, told_step_fields);
#undef T

#define T struct told
static const struct json_field told_fields[] = {
    J_MUST(T, "id", id),
    J_LIST(T, "steps", steps, told_step),
    J_MUST(T, "warnings", warnings),
    J_MUST(T, "notes", notes),
};
static const struct json_type told_type = JSON_TYPE(T, told_fields);
#undef T

TEST(the_json_form_can_be_loaded)
{
    OWN_TEXT out = { 0 };
    struct told told = { 0 };

    NEED(load() == 0);
    *LIST_ADD(arena, &spec.linux_->masked_paths) = "/\xff\n\"";
    NEED(make() == 0);
    *LIST_ADD(arena, &plan.notes) = "a note";
    plan_print_json(&out, &plan);
    EQ_INT(json_load(arena, "plan", out.s, out.n, &told_type, &told, &err), 0);
    EQ_STR(err.text, "");
    EQ_STR(told.id, "t");
    EQ_INT(told.steps.n, plan.n);
    EQ_INT(told.notes.n, 1);
    for (size_t i = 0; i < plan.n; i++) {
        EQ_INT(told.steps.v[i].number, i + 1);
        EQ_STR(told.steps.v[i].step, step_names[plan.v[i].kind]);
        EQ_STR(told.steps.v[i].process, process_names[plan.v[i].at]);
        EQ_STR(told.steps.v[i].why, plan.v[i].why);
        EQ_INT(told.steps.v[i].optional, plan.v[i].optional);
        OK(!strchr(told.steps.v[i].fields, '\n'));
    }
}
