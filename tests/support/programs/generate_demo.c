/* generate_demo: writes the import files of the demo business, at the demo's size or any larger
 * one, with flat memory.
 *
 *     generate_demo OUTDIR [--customers N] [--subscriptions N] [--events N] [--seed S]
 *
 * OUTDIR must exist. The same arguments give the same bytes on every machine. Import in this order:
 * tenants, catalog, tax_rates, customers, subscriptions, usage.csv (--record usage), usage.jsonl.
 */
#include <stdlib.h>

#include "core/base/text.h"
#include "tests/support/generate/demo.h"

#define CUSTOMERS 300
#define SUBSCRIPTIONS 390
#define EVENTS 20000
#define SEED 2026
#define LARGEST INT64_C(1000000000)

static const char usage[] =
    "generate_demo OUTDIR [--customers N] [--subscriptions N] [--events N] [--seed S]";

static void read_option(const char *name, const char *value, struct demo *demo)
{
    if (text_equal(name, "--customers"))
        demo->customers = argument_integer(name, value, DEMO_SUBSCRIPTIONS_MIN, LARGEST);
    else if (text_equal(name, "--subscriptions"))
        demo->subscriptions = argument_integer(name, value, DEMO_SUBSCRIPTIONS_MIN, LARGEST);
    else if (text_equal(name, "--events"))
        demo->events = argument_integer(name, value, DEMO_EVENTS_MIN, LARGEST);
    else if (text_equal(name, "--seed"))
        demo->seed = (uint64_t)argument_integer(name, value, 0, INT64_MAX);
    else
        fatal("unknown option %s\nusage: %s", name, usage);
}

int main(int argc, char **argv)
{
    struct demo demo = {
        .seed = SEED,
        .subscriptions = SUBSCRIPTIONS,
        .events = EVENTS,
    };
    if (argc < 2 || argv[1][0] == '-')
        fatal("usage: %s", usage);
    for (int i = 2; i < argc; i += 2)
        read_option(argv[i], i + 1 < argc ? argv[i + 1] : NULL, &demo);
    if (demo.customers == 0) /* the demo's 300 for 390 */
        demo.customers =
            demo.subscriptions == SUBSCRIPTIONS ? CUSTOMERS : demo.subscriptions * 10 / 13;
    if (demo.customers < DEMO_SUBSCRIPTIONS_MIN)
        demo.customers = DEMO_SUBSCRIPTIONS_MIN;
    demo_write_tenants(argv[1]);
    demo_write_catalog(argv[1]);
    demo_write_tax_rates(argv[1]);
    demo_write_customers(&demo, argv[1]);
    demo_write_subscriptions(&demo, argv[1]);
    demo_write_usage(&demo, argv[1]);
    return EXIT_SUCCESS;
}
