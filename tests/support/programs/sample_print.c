/* Prints the sample invoices: sample_print LAYOUT DIRECTORY [LINES [TIMES]]. With TIMES it prints
 * each as often and says how long one took and how large it is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "core/base/text.h"
#include "core/outside/file_publish.h"
#include "core/outside/pdf_invoice.h"
#include "tests/support/invoice_samples.h"

#define ARENA_BYTES ((size_t)64 << 20)

static int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int complain(const struct error *err)
{
    (void)fprintf(stderr, "sample_print: %s\n  %s\n", err->message, err->hint);
    return (int)err->exit_code;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = NULL;
    CLEANUP(arena_destroy) struct arena *arena = arena_create("samples", ARENA_BYTES);
    CLEANUP(publication_abandon) struct publication *group = publication_start();
    struct publication_counts counts;
    int64_t lines = 0, times = 1;
    if (argc < 3 || (argc > 3 && !text_parse_i64(argv[3], &lines)) ||
        (argc > 4 && !text_parse_i64(argv[4], &times)))
        return EXIT_USAGE;
    int64_t start = now_us();
    if (!pdf_renderer_create(argv[1], &renderer, &err))
        return complain(&err);
    printf("start          %7.3f ms\n", (double)(now_us() - start) / 1000);
    for (int sample = 0; sample < SAMPLE_COUNT; sample++) {
        const uint8_t *bytes = NULL;
        size_t size = 0;
        start = now_us();
        for (int64_t i = 0; i < times; i++) {
            arena_reset(arena);
            const struct invoice_document *invoice =
                invoice_sample_make((enum invoice_sample)sample, (size_t)lines, arena);
            if (!pdf_invoice_render(renderer, invoice, arena, &bytes, &size, &err))
                return complain(&err);
        }
        const char *name = invoice_sample_name((enum invoice_sample)sample);
        printf("%-14s %7.3f ms %7zu bytes %8zu arena\n", name,
               (double)(now_us() - start) / 1000 / (double)times, size, arena_used(arena));
        char path[300];
        (void)snprintf(path, sizeof path, "%s/%s.pdf", argv[2], name);
        if (!publication_add(group, path, bytes, size, &err))
            return complain(&err);
    }
    if (!publication_commit(group, &counts, &err))
        return complain(&err);
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("%" PRId64 " new, %" PRId64 " replaced, %" PRId64 " unchanged; peak %ld KiB\n",
           counts.created, counts.replaced, counts.unchanged, usage.ru_maxrss);
    return EXIT_SUCCESS;
}
