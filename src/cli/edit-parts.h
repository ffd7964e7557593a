/* cli/edit-parts.h - what the files edit-*.c are to edit.c. */
#ifndef RCRUN_CLI_EDIT_PARTS_H
#define RCRUN_CLI_EDIT_PARTS_H

#include "cli/edit.h"

struct editor {
    struct arena *a;
    const struct edit *edit;
    const struct edit_place *place;
    struct spec *s;
    struct edited *out;
};

struct spec_process *editor_process(struct editor *x);
struct spec_linux *editor_linux(struct editor *x);
/* A path of the host that was typed. */
const char *editor_path(const struct editor *x, const char *path);
/* Sets or replaces an annotation.  option: what errors about it shall name, or NULL. */
void editor_annotate(struct editor *x, const char *option, const char *key, const char *value);
/* path NULL: a new one. */
void editor_namespace(struct editor *x, const char *word, const char *path);

/* The parts of a text between commas, in the arena. */
struct texts edit_split(struct arena *a, const char *text, char at);

int edit_mounts(struct editor *x, struct err *e);
int edit_process(struct editor *x, const struct texts *command, struct err *e);
int edit_network(struct editor *x, struct err *e);

/* The network words as annotations. */
void edit_network_note(struct editor *x);

#endif
