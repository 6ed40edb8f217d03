/* Stripe as bytes: what is asked, and what every answer comes to. */
#include <string.h>

#include "tests/support/gateway_moves.h"
#include "tests/support/suite.h"

#define INTENT(status, more)                                                                       \
    "{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"amount\":2999,\"currency\":\"eur\","         \
    "\"status\":\"" status "\"" more "}"
#define MINE ",\"metadata\":{\"attempt\":\"acme:INV-7:1\"}"
#define OTHER ",\"metadata\":{\"attempt\":\"acme:INV-7:2\"}"
#define PAID INTENT("succeeded", ",\"amount_received\":2999")
#define PAGE(items, more)                                                                          \
    "{\"object\":\"list\",\"url\":\"/v1/payment_intents\",\"has_more\":" more ",\"data\":[" items  \
    "]}"
#define DECLINED(more)                                                                             \
    "{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\"," more                         \
    "\"message\":\"Your card was declined.\",\"payment_intent\":" INTENT(                          \
        "requires_payment_method", "") "}}"
#define ERROR(type, code) "{\"error\":{\"type\":\"" type "\",\"code\":\"" code "\"}}"
#define REFUND(status, more)                                                                       \
    "{\"id\":\"re_1\",\"object\":\"refund\",\"amount\":2999,\"currency\":\"eur\",\"status\":"      \
    "\"" status "\"" more "}"
#define AUTH "[secret_of_the_account:] (Stripe-Version: 2026-10-28.endive)"
#define FORM "(Content-Type: application/x-www-form-urlencoded)"
#define LIST "GET /v1/payment_intents?customer=cus_1&limit=20"

static struct arena *arena;

static void make_arena(void)
{
    arena = arena_create("a test", (size_t)64 << 20);
}

static void free_arena(void)
{
    arena_destroy(&arena);
}

static const struct move_case {
    const char *name;
    struct gateway_asked asked;
    const char *expect;
} move_cases[] = {
    {"a charge",
     {.task = TASK_CHARGE},
     "POST /v1/payment_intents " AUTH " (Idempotency-Key: acme:INV-7:1) " FORM
     " amount=2999&currency=eur&customer=cus_1&payment_method=pm_1&off_session=true&confirm=true&"
     "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never&"
     "description=Invoice%20%227%22%20%26%20more&metadata[invoice_id]=acme%3AINV-7&metadata["
     "customer_id]=c-1&metadata[attempt]=acme%3AINV-7%3A1"                                                                                         },
    {"JPY in the units of Stripe",
     {.task = TASK_CHARGE, .amount = "500 JPY"},
     "POST /v1/payment_intents " AUTH " (Idempotency-Key: acme:INV-7:1) " FORM
     " amount=500&currency=jpy&customer=cus_1&payment_method=pm_1&off_session=true&confirm=true&"
     "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never&"
     "description=Invoice%20%227%22%20%26%20more&metadata[invoice_id]=acme%3AINV-7&metadata["
     "customer_id]=c-1&metadata[attempt]=acme%3AINV-7%3A1"                                                                                         },
    {"ISK in the units of Stripe",
     {.task = TASK_CHARGE, .amount = "5 ISK"},
     "POST /v1/payment_intents " AUTH " (Idempotency-Key: acme:INV-7:1) " FORM
     " amount=500&currency=isk&customer=cus_1&payment_method=pm_1&off_session=true&confirm=true&"
     "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never&"
     "description=Invoice%20%227%22%20%26%20more&metadata[invoice_id]=acme%3AINV-7&metadata["
     "customer_id]=c-1&metadata[attempt]=acme%3AINV-7%3A1"                                                                                         },
    {"UGX in the units of Stripe",
     {.task = TASK_CHARGE, .amount = "5 UGX"},
     "POST /v1/payment_intents " AUTH " (Idempotency-Key: acme:INV-7:1) " FORM
     " amount=500&currency=ugx&customer=cus_1&payment_method=pm_1&off_session=true&confirm=true&"
     "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never&"
     "description=Invoice%20%227%22%20%26%20more&metadata[invoice_id]=acme%3AINV-7&metadata["
     "customer_id]=c-1&metadata[attempt]=acme%3AINV-7%3A1"                                                                                         },
    {"MGA in the units of Stripe",
     {.task = TASK_CHARGE, .amount = "12.00 MGA"},
     "POST /v1/payment_intents " AUTH " (Idempotency-Key: acme:INV-7:1) " FORM
     " amount=12&currency=mga&customer=cus_1&payment_method=pm_1&off_session=true&confirm=true&"
     "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never&"
     "description=Invoice%20%227%22%20%26%20more&metadata[invoice_id]=acme%3AINV-7&metadata["
     "customer_id]=c-1&metadata[attempt]=acme%3AINV-7%3A1"                                                                                         },
    {"KWD in the units of Stripe",
     {.task = TASK_CHARGE, .amount = "5.120 KWD"},
     "POST /v1/payment_intents " AUTH " (Idempotency-Key: acme:INV-7:1) " FORM
     " amount=5120&currency=kwd&customer=cus_1&payment_method=pm_1&off_session=true&confirm=true&"
     "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never&"
     "description=Invoice%20%227%22%20%26%20more&metadata[invoice_id]=acme%3AINV-7&metadata["
     "customer_id]=c-1&metadata[attempt]=acme%3AINV-7%3A1"                                                                                         },
    {"HUF in the units of Stripe",
     {.task = TASK_CHARGE, .amount = "10.45 HUF"},
     "POST /v1/payment_intents " AUTH " (Idempotency-Key: acme:INV-7:1) " FORM
     " amount=1045&currency=huf&customer=cus_1&payment_method=pm_1&off_session=true&confirm=true&"
     "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never&"
     "description=Invoice%20%227%22%20%26%20more&metadata[invoice_id]=acme%3AINV-7&metadata["
     "customer_id]=c-1&metadata[attempt]=acme%3AINV-7%3A1"                                                                                         },
    {"CLP in the units of Stripe",
     {.task = TASK_CHARGE, .amount = "7 CLP"},
     "POST /v1/payment_intents " AUTH " (Idempotency-Key: acme:INV-7:1) " FORM
     " amount=7&currency=clp&customer=cus_1&payment_method=pm_1&off_session=true&confirm=true&"
     "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never&"
     "description=Invoice%20%227%22%20%26%20more&metadata[invoice_id]=acme%3AINV-7&metadata["
     "customer_id]=c-1&metadata[attempt]=acme%3AINV-7%3A1"                                                                                         },
    {"EUR in the units of Stripe",
     {.task = TASK_CHARGE, .amount = "92233720368547758.07 EUR"},
     "POST /v1/payment_intents " AUTH " (Idempotency-Key: acme:INV-7:1) " FORM
     " amount=9223372036854775807&currency=eur&customer=cus_1&payment_method=pm_1&off_session=true&"
     "confirm=true&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_"
     "redirects]=never&description=Invoice%20%227%22%20%26%20more&metadata[invoice_id]=acme%3AINV-"
     "7&metadata[customer_id]=c-1&metadata[attempt]=acme%3AINV-7%3A1"                                                                              },
    {"no part of an ariary",
     {.task = TASK_CHARGE, .amount = "12.50 MGA"},
     "refused - amount_not_chargeable | Stripe takes no MGA 12.50: too many digits"                                                                },
    {"three digits end in 0",
     {.task = TASK_CHARGE, .amount = "5.124 KWD"},
     "refused - amount_not_chargeable | Stripe takes no KWD 5.124: too many digits"                                                                },
    {"more than fits",
     {.task = TASK_CHARGE, .amount = "9223372036854775807 ISK"},
     "refused - amount_not_chargeable | Stripe takes no ISK 9223372036854775807: too many digits"                                                  },
    {"paid",                                    {.task = TASK_CHARGE, .step = 1, .status = 200, .body = PAID}, "paid pi_1 29.99 EUR"               },
    {"paid, in capitals",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = "{\"object\":\"payment_intent\",\"id\":\"pi_1\",\"status\":\"succeeded\","
              "\"currency\":\"EUR\",\"amount_received\":2999}"},
     "paid pi_1 29.99 EUR"                                                                                                                         },
    {"paid in ISK",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = "{\"object\":\"payment_intent\",\"id\":\"pi_1\",\"status\":\"succeeded\","
              "\"currency\":\"isk\",\"amount_received\":500}",
      .amount = "5 ISK"},
     "paid pi_1 5 ISK"                                                                                                                             },
    {"another amount",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = INTENT("succeeded", ",\"amount_received\":2998")},
     "refused pi_1 wrong_amount | pi_1 is of 29.98 EUR, asked was 29.99"                                                                           },
    {"a hundredfold",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = INTENT("succeeded", ",\"amount_received\":299900")},
     "refused pi_1 wrong_amount | pi_1 is of 2999 EUR, asked was 29.99"                                                                            },
    {"another currency",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = "{\"object\":\"payment_intent\",\"id\":\"pi_1\",\"status\":\"succeeded\","
              "\"currency\":\"usd\",\"amount_received\":2999}"},
     "refused pi_1 wrong_currency | pi_1 was paid in usd, asked was 29.99 EUR"                                                                     },
    {"a currency that is none",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = "{\"object\":\"payment_intent\",\"id\":\"pi_1\",\"status\":\"succeeded\","
              "\"currency\":\"euros\",\"amount_received\":2999}"},
     "refused pi_1 wrong_currency | pi_1 was paid in euros, asked was 29.99 EUR"                                                                   },
    {"an amount with a point",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = INTENT("succeeded", ",\"amount_received\":2999.0")},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no amount or no "
     "currency"                                                                                                                                    },
    {"an amount as text",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = INTENT("succeeded", ",\"amount_received\":\"2999\"")},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no amount or no "
     "currency"                                                                                                                                    },
    {"an amount beyond 64 bits",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = INTENT("succeeded", ",\"amount_received\":99999999999999999999")},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no amount or no "
     "currency"                                                                                                                                    },
    {"no amount",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = INTENT("succeeded", "")},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no amount or no "
     "currency"                                                                                                                                    },
    {"a name twice",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = INTENT("succeeded", ",\"status\":\"canceled\"")},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: byte 99: expected "
     "no name twice"                                                                                                                               },
    {"no object",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = "[]"},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no payment_intent"                                                   },
    {"another object",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = REFUND("succeeded", "")},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no payment_intent"                                                   },
    {"an id that is none",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body =
          "{\"object\":\"payment_intent\",\"id\":\"pi_1/../refunds\",\"status\":\"succeeded\"}"},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no payment_intent"                                                   },
    {"a status that is a number",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = "{\"object\":\"payment_intent\",\"id\":\"pi_1\",\"status\":1}"},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no payment_intent"                                                   },
    {"garbage",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = "<html>"},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: byte 0: expected a "
     "value"                                                                                                                                       },
    {"nothing",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = ""},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: byte 0: expected a "
     "value"                                                                                                                                       },
    {"an error with 200",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = DECLINED("")},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no payment_intent"                                                   },
    {"processing",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = INTENT("processing", "")},
     "processing pi_1 processing"                                                                                                                  },
    {"3-D Secure",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = INTENT("requires_action", "")},
     "action pi_1 requires_action | the customer has to confirm the payment"                                                                       },
    {"not captured",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = INTENT("requires_capture", "")},
     "refused pi_1 unexpected_status | the payment is requires_capture"                                                                            },
    {"a status of tomorrow",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = INTENT("sleeping", "")},
     "refused pi_1 unexpected_status | the payment is sleeping"                                                                                    },
    {"not tried",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = INTENT("requires_payment_method", "")},
     "refused pi_1 unexpected_status | the payment is requires_payment_method"                                                                     },
    {"canceled",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = INTENT("canceled", ",\"cancellation_reason\":\"abandoned\"")},
     "declined:later! pi_1 canceled | abandoned"                                                                                                   },
    {"declined: later",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body = DECLINED("\"decline_code\":\"insufficient_funds\",")},
     "declined:later pi_1 insufficient_funds | Your card was declined."                                                                            },
    {"declined: the customer",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body = DECLINED("\"decline_code\":\"expired_card\",")},
     "declined:customer pi_1 expired_card | Your card was declined."                                                                               },
    {"declined: never",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body = DECLINED("\"decline_code\":\"stolen_card\",")},
     "declined:never pi_1 stolen_card | Your card was declined."                                                                                   },
    {"the advice wins: never",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body = DECLINED(
          "\"decline_code\":\"insufficient_funds\",\"advice_code\":\"do_not_try_again\",")},
     "declined:never pi_1 insufficient_funds | Your card was declined."                                                                            },
    {"the advice wins: later",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body = DECLINED("\"decline_code\":\"stolen_card\",\"advice_code\":\"try_again_later\",")},
     "declined:later pi_1 stolen_card | Your card was declined."                                                                                   },
    {"unknown advice",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body = DECLINED("\"decline_code\":\"stolen_card\",\"advice_code\":\"sing\",")},
     "declined:never pi_1 stolen_card | Your card was declined."                                                                                   },
    {"the network forbids it",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body = DECLINED("\"decline_code\":\"insufficient_funds\",\"network_decline_code\":\"57\",")},
     "declined:never pi_1 insufficient_funds | Your card was declined."                                                                            },
    {"an unknown decline code of a known code",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body = DECLINED("\"decline_code\":\"moon_phase\",")},
     "declined:later pi_1 moon_phase | Your card was declined."                                                                                    },
    {"only a code",
     {.task = TASK_CHARGE, .step = 1, .status = 402, .body = DECLINED("")},
     "declined:later pi_1 card_declined | Your card was declined."                                                                                 },
    {"neither code",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body = "{\"error\":{\"type\":\"card_error\"}}"},
     "declined:later! - declined"                                                                                                                  },
    {"a method that is gone",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 400,
      .body = "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"resource_missing\","
              "\"param\":\"payment_method\"}}"},
     "declined:customer - resource_missing"                                                                                                        },
    {"declined, but waits for the customer",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body = "{\"error\":{\"type\":\"card_error\",\"code\":\"authentication_required\",\"payment_"
              "intent\":" INTENT("requires_action", "") "}}"},
     "action pi_1 requires_action"                                                                                                                 },
    {"declined and paid",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 402,
      .body =
          "{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\",\"payment_intent\":" PAID
          "}}"},
     "lost pi_1 contradictory_answer | declined, and the payment says otherwise"                                                                   },
    {"a bad request",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 400,
      .body = ERROR("invalid_request_error", "parameter_missing")},
     "refused - parameter_missing"                                                                                                                 },
    {"the same key, another request",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 400,
      .body = "{\"error\":{\"type\":\"idempotency_error\"}}"},
     "refused - idempotency_error"                                                                                                                 },
    {"a wrong key, that says so",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 401,
      .body = "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no key "
              "secret_of_the_account\"}}"},
     "refused - invalid_request_error | (left out, for it holds the secret)"                                                                       },
    {"the key is in use",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 409,
      .body = ERROR("idempotency_error", "idempotency_key_in_use")},
     "lost - idempotency_key_in_use"                                                                                                               },
    {"a dependency failed",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 424,
      .body = "{\"error\":{\"type\":\"api_error\"}}"},
     "lost - api_error"                                                                                                                            },
    {"an error of a proxy",
     {.task = TASK_CHARGE, .step = 1, .status = 403, .body = "Forbidden"},
     "lost - unreadable_answer | the answer (HTTP status 403) cannot be read: byte 0: expected a "
     "value"                                                                                                                                       },
    {"an error that is none",
     {.task = TASK_CHARGE, .step = 1, .status = 400, .body = "{}"},
     "lost - unreadable_answer | the answer (HTTP status 400) cannot be read: no error with a "
     "type"                                                                                                                                        },
    {"too many",
     {.task = TASK_CHARGE, .step = 1, .status = 429, .body = ""},
     "again - too_many_requests | 429: too many requests"                                                                                          },
    {"too many, and for how long",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 429,
      .body = ERROR("rate_limit_error", "lock_timeout"),
      .header = "Retry-After: 7"},
     "again - too_many_requests after 7 s | 429: too many requests"                                                                                },
    {"a failure of Stripe",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 500,
      .body = "{\"error\":{\"type\":\"api_error\"}}"},
     "lost - http_500 | HTTP status 500"                                                                                                           },
    {"an overload with a pause",
     {.task = TASK_CHARGE, .step = 1, .status = 503, .body = "", .header = "Retry-After: 3"},
     "lost - http_503 after 3 s | HTTP status 503"                                                                                                 },
    {"a redirect",
     {.task = TASK_CHARGE, .step = 1, .status = 302, .body = PAID},
     "lost - http_302 | HTTP status 302"                                                                                                           },
    {"a time-out",
     {.task = TASK_CHARGE, .step = 1, .status = 408, .body = ""},
     "lost - http_408 | HTTP status 408"                                                                                                           },
    {"not sent",
     {.task = TASK_CHARGE, .step = 1, .status = 0, .body = ""},
     "again - not_sent | the host cannot be reached"                                                                                               },
    {"lost",
     {.task = TASK_CHARGE, .step = 1, .status = -1, .body = PAID},
     "lost - lost | the host cannot be reached"                                                                                                    },
    {"a failure told again is looked into",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 500,
      .body = "",
      .header = "Idempotent-Replayed: true"},
     LIST " " AUTH                                                                                                                                 },
    {"told again, and there",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 200,
      .body = PAGE(INTENT("succeeded", MINE ",\"amount_received\":2999"), "false")},
     "paid pi_1 29.99 EUR"                                                                                                                         },
    {"told again, and not there",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 200,
      .body = PAGE(INTENT("succeeded", OTHER), "false")},
     "declined:later! - api_error | Stripe failed and has charged nothing"                                                                         },
    {"told again, and not on this page",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 200,
      .body = PAGE(INTENT("succeeded", OTHER), "true")},
     LIST "&starting_after=pi_1 " AUTH                                                                                                             },
    {"told again, and not to be asked",
     {.task = TASK_CHARGE, .step = 2, .status = 0, .body = ""},
     "lost - not_sent | the host cannot be reached"                                                                                                },
    {"asked by its name",                       {.task = TASK_ASK, .ref = "pi_1"},                             "GET /v1/payment_intents/pi_1 " AUTH},
    {"asked by a name that is none",            {.task = TASK_ASK, .ref = "../refunds"},                       LIST " " AUTH                       },
    {"asked by its name: paid",
     {.task = TASK_ASK, .step = 1, .status = 200, .body = PAID, .ref = "pi_1"},
     "paid pi_1 29.99 EUR"                                                                                                                         },
    {"asked by its name: unknown there",
     {.task = TASK_ASK,
      .step = 1,
      .status = 404,
      .body = ERROR("invalid_request_error", "resource_missing"),
      .ref = "pi_1"},
     "refused - resource_missing"                                                                                                                  },
    {"asked through the list",                  {.task = TASK_ASK},                                            LIST " " AUTH                       },
    {"in the list: paid",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = PAGE(INTENT("succeeded", MINE ",\"amount_received\":2999"), "true")},
     "paid pi_1 29.99 EUR"                                                                                                                         },
    {"in the list: failed",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = PAGE(INTENT("requires_payment_method",
                          MINE ",\"last_payment_error\":{\"code\":\"card_"
                               "declined\",\"decline_code\":\"stolen_card\"}"),
                   "false")},
     "declined:never pi_1 stolen_card"                                                                                                             },
    {"in the list twice: the paid one",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body =
          PAGE(INTENT("canceled", MINE) "," INTENT("succeeded", MINE ",\"amount_received\":2999"),
               "false")},
     "paid pi_1 29.99 EUR"                                                                                                                         },
    {"not in the list",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = PAGE(INTENT("succeeded", OTHER), "false")},
     "absent - absent | Stripe has no such payment"                                                                                                },
    {"an empty list",
     {.task = TASK_ASK, .step = 1, .status = 200, .body = PAGE("", "false")},
     "absent - absent | Stripe has no such payment"                                                                                                },
    {"an empty list that goes on",
     {.task = TASK_ASK, .step = 1, .status = 200, .body = PAGE("", "true")},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: a list that goes on "
     "behind nothing"                                                                                                                              },
    {"the next page",
     {.task = TASK_ASK, .step = 1, .status = 200, .body = PAGE(INTENT("succeeded", OTHER), "true")},
     LIST "&starting_after=pi_1 " AUTH                                                                                                             },
    {"too many pages",
     {.task = TASK_ASK,
      .step = 26,
      .status = 200,
      .body = PAGE(INTENT("succeeded", OTHER), "true")},
     "refused - too_many_payments | not among the latest payments of this customer: look by hand"                                                  },
    {"no list",
     {.task = TASK_ASK, .step = 1, .status = 200, .body = "{\"data\":[]}"},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no list"                                                             },
    {"asked with a wrong key",
     {.task = TASK_ASK,
      .step = 1,
      .status = 401,
      .body = "{\"error\":{\"type\":\"invalid_request_error\"}}"},
     "lost - invalid_request_error"                                                                                                                },
    {"asked too often",
     {.task = TASK_ASK, .step = 1, .status = 429, .body = "", .header = "Retry-After: 7"},
     "lost - too_many_requests after 7 s | 429: too many requests"                                                                                 },
    {"not asked",
     {.task = TASK_ASK, .step = 1, .status = 0, .body = ""},
     "lost - not_sent | the host cannot be reached"                                                                                                },
    {"a refund",
     {.task = TASK_REFUND},
     "POST /v1/refunds " AUTH " (Idempotency-Key: acme:CN-7:1) " FORM
     " payment_intent=pay_9&amount=2999&metadata[attempt]=acme%3ACN-7%3A1"                                                                         },
    {"refunded",
     {.task = TASK_REFUND, .step = 1, .status = 200, .body = REFUND("succeeded", "")},
     "paid re_1 29.99 EUR"                                                                                                                         },
    {"another amount refunded",
     {.task = TASK_REFUND,
      .step = 1,
      .status = 200,
      .body = REFUND("succeeded", ""),
      .amount = "30.00 EUR"},
     "refused re_1 wrong_amount | re_1 is of 29.99 EUR, asked was 30.00"                                                                           },
    {"refunded later",
     {.task = TASK_REFUND, .step = 1, .status = 200, .body = REFUND("pending", "")},
     "processing re_1 pending"                                                                                                                     },
    {"not refunded",
     {.task = TASK_REFUND,
      .step = 1,
      .status = 200,
      .body = REFUND("failed", ",\"failure_reason\":\"lost_or_stolen_card\"")},
     "declined:later! re_1 lost_or_stolen_card | the refund did not go through"                                                                    },
    {"refunded before",
     {.task = TASK_REFUND,
      .step = 1,
      .status = 400,
      .body = ERROR("invalid_request_error", "charge_already_refunded")},
     "refused - charge_already_refunded"                                                                                                           },
    {"a refund asked for",
     {.task = TASK_ASK_REFUND},
     "GET /v1/refunds?payment_intent=pay_9&limit=20 " AUTH                                                                                         },
    {"a refund asked for by name",
     {.task = TASK_ASK_REFUND, .ref = "re_1"},
     "GET /v1/refunds/re_1 " AUTH                                                                                                                  },
    {"a refund found",
     {.task = TASK_ASK_REFUND,
      .step = 1,
      .status = 200,
      .body = PAGE(REFUND("succeeded", ",\"metadata\":{\"attempt\":\"acme:CN-7:1\"}"), "false")},
     "paid re_1 29.99 EUR"                                                                                                                         },
    {"no refund found",
     {.task = TASK_ASK_REFUND, .step = 1, .status = 200, .body = PAGE("", "false")},
     "absent - absent | Stripe has no such payment"                                                                                                },
};

START_TEST(moves)
{
    const struct move_case *c = &move_cases[_i];
    const char *text = gateway_move_text(&gateway_stripe, &c->asked, arena);
    ck_assert_msg(strcmp(text, c->expect) == 0, "%s: got\n%s\nexpected\n%s", c->name, text,
                  c->expect);
}
END_TEST

/* Whatever is cut off or hit on the way leads to asking, and to nothing else. */
static const struct gateway_asked damaged[] = {
    {.task = TASK_CHARGE, .step = 1,     .status = 200,                  .body = PAID},
    {                .task = TASK_CHARGE,
     .step = 1,
     .status = 402,
     .body = DECLINED("\"decline_code\":\"stolen_card\",")                         },
    { .task = TASK_ASK,
     .step = 1,
     .status = 200,
     .body = PAGE(INTENT("succeeded",     MINE ",\"amount_received\":2999"), "false")},
    {                .task = TASK_REFUND,          .step = 1, .status = 200,     .body = REFUND("succeeded",          "")},
};

START_TEST(survives_damage)
{
    gateway_check_damage(&gateway_stripe, &damaged[_i], "lost ", arena);
}
END_TEST

TEST_SUITE(gateway_stripe)
{
    tcase_add_checked_fixture(tcase, make_arena, free_arena);
    TEST_TABLE(moves, move_cases);
    TEST_TABLE(survives_damage, damaged);
}
