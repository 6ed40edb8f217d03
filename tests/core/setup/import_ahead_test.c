/* Records read ahead come as the reader gives them: all, in order, wrong ones among them. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/setup/import_ahead.h"
#include "tests/core/storage/storage_support.h"

#define RECORDS 20000 /* several parcels more than may be ahead */
#define WRONG_EVERY 7

static const char *write_usage(const char *end)
{
    const char *path = storage_path(storage_directory(), "usage.csv");
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs("tenant,meter,key,subscription,value,at\n", file);
    for (int i = 0; i < RECORDS; i++)
        (void)fprintf(file, "demo,calls,key-%d,s1,%s,2026-10-02T10:00:00Z\n", i,
                      i % WRONG_EVERY == 0 ? "x" : "1.5");
    (void)fputs(end, file);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

struct reading {
    struct zone_cache *zones;
    struct import_reader *reader;
    struct import_ahead *ahead;
};

static void begin(struct reading *reading, const char *path, bool keep_raw)
{
    struct error err = {0};
    *reading = (struct reading){.zones = zone_cache_create(NULL)};
    STORAGE_OK(import_reader_open(path, NULL, reading->zones, &reading->reader, &err));
    STORAGE_OK(import_ahead_open(reading->reader, keep_raw, &reading->ahead, &err));
}

static void end(struct reading *reading)
{
    import_ahead_close(&reading->ahead);
    import_reader_close(&reading->reader);
    zone_cache_destroy(&reading->zones);
}

static void check_item(const struct import_ahead_item *item, int i, bool keep_raw)
{
    char key[32];
    bool is_wrong = i % WRONG_EVERY == 0;
    (void)snprintf(key, sizeof key, "key-%d", i);
    ck_assert_int_eq(item->place.line, i + 2);
    ck_assert_msg((item->problem != NULL) == is_wrong, "record %d", i);
    ck_assert_msg((item->raw != NULL) == (keep_raw || is_wrong), "record %d", i);
    if (item->raw != NULL)
        ck_assert_ptr_nonnull(strstr(item->raw, key));
    if (!is_wrong)
        ck_assert_str_eq(item->record->usage.key, key);
}

static const bool keep_cases[] = {false, true};
START_TEST(gives_all_in_order)
{
    CLEANUP(end) struct reading reading;
    struct error err = {0};
    const struct import_ahead_item *item;
    bool more = true;
    begin(&reading, write_usage(""), keep_cases[_i]);
    for (int i = 0; i < RECORDS; i++) {
        STORAGE_OK(import_ahead_next(reading.ahead, &item, &more, &err));
        ck_assert(more);
        check_item(item, i, keep_cases[_i]);
    }
    for (int i = 0; i < 2; i++) {
        STORAGE_OK(import_ahead_next(reading.ahead, &item, &more, &err));
        ck_assert(!more);
    }
    ck_assert_int_eq(import_ahead_bytes_done(reading.ahead),
                     import_reader_bytes_total(reading.reader));
}
END_TEST

/* Whoever stops early leaves the thread with full parcels. */
static const int taken_cases[] = {0, 1, 5000};
START_TEST(may_be_closed_at_any_time)
{
    CLEANUP(end) struct reading reading;
    struct error err = {0};
    const struct import_ahead_item *item;
    bool more = true;
    begin(&reading, write_usage(""), false);
    for (int i = 0; i < taken_cases[_i]; i++)
        STORAGE_OK(import_ahead_next(reading.ahead, &item, &more, &err));
}
END_TEST

START_TEST(fails_behind_what_was_read)
{
    CLEANUP(end) struct reading reading;
    struct error err = {0};
    const struct import_ahead_item *item;
    bool more = true;
    int count = 0;
    char *longer = memory_alloc(RECORD_SOURCE_MAX + 2, "test");
    memset(longer, 'x', RECORD_SOURCE_MAX + 1);
    longer[RECORD_SOURCE_MAX + 1] = '\0';
    begin(&reading, write_usage(longer), false);
    free(longer);
    while (import_ahead_next(reading.ahead, &item, &more, &err))
        count++;
    ck_assert_int_eq(count, RECORDS);
    ck_assert_int_eq(err.kind, ERROR_RUN);
    ck_assert_ptr_nonnull(strstr(err.message, "a record is longer than"));
}
END_TEST

/* Whoever fills the pipe takes his time: closing does not wait for him. */
START_TEST(may_be_closed_while_a_pipe_is_silent)
{
    const char *path = storage_path(storage_directory(), "usage.csv");
    static const char text[] = "tenant,meter,key,subscription,value,at\n"
                               "demo,calls,k,s1,1,2026-10-02T10:00:00Z\n";
    struct reading reading;
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    int writer = open(path, O_RDWR);
    ck_assert_int_ge(writer, 0);
    begin(&reading, path, false);
    ck_assert_int_eq(write(writer, text, sizeof text - 1), sizeof text - 1);
    (void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* it waits for a third line */
    end(&reading);
    ck_assert_int_eq(close(writer), 0);
}
END_TEST

TEST_SUITE(import_ahead)
{
    TEST_TABLE(gives_all_in_order, keep_cases);
    TEST_TABLE(may_be_closed_at_any_time, taken_cases);
    TEST_ONE(fails_behind_what_was_read);
    TEST_ONE(may_be_closed_while_a_pipe_is_silent);
}
