/* Progress with an ETA: one line that is written over, on stderr, only when that is a terminal. */
#ifndef BILLMILL_CLI_PROGRESS_H
#define BILLMILL_CLI_PROGRESS_H

#include "core/cli/cli.h"
#include "core/engine/engine.h"

struct progress_line {
    bool enabled;
    int64_t shown_at_ms;
};

void progress_start(struct progress_line *line, const struct cli *cli, struct engine *engine);

#endif
