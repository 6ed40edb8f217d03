/* generate_terms: writes terms.jsonl, what the benchmark's month of terms (tests/bench/README.md)
 * has besides the files of generate_workload.
 *
 *     generate_terms OUTDIR SUBSCRIPTIONS SEED
 *
 * OUTDIR must exist; the numbers are those that generate_workload was given. */
#include <stdlib.h>

#include "tests/support/generate/workload.h"

int main(int argc, char **argv)
{
    if (argc != 4)
        fatal("usage: generate_terms OUTDIR SUBSCRIPTIONS SEED");
    struct workload workload = {
        .subscriptions = argument_integer("SUBSCRIPTIONS", argv[2], 1, WORKLOAD_SUBSCRIPTIONS_MAX),
        .seed = (uint64_t)argument_integer("SEED", argv[3], 0, INT64_MAX),
    };
    workload_write_terms(&workload, argv[1]);
    return EXIT_SUCCESS;
}
