/* Charges through a gateway as billmill would, for tests/stories/outside_servers.sh:
 *
 *     gateway_try GATEWAY ADDRESS SECRET [KEY]
 *
 * Each line of stdin is ATTEMPT TOKEN AMOUNT CURRENCY; each line of stdout ATTEMPT, and what it
 * came to: one outcome after the other, until it is known. What is lost, processing or waits for
 * the customer is asked for, what is absent or to be tried again is sent again. A payment is given
 * back, and its refund asked for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/gateway.h"
#include "core/outside/wire_curl.h"
#include "core/setup/decline_file.h"

#define ARENA_CAP ((size_t)64 << 20)
#define LINE_SIZE 400
#define STEPS_MAX 60
#define OUTCOMES_MAX 7
#define WAIT_MS 5000

struct trial {
    const struct gateway *gateway;
    struct gateway_account account;
    struct wire *wire;
    struct arena *arena;
};

static void stop(const struct error *err)
{
    (void)fprintf(stderr, "gateway_try: %s\n", err->message);
    exit(EXIT_FAILURE);
}

static struct wire_answer make_call(const struct trial *trial, const struct wire_call *call)
{
    struct wire_arrival arrival;
    struct error err = {0};
    size_t count = 0;
    if (!wire_start(trial->wire, call, 1, &err))
        stop(&err);
    while (count == 0)
        if (!wire_poll(trial->wire, WAIT_MS, &arrival, 1, &count, &err))
            stop(&err);
    return arrival.answer;
}

/* Until it is no call: the next move, made from the answer to the one before. */
typedef void next_move(const struct trial *trial, const void *asked,
                       const struct gateway_step *step, struct gateway_move *move);

static void charge_move(const struct trial *trial, const void *asked,
                        const struct gateway_step *step, struct gateway_move *move)
{
    gateway_charge_move(trial->gateway, asked, step, move);
}

static void refund_move(const struct trial *trial, const void *asked,
                        const struct gateway_step *step, struct gateway_move *move)
{
    gateway_refund_move(trial->gateway, asked, step, move);
}

static struct gateway_result carry_out(const struct trial *trial, next_move *next,
                                       const void *asked, bool asking)
{
    struct gateway_step step = {
        .account = &trial->account, .asking = asking, .arena = trial->arena};
    struct wire_answer answer;
    for (; step.step < STEPS_MAX; step.step++) {
        struct gateway_move move = {0};
        next(trial, asked, &step, &move);
        if (!move.is_call)
            return move.result;
        answer = make_call(trial, &move.call);
        step.last = &answer;
    }
    return (struct gateway_result){.code = "no end", .message = "", .outcome = GATEWAY_LOST};
}

static void print_result(const struct gateway_result *result)
{
    printf(" %s", gateway_outcome_name(result->outcome));
    if (result->outcome == GATEWAY_DECLINED)
        printf("(%s %s)", result->code, decline_class_name(result->decline));
    else if (result->outcome == GATEWAY_REFUSED)
        printf("(%s)", result->code);
}

static void try_refund(const struct trial *trial, const char *attempt, const char *payment,
                       struct money amount)
{
    struct gateway_refund given = {.key = arena_printf(trial->arena, "%s:refund", attempt),
                                   .payment_reference = payment,
                                   .amount = amount};
    struct gateway_result result = carry_out(trial, refund_move, &given, false);
    printf(", given back:");
    print_result(&result);
    given.provider_ref = result.reference;
    result = carry_out(trial, refund_move, &given, true);
    print_result(&result);
}

static void try_charge(const struct trial *trial, const char *attempt, const char *token,
                       struct money amount)
{
    struct gateway_charge asked = {.key = attempt,
                                   .invoice = arena_printf(trial->arena, "inv-%s", attempt),
                                   .customer = "c",
                                   .gateway_customer =
                                       arena_printf(trial->arena, "cus_%s", attempt),
                                   .gateway_token = token,
                                   .email = "ann@example.com",
                                   .description = "Invoice \"1\" & 50% ü",
                                   .amount = amount};
    struct gateway_result result = {0};
    bool asking = false, ended = false;
    printf("%s %s:", attempt, token);
    for (int32_t i = 0; i < OUTCOMES_MAX && !ended; i++) {
        result = carry_out(trial, charge_move, &asked, asking);
        print_result(&result);
        asking = result.outcome == GATEWAY_LOST || result.outcome == GATEWAY_PROCESSING ||
                 result.outcome == GATEWAY_ACTION;
        if (asking && result.reference != NULL)
            asked.provider_ref = result.reference;
        ended = !asking && result.outcome != GATEWAY_AGAIN && result.outcome != GATEWAY_ABSENT;
    }
    if (result.outcome == GATEWAY_PAID)
        try_refund(trial, attempt, result.reference, amount);
    printf("\n");
}

/* The words of a line, cut at its spaces. */
static bool split(char *line, const char *words[], size_t count)
{
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(line, " ");
        if (length == 0 || (line[length] == '\0') != (i + 1 == count))
            return false;
        words[i] = line;
        line += length;
        if (i + 1 < count)
            *line++ = '\0';
    }
    return true;
}

static void try_line(const struct trial *trial, char *line)
{
    const char *words[4];
    struct currency currency;
    struct money amount = {0};
    struct error err = {0};
    if (!split(line, words, ARRAY_LEN(words))) {
        (void)error_run(&err, EXIT_USAGE, "expected ATTEMPT TOKEN AMOUNT CURRENCY");
        stop(&err);
    }
    if (!currency_parse(words[3], &currency, &err) ||
        !money_parse(words[2], currency, &amount, &err))
        stop(&err);
    try_charge(trial, words[0], words[1], amount);
}

int main(int argc, char **argv)
{
    static const struct wire_limits limits = {1000, 1500, 1 << 20, NULL};
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tried gateways", ARENA_CAP);
    CLEANUP(wire_destroy) struct wire *wire = NULL;
    struct problem_list problems = {.arena = arena};
    struct decline_table declines;
    struct error err = {0};
    char line[LINE_SIZE];
    if (argc < 4 || gateway_find(argv[1]) == NULL) {
        (void)fprintf(stderr, "usage: gateway_try GATEWAY ADDRESS SECRET [KEY]\n");
        return EXIT_FAILURE;
    }
    if (!decline_file_read("config/declines.yaml", arena, &problems, &declines) ||
        !wire_curl_create(&limits, &wire, &err))
        stop(&err);
    struct trial trial = {
        .gateway = gateway_find(argv[1]),
        .account = {.url = argv[2], .secret = argv[3], .key = argv[4], .declines = &declines},
        .wire = wire,
        .arena = arena
    };
    while (fgets(line, sizeof line, stdin) != NULL)
        try_line(&trial, line);
    return EXIT_SUCCESS;
}
