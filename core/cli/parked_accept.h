/* Parked items that wait for a person to say that they are right, as a rate that jumps: only the
 * command that says so has them tried again. */
#ifndef BILLMILL_CLI_PARKED_ACCEPT_H
#define BILLMILL_CLI_PARKED_ACCEPT_H

#include "core/cli/cli.h"

struct parked_acceptance {
    const char *command, *code; /* "rates accept", "rate_jump" */
    bool all;                   /* or the named ones: number, name, or a word of it */
    const char *const *items;
    size_t item_count;
    const char *reason; /* needed */
};

/* As `parked retry`; returns the exit code. */
int parked_accept(struct cli *cli, const struct parked_acceptance *acceptance);

#endif
