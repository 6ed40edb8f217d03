/* Drawing progress: see progress.h. */
#include "core/cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/clock.h"

#define REDRAW_MS 200

static void show_eta(const struct progress *progress)
{
    int64_t seen = progress->items_done + progress->items_parked;
    int64_t left = progress->items_planned - seen;
    if (seen == 0 || left <= 0 || progress->elapsed_ms < 1000)
        return;
    int64_t eta_s = left * progress->elapsed_ms / seen / 1000;
    (void)fprintf(stderr, ", %" PRId64 ":%02" PRId64 " left", eta_s / 60, eta_s % 60);
}

static void draw(void *argument, const struct progress *progress)
{
    struct progress_line *line = argument;
    int64_t now_ms = clock_boot_ms();
    int64_t seen = progress->items_done + progress->items_parked;
    if (!progress->finished && now_ms - line->shown_at_ms < REDRAW_MS)
        return;
    line->shown_at_ms = now_ms;
    int64_t percent = progress->items_planned > 0 && seen < progress->items_planned
                          ? seen * 100 / progress->items_planned
                          : 100;
    (void)fprintf(stderr, "\r\033[K%s %s: %" PRId64 " of %" PRId64 " (%" PRId64 " %%)",
                  progress->job, progress->business_key, seen, progress->items_planned, percent);
    if (progress->items_parked > 0)
        (void)fprintf(stderr, ", %" PRId64 " parked", progress->items_parked);
    show_eta(progress);
    if (progress->finished)
        (void)fputs("\r\033[K", stderr);
}

void progress_start(struct progress_line *line, const struct cli *cli, struct engine *engine)
{
    line->enabled = !cli->quiet && !cli->json && isatty(STDERR_FILENO) == 1;
    line->shown_at_ms = 0;
    if (!line->enabled)
        return;
    engine->on_progress = draw;
    engine->progress_argument = line;
}
