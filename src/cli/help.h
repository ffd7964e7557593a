/* cli/help.h - the texts of --help, made from the tables. */
#ifndef RCRUN_CLI_HELP_H
#define RCRUN_CLI_HELP_H

#include "base/text.h"
#include "cli/command.h"

void help_program(struct text *out);
/* At most 15 lines, for a call without arguments. */
void help_short(struct text *out);
void help_command(struct text *out, const struct command *c);

#endif
