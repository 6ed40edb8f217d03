/* What is frozen of a charge, and what is read of it again; keys that no two attempts share. */
#include <string.h>

#include "core/base/text.h"
#include "core/engine/chunk.h"
#include "core/engine/effect.h"
#include "jobs/charge_request.h"
#include "tests/support/suite.h"

#define ARENA_CAP ((size_t)1 << 20)

static struct arena *arena;

static void set_up(void)
{
    arena = arena_create("test", ARENA_CAP);
}

static void tear_down(void)
{
    arena_destroy(&arena);
}

static struct effect_out effect_of(const char *request)
{
    return (struct effect_out){.effect_key = "charge:INV-1:2",
                               .kind = "charge",
                               .provider = "stripe",
                               .request = request,
                               .request_size = strlen(request)};
}

#define WHOLE                                                                                      \
    "{\"tenant\":\"a:b\",\"invoice\":\"INV-1\",\"attempt\":2,\"customer\":\"c\\\"1\","             \
    "\"payment_method\":\"card\",\"gateway_customer\":\"cus_1\",\"gateway_token\":\"pm_1\","       \
    "\"expires\":\"2027-01\",\"amount_minor\":11900,\"currency\":\"EUR\"}"

START_TEST(reads_what_was_frozen)
{
    const struct effect_out effect = effect_of(WHOLE);
    struct charge_request request;
    struct error err = {0};
    ck_assert_msg(charge_request_read(&effect, arena, &request, &err), "%s", err.message);
    ck_assert_str_eq(request.customer, "c\"1");
    ck_assert_str_eq(request.method.gateway, "stripe");
    ck_assert_str_eq(request.method.expires, "2027-01");
    ck_assert_ptr_null(request.email);
    ck_assert(money_equal(request.amount, money_of_minor(11900, (struct currency){"EUR"})));
    ck_assert_str_eq(charge_key(&request, arena), "a%3Ab:INV-1:2");
    ck_assert_str_eq(charge_invoice_key(&request, arena), "a%3Ab:INV-1");
}
END_TEST

START_TEST(freezes_what_is_asked)
{
    static const struct bulk_table *const tables[] = {&EFFECT_INTEND_SEND, &EFFECT_REQUEST_ADD};
    const struct job job = {.tables = tables, .table_count = ARRAY_LEN(tables)};
    const struct effect_out effect = effect_of(WHOLE);
    struct charge_request request;
    struct chunk chunk;
    struct error err = {0};
    chunk_init(&chunk, &job, arena, arena, NULL);
    ck_assert(charge_request_read(&effect, arena, &request, &err));
    charge_intend(&chunk, 7, &request, (struct date){20000});
    ck_assert_uint_eq(chunk_row_count(&chunk, &EFFECT_INTEND_SEND), 1);
    ck_assert_uint_eq(chunk_row_count(&chunk, &EFFECT_REQUEST_ADD), 1);
}
END_TEST

static const char *const bad_requests[] = {
    "",
    "[]",
    "{\"tenant\":\"t\"}",
    "{\"tenant\":\"t\",\"invoice\":\"i\",\"attempt\":0,\"customer\":\"c\",\"payment_method\":\"m\","
    "\"gateway_token\":\"g\",\"amount_minor\":1,\"currency\":\"EUR\"}",
    "{\"tenant\":\"t\",\"invoice\":\"i\",\"attempt\":1,\"customer\":\"c\",\"payment_method\":\"m\","
    "\"gateway_token\":\"g\",\"amount_minor\":0,\"currency\":\"EUR\"}",
    "{\"tenant\":\"t\",\"invoice\":\"i\",\"attempt\":1,\"customer\":\"c\",\"payment_method\":\"m\","
    "\"gateway_token\":\"g\",\"amount_minor\":1.5,\"currency\":\"EUR\"}",
    "{\"tenant\":\"t\",\"invoice\":\"i\",\"attempt\":1,\"customer\":\"c\",\"payment_method\":\"m\","
    "\"gateway_token\":\"g\",\"amount_minor\":1,\"currency\":\"ABC\"}",
};
START_TEST(refuses)
{
    const struct effect_out effect = effect_of(bad_requests[_i]);
    struct charge_request charge;
    struct refund_request refund;
    struct error err = {0};
    ck_assert_msg(!charge_request_read(&effect, arena, &charge, &err), "%s", bad_requests[_i]);
    ck_assert_int_eq(err.kind, ERROR_ITEM);
    ck_assert_str_eq(err.code, "bad_request");
    error_clear(&err);
    ck_assert(!refund_request_read(&effect, arena, &refund, &err));
    ck_assert_str_eq(err.code, "bad_request");
}
END_TEST

START_TEST(reads_a_refund)
{
    const struct effect_out effect =
        effect_of("{\"tenant\":\"t\",\"payment\":\"pi_1\",\"refund\":3,\"invoice\":\"INV-1\","
                  "\"amount_minor\":500,\"currency\":\"JPY\"}");
    struct refund_request request;
    struct error err = {0};
    ck_assert_msg(refund_request_read(&effect, arena, &request, &err), "%s", err.message);
    ck_assert_str_eq(request.payment, "pi_1");
    ck_assert_str_eq(request.invoice, "INV-1");
    ck_assert_int_eq(money_minor(request.amount), 500);
    ck_assert_str_eq(refund_key(&request, arena), "t:pi_1:3");
}
END_TEST

START_TEST(freezes_a_refund)
{
    static const struct bulk_table *const tables[] = {&EFFECT_INTEND_SEND, &EFFECT_REQUEST_ADD};
    const struct job job = {.tables = tables, .table_count = ARRAY_LEN(tables)};
    const struct refund_request request = {.tenant = "t",
                                           .payment = "pi_1",
                                           .refund = 2,
                                           .invoice = "INV-1",
                                           .amount =
                                               money_of_minor(1900, (struct currency){"EUR"})};
    struct chunk chunk;
    chunk_init(&chunk, &job, arena, arena, NULL);
    refund_intend(&chunk, 1, "stripe", &request, (struct date){20000});
    ck_assert_uint_eq(chunk_row_count(&chunk, &EFFECT_INTEND_SEND), 1);
    ck_assert_uint_eq(chunk_row_count(&chunk, &EFFECT_REQUEST_ADD), 1);
    ck_assert_str_eq(refund_effect_key("pi_1", 2, arena), "refund:pi_1:2");
    ck_assert_str_eq(refund_lane("pi_1", arena), "refund:pi_1");
}
END_TEST

TEST_SUITE(charge_request)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    TEST_ONE(reads_what_was_frozen);
    TEST_ONE(freezes_what_is_asked);
    TEST_TABLE(refuses, bad_requests);
    TEST_ONE(reads_a_refund);
    TEST_ONE(freezes_a_refund);
}
