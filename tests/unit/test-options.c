#include "base/options.h"

#include "tap.h"

struct store {
    const char *bundle;
    const char *file;
    bool detach, terminal, ro;
    uint32_t number;
    struct texts env;
    int format;
    int rootless;
};

static const struct name formats[] = { { "text", 0 }, { "json", 7 }, { NULL, 0 } };
static const struct name rootless[] = { { "true", 1 }, { "false", 2 }, { "auto", 3 }, { NULL, 0 } };

/* clang-format off */
#define AT(m) offsetof(struct store, m)
static const struct option_row rows[] = {
    { "bundle", 'b', OPTION_TEXT, AT(bundle), "DIR", "where the bundle is", GROUP_PLAIN, NULL },
    { "file", 'f', OPTION_TEXT, AT(file), "FILE", "a file", GROUP_PLAIN, NULL },
    { "detach", 'd', OPTION_FLAG, AT(detach), NULL, "go on alone", GROUP_PLAIN, NULL },
    { "tty", 't', OPTION_FLAG, AT(terminal), NULL, "a terminal", GROUP_PLAIN, NULL },
    { "number", 'n', OPTION_NUMBER, AT(number), "N", "a number", GROUP_PLAIN, NULL },
    { "env", 'e', OPTION_LIST, AT(env), "K=V", "a variable", GROUP_PLAIN, NULL },
    { "format", 0, OPTION_WORD, AT(format), "WORD", "text or json", GROUP_PLAIN, formats },
    { "rootless", 0, OPTION_MAYBE, AT(rootless), "[=WORD]", "a form", GROUP_SHORT_WAY, rootless },
    { "ro", 0, OPTION_FLAG, AT(ro), NULL, "read-only", GROUP_SHORT_WAY, NULL },
    { "keep", 0, OPTION_FLAG, AT(ro), NULL, "nothing is kept", GROUP_HIDDEN, NULL },
    { 0 },
};
static const struct option_row outer[] = {
    { "root", 0, OPTION_TEXT, 0, "DIR", "the root", GROUP_PLAIN, NULL },
    { 0 },
};
/* clang-format on */

static struct arena *arena;
static struct store store;
static struct parse parse;
static struct err err;

/* The words of one line; none of them has a blank in it. */
static int read_line(const char *line, struct parse how)
{
    static char copy[400];
    static const char *words[40];
    size_t n = 0;

    arena_free(arena);
    arena = arena_new();
    store = (struct store){ .bundle = "-", .file = "-" };
    err = (struct err){ 0 };
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        words[n++] = word;
    parse = how;
    parse.rows = rows;
    parse.outer = outer;
    parse.store = &store;
    return options_parse(arena, &parse, words, n, &err);
}

/* Like `run`: one id, and a command behind "--". */
static int run(const char *line)
{
    return read_line(
        line,
        (struct parse){ .least = 1, .most = 1, .takes_command = true, .operand = "container id" });
}

/* Like `exec`. */
static int exec(const char *line)
{
    return read_line(line, (struct parse){ .least = 1, .most = 1, .stop = STOP_AFTER });
}

static const char *joined(const struct texts *list)
{
    static char line[2][400];
    static int which;

    which = !which;
    line[which][0] = '\0';
    for (size_t i = 0; i < list->n; i++)
        snprintf(line[which] + strlen(line[which]), sizeof line[which] - strlen(line[which]),
                 "%s%s", i ? " " : "", list->v[i]);
    return line[which];
}

TEST(takes_every_form_of_an_option)
{
    static const char *const forms[] = { "--bundle D", "--bundle=D", "-b D",     "-bD",
                                         "-b=D",       "-bundle D",  "-bundle=D" };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char line[60];

        snprintf(line, sizeof line, "%s ID", forms[i]);
        EQ_INT(run(line), 0);
        EQ_STR(store.bundle, "D");
        EQ_STR(joined(&parse.operands), "ID");
        snprintf(line, sizeof line, "ID %s", forms[i]);
        EQ_INT(run(line), 0);
        EQ_STR(store.bundle, "D");
        EQ_STR(joined(&parse.operands), "ID");
    }
}

TEST(takes_an_argument_whatever_it_looks_like)
{
    EQ_INT(run("--bundle --file ID"), 0);
    EQ_STR(store.bundle, "--file");
    EQ_INT(run("--bundle= ID"), 0);
    EQ_STR(store.bundle, "");
    EQ_INT(run("-b -- ID"), 0);
    EQ_STR(store.bundle, "--");
}

TEST(takes_the_last_of_two)
{
    EQ_INT(run("-b one ID --bundle=two"), 0);
    EQ_STR(store.bundle, "two");
}

TEST(takes_flags)
{
    EQ_INT(run("--detach --ro ID"), 0);
    OK(store.detach && store.ro && !store.terminal);
    EQ_INT(run("-td ID"), 0);
    OK(store.detach && store.terminal);
    EQ_INT(run("-tdb D ID"), 0);
    OK(store.detach && store.terminal);
    EQ_STR(store.bundle, "D");
    EQ_INT(run("--detach=true --tty=1 ID"), 0);
    OK(store.detach && store.terminal);
    EQ_INT(run("--detach --detach=false -t=0 ID"), 0);
    OK(!store.detach && !store.terminal);
    EQ_INT(run("--detach=maybe ID"), -1);
    EQ_STR(err.text, "--detach: \"maybe\" is neither true nor false");
    EQ_INT(run("-detach -ro ID"), 0);
    OK(store.detach && store.ro);
}

TEST(takes_numbers)
{
    EQ_INT(run("-n 3 ID"), 0);
    EQ_INT(store.number, 3);
    EQ_INT(run("--number=4294967295 ID"), 0);
    EQ_INT(store.number, 4294967295u);
    EQ_INT(run("--number=4294967296 ID"), -1);
    EQ_INT(run("--number=-1 ID"), -1);
    EQ_INT(run("--number= ID"), -1);
    EQ_INT(run("--number=3x ID"), -1);
    EQ_STR(err.text, "--number: \"3x\" is not a number from 0 to 4294967295");
}

TEST(takes_lists)
{
    EQ_INT(run("-e A=1,B=2 ID --env=C=3 -eD"), 0);
    EQ_STR(joined(&store.env), "A=1,B=2 C=3 D");
}

TEST(takes_words)
{
    EQ_INT(run("--format json ID"), 0);
    EQ_INT(store.format, 7);
    EQ_INT(run("--format=xml ID"), -1);
    EQ_STR(err.text, "unknown format \"xml\" (text, json)");
    EQ_INT(run("--rootless ID"), 0);
    EQ_INT(store.rootless, 1);
    EQ_INT(run("--rootless=auto ID"), 0);
    EQ_INT(store.rootless, 3);
    EQ_INT(run("--rootless=no ID"), -1);
}

TEST(refuses_what_it_does_not_know)
{
    EQ_INT(run("--nosuch ID"), -1);
    EQ_STR(err.text, "unknown option --nosuch");
    EQ_INT(run("--nosuch=x ID"), -1);
    EQ_STR(err.text, "unknown option --nosuch");
    EQ_INT(run("-x ID"), -1);
    EQ_STR(err.text, "unknown option -x");
    EQ_INT(run("-tx ID"), -1);
    EQ_STR(err.text, "unknown option -x");
}

TEST(refuses_abbreviations)
{
    EQ_INT(run("--bun . ID"), -1);
    EQ_STR(err.text, "unknown option --bun (did you mean --bundle?)");
    EQ_INT(run("--budnle=. ID"), -1);
    EQ_STR(err.text, "unknown option --budnle (did you mean --bundle?)");
    EQ_STR(store.bundle, "-");
}

TEST(says_where_a_global_option_goes)
{
    EQ_INT(run("ID --root x"), -1);
    EQ_STR(err.text, "--root goes before the command");
    EQ_STR(err.hint, "rcrun --root DIR COMMAND ...");
}

TEST(wants_arguments_and_operands)
{
    EQ_INT(run("ID --bundle"), -1);
    EQ_STR(err.text, "--bundle needs an argument: DIR");
    EQ_INT(run("ID -tb"), -1);
    EQ_STR(err.text, "--bundle needs an argument: DIR");
    EQ_INT(run("-d"), -1);
    EQ_STR(err.text, "the container id is missing");
    EQ_INT(run("ID sh"), -1);
    EQ_STR(err.text, "unexpected argument \"sh\"");
    EQ_STR(err.hint, "the command of the container goes behind --");
}

TEST(finds_the_command_behind_two_dashes)
{
    EQ_INT(run("ID -d -- ls -l -- --help"), 0);
    OK(store.detach && parse.rest.set && !parse.help);
    EQ_STR(joined(&parse.operands), "ID");
    EQ_STR(joined(&parse.rest), "ls -l -- --help");
    EQ_INT(run("-- ID -- ls"), 0);
    EQ_STR(joined(&parse.operands), "ID");
    EQ_STR(joined(&parse.rest), "ls");
    EQ_INT(run("-d -- ID"), 0);
    EQ_STR(joined(&parse.operands), "ID");
    OK(!parse.rest.set);
    EQ_INT(run("ID --"), 0);
    OK(parse.rest.set);
    EQ_INT(parse.rest.n, 0);
}

TEST(takes_a_dashed_id_behind_two_dashes)
{
    EQ_INT(run("-- -x"), 0);
    EQ_STR(joined(&parse.operands), "-x");
    EQ_INT(run("-"), 0);
    EQ_STR(joined(&parse.operands), "-");
}

TEST(leaves_the_rest_of_exec_alone)
{
    EQ_INT(exec("-d ID ls -l --detach=x"), 0);
    EQ_STR(joined(&parse.operands), "ID");
    EQ_STR(joined(&parse.rest), "ls -l --detach=x");
    EQ_INT(exec("ID -- echo c"), 0);
    EQ_STR(joined(&parse.rest), "echo c");
    EQ_INT(exec("-- ID -- -- c"), 0);
    EQ_STR(joined(&parse.rest), "-- c");
    EQ_INT(exec("ID --help"), 0);
    OK(!parse.help);
    EQ_STR(joined(&parse.rest), "--help");
}

TEST(stops_before_the_command)
{
    EQ_INT(read_line("-d run --nosuch", (struct parse){ .stop = STOP_BEFORE }), 0);
    OK(store.detach);
    EQ_STR(joined(&parse.rest), "run --nosuch");
    EQ_INT(read_line("-d", (struct parse){ .stop = STOP_BEFORE }), 0);
    OK(!parse.rest.set);
    EQ_INT(read_line("-- run", (struct parse){ .stop = STOP_BEFORE }), 0);
    EQ_STR(joined(&parse.rest), "run");
}

TEST(has_help_everywhere)
{
    static const char *const forms[] = { "--help", "-h", "-help", "-dh", "ID --help x y --nosuch" };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        EQ_INT(run(forms[i]), 0);
        OK(parse.help);
    }
}

TEST(tells_its_options)
{
    OWN_TEXT plain = { 0 };
    OWN_TEXT ours = { 0 };
    const char *first = "  -b, --bundle DIR        where the bundle is\n";

    options_help(&plain, rows, GROUP_PLAIN);
    OK(plain.n && strncmp(plain.s, first, strlen(first)) == 0);
    OK(strstr(plain.s, "  -h, --help              print this text\n") != NULL);
    OK(strstr(plain.s, "keep") == NULL);
    options_help(&ours, rows, GROUP_SHORT_WAY);
    EQ_STR(ours.s, "      --rootless[=WORD]   a form\n"
                   "      --ro                read-only\n");
}

TEST(breaks_long_help)
{
    static const struct option_row wide[] = {
        { "a-long-option-with-a-name", 0, OPTION_TEXT, 0, "ARGUMENT",
          "one two three four five six seven eight nine ten eleven twelve", GROUP_SHORT_WAY, NULL },
        { 0 },
    };
    OWN_TEXT out = { 0 };

    options_help(&out, wide, GROUP_SHORT_WAY);
    EQ_STR(out.s, "      --a-long-option-with-a-name ARGUMENT\n"
                  "                          one two three four five six seven eight nine ten\n"
                  "                          eleven twelve\n");
}
