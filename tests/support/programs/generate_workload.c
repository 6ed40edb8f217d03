/* generate_workload: writes the workload of the benchmark (tests/bench/README.md), for billmill and
 * for the plain SQL script.
 *
 *     generate_workload OUTDIR SUBSCRIPTIONS EVENTS SEED REPEATED_PPM [SHUFFLE_HOURS]
 *
 * OUTDIR must exist. Prints "unique N", "groups N", "value_thousandths N" and "lines N": what any
 * correct import and rating of the files adds up to. */
#include <stdlib.h>

#include "tests/support/generate/workload.h"

int main(int argc, char **argv)
{
    if (argc < 6 || argc > 7)
        fatal("usage: generate_workload OUTDIR SUBSCRIPTIONS EVENTS SEED REPEATED_PPM "
              "[SHUFFLE_HOURS]");
    struct workload workload = {
        .subscriptions = argument_integer("SUBSCRIPTIONS", argv[2], 1, WORKLOAD_SUBSCRIPTIONS_MAX),
        .events = argument_integer("EVENTS", argv[3], 0, INT64_C(1000000000)),
        .seed = (uint64_t)argument_integer("SEED", argv[4], 0, INT64_MAX),
        .repeated_ppm = argument_integer("REPEATED_PPM", argv[5], 0, 999999),
        .shuffle_hours = argc > 6 ? argument_integer("SHUFFLE_HOURS", argv[6], 0, 720) : 0,
    };
    workload_write_catalog(argv[1]);
    workload_write_subscriptions(&workload, argv[1]);
    struct workload_sums sums = workload_write_events(&workload, argv[1]);
    printf("unique %" PRId64 "\ngroups %" PRId64 "\nvalue_thousandths %" PRId64 "\n", sums.unique,
           sums.groups, sums.value_thousandths);
    printf("lines %" PRId64 "\n", sums.groups + workload.subscriptions);
    return EXIT_SUCCESS;
}
