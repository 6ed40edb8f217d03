/* Mercado Pago as bytes: decimal amounts, declines with HTTP 201, and what every answer comes to.
 */
#include "tests/support/gateway_moves.h"
#include "tests/support/suite.h"

#define PAYMENT(status, detail, more)                                                              \
    "{\"id\":123,\"status\":\"" status "\",\"status_detail\":\"" detail "\"" more "}"
#define EUR(amount) ",\"transaction_amount\":" amount ",\"currency_id\":\"EUR\""
#define MINE ",\"external_reference\":\"acme:INV-7:1\""
#define RESULTS(items) "{\"paging\":{\"total\":1},\"results\":[" items "]}"
#define ERROR(code) "{\"message\":\"no\",\"error\":\"" code "\",\"status\":400,\"cause\":[]}"
#define REFUND(status, amount)                                                                     \
    "{\"id\":77,\"payment_id\":123,\"amount\":" amount ",\"status\":\"" status "\"}"
#define AUTH "(Authorization: Bearer secret_of_the_account)"

static const struct gateway_move_case move_cases[] = {
    {"a charge",
     {.task = TASK_CHARGE},
     "POST /v1/payments " AUTH
     " (Content-Type: application/json) (X-Idempotency-Key: acme:INV-7:1) "
     "{\"transaction_amount\":29.99,\"token\":\"pm_1\",\"installments\":1,\"description\":"
     "\"Invoice \\\"7\\\" & "
     "more\",\"external_reference\":\"acme:INV-7:1\",\"payer\":{\"type\":\"customer\",\"id\":\"cus_"
     "1\",\"email\":\"ann@example.com\"},\"metadata\":{\"invoice_id\":\"acme:INV-7\",\"customer_"
     "id\":\"c-1\"}}"                                                                                                                      },
    {"no minor units",
     {.task = TASK_CHARGE, .amount = "700 CLP"},
     "POST /v1/payments " AUTH
     " (Content-Type: application/json) (X-Idempotency-Key: acme:INV-7:1) "
     "{\"transaction_amount\":700,\"token\":\"pm_1\",\"installments\":1,\"description\":\"Invoice "
     "\\\"7\\\" & "
     "more\",\"external_reference\":\"acme:INV-7:1\",\"payer\":{\"type\":\"customer\",\"id\":\"cus_"
     "1\",\"email\":\"ann@example.com\"},\"metadata\":{\"invoice_id\":\"acme:INV-7\",\"customer_"
     "id\":\"c-1\"}}"                                                                                                                      },
    {"all digits",
     {.task = TASK_CHARGE, .amount = "700.50 BRL"},
     "POST /v1/payments " AUTH
     " (Content-Type: application/json) (X-Idempotency-Key: acme:INV-7:1) "
     "{\"transaction_amount\":700.50,\"token\":\"pm_1\",\"installments\":1,\"description\":"
     "\"Invoice \\\"7\\\" & "
     "more\",\"external_reference\":\"acme:INV-7:1\",\"payer\":{\"type\":\"customer\",\"id\":\"cus_"
     "1\",\"email\":\"ann@example.com\"},\"metadata\":{\"invoice_id\":\"acme:INV-7\",\"customer_"
     "id\":\"c-1\"}}"                                                                                                                      },
    {"the largest",
     {.task = TASK_CHARGE, .amount = "92233720368547758.07 BRL"},
     "POST /v1/payments " AUTH
     " (Content-Type: application/json) (X-Idempotency-Key: acme:INV-7:1) "
     "{\"transaction_amount\":92233720368547758.07,\"token\":\"pm_1\",\"installments\":1,"
     "\"description\":\"Invoice \\\"7\\\" & "
     "more\",\"external_reference\":\"acme:INV-7:1\",\"payer\":{\"type\":\"customer\",\"id\":\"cus_"
     "1\",\"email\":\"ann@example.com\"},\"metadata\":{\"invoice_id\":\"acme:INV-7\",\"customer_"
     "id\":\"c-1\"}}"                                                                                                                      },
    {"a cent",
     {.task = TASK_CHARGE, .amount = "0.01 BRL"},
     "POST /v1/payments " AUTH
     " (Content-Type: application/json) (X-Idempotency-Key: acme:INV-7:1) "
     "{\"transaction_amount\":0.01,\"token\":\"pm_1\",\"installments\":1,\"description\":\"Invoice "
     "\\\"7\\\" & "
     "more\",\"external_reference\":\"acme:INV-7:1\",\"payer\":{\"type\":\"customer\",\"id\":\"cus_"
     "1\",\"email\":\"ann@example.com\"},\"metadata\":{\"invoice_id\":\"acme:INV-7\",\"customer_"
     "id\":\"c-1\"}}"                                                                                                                      },
    {"approved",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("approved", "accredited", EUR("29.99"))},
     "paid 123 29.99 EUR"                                                                                                                  },
    {"approved, with more zeros",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("approved", "accredited", EUR("700.5")),
      .amount = "700.50 EUR"},
     "paid 123 700.50 EUR"                                                                                                                 },
    {"approved, a number that no double is",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("approved", "accredited", EUR("92233720368547758.07")),
      .amount = "92233720368547758.07 EUR"},
     "paid 123 92233720368547758.07 EUR"                                                                                                   },
    {"a cent less that a double would not see",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("approved", "accredited", EUR("92233720368547758.06")),
      .amount = "92233720368547758.07 EUR"},
     "refused 123 wrong_amount | 123 is of 92233720368547758.06 EUR, asked was "
     "92233720368547758.07"                                                                                                                },
    {"another currency",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("approved", "accredited", EUR("29.99")),
      .amount = "29.99 BRL"},
     "refused 123 wrong_currency | 123 was paid in EUR, asked was 29.99 BRL"                                                               },
    {"an exponent",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("approved", "accredited", EUR("2999e-2"))},
     "lost - unreadable_answer | the answer (HTTP status 201) cannot be read: no amount or no "
     "currency"                                                                                                                            },
    {"an amount as text",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("approved", "accredited", EUR("\"29.99\""))},
     "lost - unreadable_answer | the answer (HTTP status 201) cannot be read: no amount or no "
     "currency"                                                                                                                            },
    {"no amount",
     {.task = TASK_CHARGE, .step = 1, .status = 201, .body = PAYMENT("approved", "accredited", "")},
     "lost - unreadable_answer | the answer (HTTP status 201) cannot be read: no amount or no "
     "currency"                                                                                                                            },
    {"no payment",
     {.task = TASK_CHARGE, .step = 1, .status = 201, .body = "{}"},
     "lost - unreadable_answer | the answer (HTTP status 201) cannot be read: no payment"                                                  },
    {"a number out of all bounds",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body =
          PAYMENT("approved", "accredited", EUR("1111111111111111111111111111111111111111111111"))},
     "lost - unreadable_answer | the answer (HTTP status 201) cannot be read: no amount or no "
     "currency"                                                                                                                            },
    {"rejected with 201: later",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("rejected", "cc_rejected_insufficient_amount", "")},
     "declined:later 123 cc_rejected_insufficient_amount | rejected"                                                                       },
    {"rejected: by the beginning of the code",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("rejected", "cc_rejected_bad_filled_date", "")},
     "declined:customer 123 cc_rejected_bad_filled_date | rejected"                                                                        },
    {"rejected: never",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("rejected", "cc_rejected_blacklist", "")},
     "declined:never 123 cc_rejected_blacklist | rejected"                                                                                 },
    {"rejected: unknown",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("rejected", "cc_rejected_moon", "")},
     "declined:later! 123 cc_rejected_moon | rejected"                                                                                     },
    {"cancelled",
     {.task = TASK_CHARGE, .step = 1, .status = 201, .body = PAYMENT("cancelled", "expired", "")},
     "declined:later! 123 expired | cancelled"                                                                                             },
    {"in process",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("in_process", "pending_review_manual", "")},
     "processing 123 pending_review_manual"                                                                                                },
    {"pending",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("pending", "pending_waiting_payment", "")},
     "processing 123 pending_waiting_payment"                                                                                              },
    {"3-D Secure",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("pending", "pending_challenge", "")},
     "action 123 pending_challenge | the customer has to confirm the payment"                                                              },
    {"charged back",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("charged_back", "settled", "")},
     "refused 123 unexpected_status | the payment is charged_back"                                                                         },
    {"a bad request",
     {.task = TASK_CHARGE, .step = 1, .status = 400, .body = ERROR("bad_request")},
     "refused - bad_request | no"                                                                                                          },
    {"the same key, another request",
     {.task = TASK_CHARGE, .step = 1, .status = 409, .body = ERROR("conflict")},
     "refused - conflict | no"                                                                                                             },
    {"a wrong token",
     {.task = TASK_CHARGE, .step = 1, .status = 401, .body = ERROR("unauthorized")},
     "again - key_refused | no"                                                                                                            },
    {"forbidden",
     {.task = TASK_CHARGE, .step = 1, .status = 403, .body = ERROR("forbidden")},
     "refused - forbidden | no"                                                                                                            },
    {"the key is locked",
     {.task = TASK_CHARGE, .step = 1, .status = 423, .body = ERROR("locked")},
     "lost - locked | no"                                                                                                                  },
    {"a dependency failed",
     {.task = TASK_CHARGE, .step = 1, .status = 424, .body = ERROR("dependency")},
     "lost - dependency | no"                                                                                                              },
    {"an error that is none",
     {.task = TASK_CHARGE, .step = 1, .status = 400, .body = "[]"},
     "lost - unreadable_answer | the answer (HTTP status 400) cannot be read: no error"                                                    },
    {"too many",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 429,
      .body = ERROR("too_many_requests"),
      .header = "Retry-After: 30"},
     "again - too_many_requests after 30 s | 429: too many requests"                                                                       },
    {"a failure",
     {.task = TASK_CHARGE, .step = 1, .status = 500, .body = ERROR("internal_error")},
     "lost - http_500 | HTTP status 500"                                                                                                   },
    {"not sent",
     {.task = TASK_CHARGE, .step = 1, .status = 0, .body = ""},
     "again - not_sent | the host cannot be reached"                                                                                       },
    {"lost",
     {.task = TASK_CHARGE, .step = 1, .status = -1, .body = ""},
     "lost - lost | the host cannot be reached"                                                                                            },
    {"asked",
     {.task = TASK_ASK},
     "GET "
     "/v1/payments/"
     "search?external_reference=acme%3AINV-7%3A1&sort=date_created&criteria=desc " AUTH                                                    },
    {"asked by name",                                {.task = TASK_ASK, .ref = "123"},               "GET /v1/payments/123 " AUTH          },
    {"asked by name: approved",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = PAYMENT("approved", "accredited", EUR("29.99")),
      .ref = "123"},
     "paid 123 29.99 EUR"                                                                                                                  },
    {"given up: it still waits",
     {.task = TASK_GIVE_UP,
      .step = 1,
      .status = 200,
      .body = PAYMENT("pending", "pending_challenge", ""),
      .ref = "123"},
     "PUT /v1/payments/123 " AUTH " (Content-Type: application/json) {\"status\":\"cancelled\"}"                                           },
    {"given up: canceled already",
     {.task = TASK_GIVE_UP,
      .step = 1,
      .status = 200,
      .body = PAYMENT("cancelled", "by_collector", ""),
      .ref = "123"},
     "declined:customer 123 not_confirmed | the customer has not confirmed the payment"                                                    },
    {"it waited for the customer, and was canceled",
     {.task = TASK_ASK_AWAITED,
      .step = 1,
      .status = 200,
      .body = PAYMENT("cancelled", "expired", ""),
      .ref = "123"},
     "declined:customer 123 not_confirmed | the customer has not confirmed the payment"                                                    },
    {"it waited for the customer, and was rejected",
     {.task = TASK_ASK_AWAITED,
      .step = 1,
      .status = 200,
      .body = PAYMENT("rejected", "cc_rejected_blacklist", ""),
      .ref = "123"},
     "declined:never 123 cc_rejected_blacklist | rejected"                                                                                 },
    {"given up: canceled",
     {.task = TASK_GIVE_UP,
      .step = 2,
      .status = 200,
      .body = PAYMENT("cancelled", "by_collector", ""),
      .ref = "123"},
     "declined:customer 123 not_confirmed | the customer has not confirmed the payment"                                                    },
    {"given up: paid in this moment",
     {.task = TASK_GIVE_UP, .step = 2, .status = 400, .body = ERROR("bad_request"), .ref = "123"},
     "lost - not_canceled | no"                                                                                                            },
    {"asked: approved",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = RESULTS(PAYMENT("approved", "accredited", EUR("29.99") MINE))},
     "paid 123 29.99 EUR"                                                                                                                  },
    {"asked: approved behind rejected",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = RESULTS(
          PAYMENT("rejected", "x", MINE) "," PAYMENT("approved", "accredited", EUR("29.99") MINE))},
     "paid 123 29.99 EUR"                                                                                                                  },
    {"asked: approved twice",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = RESULTS(PAYMENT("approved", "x", MINE) "," PAYMENT("approved", "y", MINE))},
     "refused 123 paid_twice | this attempt went through more than once: 123, 123"                                                         },
    {"asked: rejected",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = RESULTS(PAYMENT("rejected", "cc_rejected_blacklist", MINE))},
     "declined:never 123 cc_rejected_blacklist | rejected"                                                                                 },
    {"asked: nothing",
     {.task = TASK_ASK, .step = 1, .status = 200, .body = RESULTS("")},
     "absent - absent | Mercado Pago has no such payment"                                                                                  },
    {"asked: of another",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = RESULTS(PAYMENT("approved", "x", EUR("29.99")))},
     "absent - absent | Mercado Pago has no such payment"                                                                                  },
    {"asked: no list",
     {.task = TASK_ASK, .step = 1, .status = 200, .body = "{}"},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no list of results"                                          },
    {"asked with a wrong token",
     {.task = TASK_ASK, .step = 1, .status = 401, .body = ERROR("unauthorized")},
     "lost - key_refused | no"                                                                                                             },
    {"asked, and forbidden",
     {.task = TASK_ASK, .step = 1, .status = 403, .body = ERROR("forbidden")},
     "refused - forbidden | no"                                                                                                            },
    {"a refund that is forbidden",
     {.task = TASK_REFUND, .step = 1, .status = 403, .body = ERROR("forbidden")},
     "refused - forbidden | no"                                                                                                            },
    {"asked too often",
     {.task = TASK_ASK, .step = 1, .status = 429, .body = ""},
     "lost - too_many_requests | 429: too many requests"                                                                                   },
    {"a refund",
     {.task = TASK_REFUND},
     "POST /v1/payments/pay_9/refunds " AUTH
     " (Content-Type: application/json) (X-Idempotency-Key: acme:CN-7:1) {\"amount\":29.99}"                                               },
    {"refunded",
     {.task = TASK_REFUND, .step = 1, .status = 201, .body = REFUND("approved", "29.99")},
     "paid 77 29.99 EUR"                                                                                                                   },
    {"another amount refunded",
     {.task = TASK_REFUND, .step = 1, .status = 201, .body = REFUND("approved", "29.9")},
     "refused 77 wrong_amount | 77 is of 29.9 EUR, asked was 29.99"                                                                        },
    {"refunded later",
     {.task = TASK_REFUND, .step = 1, .status = 201, .body = REFUND("in_process", "29.99")},
     "processing 77 in_process"                                                                                                            },
    {"not refunded",
     {.task = TASK_REFUND, .step = 1, .status = 201, .body = REFUND("rejected", "29.99")},
     "declined:later! 77 rejected | the refund did not go through"                                                                         },
    {"refunds asked for",                            {.task = TASK_ASK_REFUND},                      "GET /v1/payments/pay_9/refunds " AUTH},
    {"a refund asked for",
     {.task = TASK_ASK_REFUND, .ref = "77"},
     "GET /v1/payments/pay_9/refunds/77 " AUTH                                                                                             },
    {"a refund found by name",
     {.task = TASK_ASK_REFUND,
      .step = 1,
      .status = 200,
      .body = REFUND("approved", "29.99"),
      .ref = "77"},
     "paid 77 29.99 EUR"                                                                                                                   },
    {"no refunds",
     {.task = TASK_ASK_REFUND, .step = 1, .status = 200, .body = "[]"},
     "absent - absent | the payment has no refund of this amount"                                                                          },
    {"refunds of other amounts",
     {.task = TASK_ASK_REFUND, .step = 1, .status = 200, .body = "[" REFUND("approved", "5") "]"},
     "absent - absent | the payment has no refund of this amount"                                                                          },
    {"a refund of this amount",
     {.task = TASK_ASK_REFUND,
      .step = 1,
      .status = 200,
      .body = "[" REFUND("approved", "29.990") "]"},
     "refused - perhaps_refunded | the payment has a refund of this amount (77), whose it is "
     "cannot be told"                                                                                                                      },
};

START_TEST(moves)
{
    gateway_check_move(&gateway_mercadopago, &move_cases[_i]);
}
END_TEST

/* Whatever is cut off or hit on the way leads to asking, and to nothing else. */
static const struct gateway_damage_case damage_cases[] = {
    {{.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("approved", "accredited", EUR("29.99"))},
     "lost "                                                                                      },
    {{.task = TASK_CHARGE,
      .step = 1,
      .status = 201,
      .body = PAYMENT("rejected", "cc_rejected_blacklist", "")},
     "lost "                                                                                      },
    {{.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = RESULTS(PAYMENT("approved", "accredited", EUR("29.99") MINE))},
     "lost "                                                                                      },
    {{.task = TASK_REFUND, .step = 1, .status = 201, .body = REFUND("approved", "29.99")}, "lost "},
};

START_TEST(survives_damage)
{
    gateway_check_damage(&gateway_mercadopago, &damage_cases[_i]);
}
END_TEST

TEST_SUITE(gateway_mercadopago)
{
    TEST_TABLE(moves, move_cases);
    TEST_TABLE(survives_damage, damage_cases);
}
