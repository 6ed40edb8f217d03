/* The identity of a worker, and its patience: see engine.h. The random part makes an owner name
 * unique even when host, boot and pid come back. */
#define _GNU_SOURCE /* getrandom */
#include "core/engine/engine.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/engine/process.h"

#define RETRY_FIRST_MS 20

/* The boot, and the namespace in which process ids mean something: containers of one host may have
 * its name, and see other processes under the same numbers. */
static void read_boot_id(char *target, size_t size)
{
    char boot[40] = "";
    char space[32] = ""; /* "pid:[4026531836]" */
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file == NULL || fgets(boot, sizeof boot, file) == NULL)
        (void)snprintf(boot, sizeof boot, "unknown");
    if (file != NULL)
        (void)fclose(file);
    ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[length < 0 ? 0 : length] = '\0';
    const char *number = space + strcspn(space, "0123456789");
    (void)snprintf(target, size, "%.*s.%.*s", (int)strcspn(boot, "\n"), boot,
                   (int)strspn(number, "0123456789"), number);
}

void engine_identify(struct engine *engine)
{
    uint8_t random[8] = {0};
    char random_hex[2 * sizeof random + 1];
    if (gethostname(engine->host, sizeof engine->host) != 0)
        (void)snprintf(engine->host, sizeof engine->host, "unknown");
    engine->host[sizeof engine->host - 1] = '\0';
    read_boot_id(engine->boot_id, sizeof engine->boot_id);
    engine->pid = getpid();
    engine->pid_started = process_started_ticks(engine->pid);
    (void)!getrandom(random, sizeof random, 0);
    text_hex(random_hex, random, sizeof random);
    (void)snprintf(engine->owner, sizeof engine->owner, "%s/%s/%lld/%lld/%s", engine->host,
                   engine->boot_id, (long long)engine->pid, (long long)engine->pid_started,
                   random_hex);
}

void engine_wait_ms(int64_t duration_ms)
{
    struct timespec duration = {.tv_sec = duration_ms / 1000,
                                .tv_nsec = (duration_ms % 1000) * 1000000};
    (void)nanosleep(&duration, NULL);
}

bool engine_try_again(int attempt, struct error *err)
{
    if (err->kind != ERROR_RETRY || attempt >= ENGINE_RETRIES_MAX)
        return false;
    log_line(LOG_INFO, "trying again: %s", err->message);
    engine_wait_ms((int64_t)RETRY_FIRST_MS << attempt);
    error_clear(err);
    return true;
}

int32_t run_definition_lease_s(const struct run_definition *definition)
{
    int32_t longest_s = definition->job == NULL ? 1 : definition->lease_s;
    for (size_t i = 0; i < definition->step_count; i++) {
        int32_t lease_s = run_definition_lease_s(definition->steps[i]);
        longest_s = lease_s > longest_s ? lease_s : longest_s;
    }
    return longest_s;
}
