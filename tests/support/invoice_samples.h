/* Invoices to print: made up, but in the manner of real ones. */
#ifndef BILLMILL_TESTS_INVOICE_SAMPLES_H
#define BILLMILL_TESTS_INVOICE_SAMPLES_H

#include "core/base/arena.h"
#include "core/outside/invoice_document.h"

enum invoice_sample {
    SAMPLE_GERMAN,       /* nine lines, two tax rates, a discount and a credit */
    SAMPLE_ONE_LINE,     /* en-US, in USD */
    SAMPLE_JAPANESE_YEN, /* no decimals; en-GB */
    SAMPLE_CREDITS,      /* negative lines, nothing to pay */
    SAMPLE_INCLUSIVE,    /* gross prices, two taxes on a line */
    SAMPLE_LONG_ADDRESS,
    SAMPLE_GREEK,
    SAMPLE_BULGARIAN,
    SAMPLE_VIETNAMESE,
    SAMPLE_POLISH,
    SAMPLE_CZECH,
    SAMPLE_FRENCH,
    SAMPLE_SWEDISH,
    SAMPLE_TURKISH,
    SAMPLE_COUNT
};

const char *invoice_sample_name(enum invoice_sample sample);

/* The invoice, in arena memory, with `line_count` lines (0: the sample's own number). The totals
 * are the sums of the lines. */
struct invoice_document *invoice_sample_make(enum invoice_sample sample, size_t line_count,
                                             struct arena *arena);

#endif
