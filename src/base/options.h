/* base/options.h - options as rows of a table.
 *
 * One row is all there is to an option: parsing, --help and the check that the manual has it
 * are made from it.  Every command has --help and -h without a row. */
#ifndef RCRUN_BASE_OPTIONS_H
#define RCRUN_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/names.h"
#include "base/text.h"
#include "base/types.h"

enum option_kind {
    OPTION_FLAG,   /* bool: --x, --x=true, --x=false */
    OPTION_TEXT,   /* const char * */
    OPTION_NUMBER, /* uint32_t */
    OPTION_LIST,   /* struct texts, one element for each time it is given */
    OPTION_WORD,   /* int: value of a word of `words` */
    OPTION_MAYBE,  /* int: the same, but --x alone is the first word */
    OPTION_TEXT_MAYBE, /* const char *: --x=TEXT; --x alone is "" */
    OPTION_PAIRS,  /* struct dict: name of the option and its text.  Several rows may share one, which
                    * keeps the order of all */
};

enum option_group {
    GROUP_PLAIN,
    GROUP_SHORT_WAY, /* edits of the spec, ours */
    GROUP_MORE,      /* the same, of which --help tells the names alone */
    GROUP_HIDDEN,    /* not in --help */
    OPTION_GROUPS = GROUP_HIDDEN
};

struct option_row {
    const char *name; /* long name; NULL ends a table */
    char letter;      /* 0 = none */
    enum option_kind kind;
    size_t where;     /* offset in what `store` points to */
    const char *arg;  /* word for the argument, NULL = takes none */
    const char *help; /* what it does, no capital, no full stop */
    enum option_group group;
    const struct name *words;
};

enum option_stop {
    STOP_NEVER,  /* options may stand anywhere before "--" */
    STOP_BEFORE, /* at the first operand: it and what follows are `rest` */
    STOP_AFTER,  /* after the first operand: what follows is `rest` */
};

/* What to read and what was read. */
struct parse {
    const struct option_row *rows;
    const struct option_row *outer; /* rows that belong before the command, or NULL */
    void *store;
    enum option_stop stop;
    size_t least, most;  /* operands */
    const char *operand; /* what the first one is: "container id" */
    bool takes_command;  /* "-- COMMAND..." may follow the operands */

    bool help; /* --help was seen; nothing behind it was read */
    bool edits; /* an option that edits the spec was given */
    struct texts operands;
    struct texts rest; /* `set`: there was one, be it empty */
};

/* Reads words; all memory is the arena's, the words themselves stay where they are.  With
 * an error, what stands before the faulty word is stored. */
int options_parse(struct arena *a, struct parse *p, const char *const *words, size_t n,
                  struct err *e);

/* The option list of --help, one group; nothing when no row is in it. */
void options_help(struct text *out, const struct option_row *rows, enum option_group group);

#endif
