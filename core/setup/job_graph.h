/* What job files say about each other. */
#ifndef BILLMILL_SETUP_JOB_GRAPH_H
#define BILLMILL_SETUP_JOB_GRAPH_H

#include "core/setup/job_file.h"

/* Adds a problem, with its place, for each name in `after` or `steps` that no definition has, each
 * circle (once), each step that is itself a pipeline or has a key of another kind, and each step
 * that stands before one that it must come after. A pipeline waits for its steps, a step for what
 * it comes after. */
void job_graph_check(const struct job_definitions *definitions, struct arena *arena,
                     struct problem_list *problems);

#endif
