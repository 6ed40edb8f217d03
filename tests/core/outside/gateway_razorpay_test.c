/* Razorpay as bytes: an order, a payment on it, and what every answer comes to. */
#include "tests/support/gateway_moves.h"
#include "tests/support/suite.h"

#define ORDER(status)                                                                              \
    "{\"id\":\"order_1\",\"entity\":\"order\",\"amount\":2999,\"currency\":\"EUR\","               \
    "\"receipt\":\"acme:INV-7/29.99EUR\",\"status\":\"" status "\"}"
#define PAYMENT(status, more)                                                                      \
    "{\"id\":\"pay_1\",\"entity\":\"payment\",\"amount\":2999,\"currency\":\"EUR\","               \
    "\"order_id\":\"order_1\",\"status\":\"" status "\"" more "}"
#define MINE ",\"notes\":{\"attempt\":\"acme:INV-7:1\"}"
#define OTHER ",\"notes\":{\"attempt\":\"acme:INV-7:2\"}"
#define ITEMS(items) "{\"entity\":\"collection\",\"count\":1,\"items\":[" items "]}"
#define ERROR(code, more) "{\"error\":{\"code\":\"" code "\"" more "}}"
#define REFUND(status, more)                                                                       \
    "{\"id\":\"rfnd_1\",\"entity\":\"refund\",\"amount\":2999,\"currency\":\"EUR\","               \
    "\"payment_id\":\"pay_9\",\"status\":\"" status "\"" more "}"
#define AUTH "[key_1:secret_of_the_account]"
#define FIND "GET /v1/orders?receipt=acme%3AINV-7%2F29.99EUR " AUTH
#define PAY                                                                                        \
    "POST /v1/payments/create/recurring " AUTH                                                     \
    " (Content-Type: application/json) {\"email\":\"ann@example.com\",\"contact\":\"+4930123\","   \
    "\"amount\":2999,\"currency\":\"EUR\",\"order_id\":\"order_1\",\"customer_id\":\"cus_1\","     \
    "\"token\":\"pm_1\",\"recurring\":\"1\",\"description\":\"Invoice \\\"7\\\" & more\","         \
    "\"notes\":{\"attempt\":\"acme:INV-7:1\",\"invoice_id\":\"acme:INV-7\",\"customer_id\":\"c-"   \
    "1\"}}"

static const struct gateway_move_case move_cases[] = {
    {"a charge begins with its order",
     {.task = TASK_CHARGE},
     "POST /v1/orders " AUTH " (Content-Type: application/json) "
     "{\"amount\":2999,\"currency\":\"EUR\",\"receipt\":\"acme:INV-7/"
     "29.99EUR\",\"unique_receipt\":true,\"payment_capture\":true,"
     "\"notes\":{\"invoice_id\":\"acme:INV-7\"}}"                                                                                          },
    {"yen",
     {.task = TASK_CHARGE, .amount = "500 JPY"},
     "POST /v1/orders " AUTH " (Content-Type: application/json) "
     "{\"amount\":500,\"currency\":\"JPY\",\"receipt\":\"acme:INV-7/"
     "500JPY\",\"unique_receipt\":true,\"payment_capture\":true,\"notes\":{"
     "\"invoice_id\":\"acme:INV-7\"}}"                                                                                                     },
    {"three digits",
     {.task = TASK_CHARGE, .amount = "5.124 KWD"},
     "POST /v1/orders " AUTH " (Content-Type: application/json) "
     "{\"amount\":5124,\"currency\":\"KWD\",\"receipt\":\"acme:INV-7/"
     "5.124KWD\",\"unique_receipt\":true,\"payment_capture\":true,"
     "\"notes\":{\"invoice_id\":\"acme:INV-7\"}}"                                                                                          },
    {"the order is made: pay",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = ORDER("created")},
     PAY                                                                                                                                   },
    {"the order was tried before: pay",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = ORDER("attempted")},
     PAY                                                                                                                                   },
    {"the order is paid: look",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = ORDER("paid")},
     "GET /v1/orders/order_1/payments " AUTH                                                                                               },
    {"an order of another amount",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 200,
      .body = ORDER("created"),
      .amount = "30.00 EUR"},
     "refused order_1 wrong_amount | the order of this receipt is of another amount or currency"                                           },
    {"the receipt is known: find it",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 400,
      .body = ERROR(
          "BAD_REQUEST_ERROR",
          ",\"description\":\"An order with the same receipt value has already been created\"")},
     FIND                                                                                                                                  },
    {"the field is the receipt: find it",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 400,
      .body = ERROR("BAD_REQUEST_ERROR", ",\"field\":\"receipt\"")},
     FIND                                                                                                                                  },
    {"an order that is refused",
     {.task = TASK_CHARGE,
      .step = 1,
      .status = 400,
      .body = ERROR("BAD_REQUEST_ERROR", ",\"description\":\"amount exceeds maximum\"")},
     "refused - BAD_REQUEST_ERROR | amount exceeds maximum"                                                                                },
    {"a wrong key",
     {.task = TASK_CHARGE, .step = 1, .status = 401, .body = ERROR("BAD_REQUEST_ERROR", "")},
     "refused - BAD_REQUEST_ERROR"                                                                                                         },
    {"an order that is lost has charged nothing",
     {.task = TASK_CHARGE, .step = 1, .status = -1, .body = ""},
     "again - lost | the host cannot be reached"                                                                                           },
    {"an order that cannot be read neither",
     {.task = TASK_CHARGE, .step = 1, .status = 200, .body = "{}"},
     "again - unreadable_answer | no order came back"                                                                                      },
    {"a failure at the order",
     {.task = TASK_CHARGE, .step = 1, .status = 500, .body = ""},
     "again - http_500 | HTTP status 500"                                                                                                  },
    {"a failure at the order, well told",
     {.task = TASK_CHARGE, .step = 1, .status = 400, .body = ERROR("SERVER_ERROR", "")},
     "again - SERVER_ERROR"                                                                                                                },
    {"too many at the order",
     {.task = TASK_CHARGE, .step = 1, .status = 429, .body = "", .header = "Retry-After: 9"},
     "again - too_many_requests after 9 s | 429: too many requests"                                                                        },
    {"found: pay",
     {.task = TASK_CHARGE, .step = 2, .status = 200, .body = ITEMS(ORDER("attempted"))},
     PAY                                                                                                                                   },
    {"found paid: look",
     {.task = TASK_CHARGE, .step = 2, .status = 200, .body = ITEMS(ORDER("paid"))},
     "GET /v1/orders/order_1/payments " AUTH                                                                                               },
    {"found twice",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 200,
      .body = ITEMS(ORDER("created") "," ORDER("created"))},
     "refused - several_orders | there are several orders of one receipt"                                                                  },
    {"not found",
     {.task = TASK_CHARGE, .step = 2, .status = 200, .body = ITEMS("")},
     "lost - no_order | the order is not there yet"                                                                                        },
    {"found an order without an id",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 200,
      .body = ITEMS("{\"entity\":\"order\",\"receipt\":\"acme:INV-7/29.99EUR\"}")},
     "lost - unreadable_answer | no order came back"                                                                                       },
    {"taken: look at the payment",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 200,
      .body = "{\"razorpay_payment_id\":\"pay_1\",\"razorpay_order_id\":\"order_1\"}"},
     "GET /v1/payments/pay_1 " AUTH                                                                                                        },
    {"taken behind a search",
     {.task = TASK_CHARGE, .step = 3, .status = 200, .body = "{\"razorpay_payment_id\":\"pay_1\"}"},
     "GET /v1/payments/pay_1 " AUTH                                                                                                        },
    {"taken for ever",
     {.task = TASK_CHARGE, .step = 4, .status = 200, .body = "{\"razorpay_payment_id\":\"pay_1\"}"},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no payment"                                                  },
    {"orders for ever",
     {.task = TASK_CHARGE, .step = 3, .status = 200, .body = ITEMS(ORDER("created"))},
     "lost - contradictory_answer | the order is paid, and has no payment that did so"                                                     },
    {"a payment that is no name",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 200,
      .body = "{\"razorpay_payment_id\":\"pay_1/refund\"}"},
     "lost - unreadable_answer | the answer (HTTP status 200) cannot be read: no payment"                                                  },
    {"declined",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 400,
      .body = ERROR(
          "BAD_REQUEST_ERROR",
          ",\"description\":\"no "
          "money\",\"reason\":\"insufficient_funds\",\"metadata\":{\"payment_id\":\"pay_1\"}")},
     "declined:later pay_1 insufficient_funds | no money"                                                                                  },
    {"declined for an unknown reason",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 400,
      .body = ERROR("GATEWAY_ERROR",
                    ",\"reason\":\"moon_phase\",\"metadata\":{\"payment_id\":\"pay_1\"}")},
     "declined:later! pay_1 moon_phase"                                                                                                    },
    {"refused without a payment",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 400,
      .body = ERROR("BAD_REQUEST_ERROR", ",\"reason\":\"input_validation_failed\"")},
     "refused - input_validation_failed"                                                                                                   },
    {"a payment that is under way",
     {.task = TASK_CHARGE, .step = 2, .status = 409, .body = ERROR("BAD_REQUEST_ERROR", "")},
     "lost - BAD_REQUEST_ERROR"                                                                                                            },
    {"a gateway that failed without a payment",
     {.task = TASK_CHARGE, .step = 2, .status = 400, .body = ERROR("GATEWAY_ERROR", "")},
     "lost - GATEWAY_ERROR"                                                                                                                },
    {"a failure at the payment",
     {.task = TASK_CHARGE, .step = 2, .status = 502, .body = ERROR("GATEWAY_ERROR", "")},
     "lost - http_502 | HTTP status 502"                                                                                                   },
    {"a payment not sent",
     {.task = TASK_CHARGE, .step = 2, .status = 0, .body = ""},
     "lost - not_sent | the host cannot be reached"                                                                                        },
    {"a payment lost",
     {.task = TASK_CHARGE, .step = 2, .status = -1, .body = ""},
     "lost - lost | the host cannot be reached"                                                                                            },
    {"captured",
     {.task = TASK_CHARGE, .step = 3, .status = 200, .body = PAYMENT("captured", MINE)},
     "paid pay_1 29.99 EUR"                                                                                                                },
    {"authorized",
     {.task = TASK_CHARGE, .step = 3, .status = 200, .body = PAYMENT("authorized", MINE)},
     "processing pay_1 authorized"                                                                                                         },
    {"debited in a day",
     {.task = TASK_CHARGE, .step = 3, .status = 200, .body = PAYMENT("created", MINE)},
     "processing pay_1 created"                                                                                                            },
    {"failed",
     {.task = TASK_CHARGE,
      .step = 3,
      .status = 200,
      .body = PAYMENT("failed", ",\"error_code\":\"BAD_REQUEST_ERROR\",\"error_reason\":\"card_"
                                "expired\",\"error_description\":\"too old\"")},
     "declined:customer pay_1 card_expired | too old"                                                                                      },
    {"given back",
     {.task = TASK_CHARGE, .step = 3, .status = 200, .body = PAYMENT("refunded", "")},
     "refused pay_1 unexpected_status | the payment is refunded"                                                                           },
    {"another amount",
     {.task = TASK_CHARGE,
      .step = 3,
      .status = 200,
      .body = PAYMENT("captured", MINE),
      .amount = "299.90 EUR"},
     "refused pay_1 wrong_amount | pay_1 is of 29.99 EUR, asked was 299.90"                                                                },
    {"another currency",
     {.task = TASK_CHARGE,
      .step = 3,
      .status = 200,
      .body = PAYMENT("captured", MINE),
      .amount = "29.99 INR"},
     "refused pay_1 wrong_currency | pay_1 was paid in EUR, asked was 29.99 INR"                                                           },
    {"the paid order is ours",
     {.task = TASK_CHARGE,
      .step = 2,
      .status = 200,
      .body = ITEMS(PAYMENT("failed", OTHER) "," PAYMENT("captured", MINE))},
     "paid pay_1 29.99 EUR"                                                                                                                },
    {"the paid order is of another attempt",
     {.task = TASK_CHARGE, .step = 2, .status = 200, .body = ITEMS(PAYMENT("captured", OTHER))},
     "refused pay_1 already_paid | another payment has paid the order of this invoice"                                                     },
    {"asked by name",                             {.task = TASK_ASK, .ref = "pay_1"},                "GET /v1/payments/pay_1 " AUTH        },
    {"asked by name: captured",
     {.task = TASK_ASK,
      .step = 1,
      .status = 200,
      .body = PAYMENT("captured", MINE),
      .ref = "pay_1"},
     "paid pay_1 29.99 EUR"                                                                                                                },
    {"asked by receipt",                          {.task = TASK_ASK},                                FIND                                  },
    {"asked: no order",
     {.task = TASK_ASK, .step = 1, .status = 200, .body = ITEMS("")},
     "absent - absent | Razorpay has no order of this receipt"                                                                             },
    {"asked: an order",
     {.task = TASK_ASK, .step = 1, .status = 200, .body = ITEMS(ORDER("attempted"))},
     "GET /v1/orders/order_1/payments " AUTH                                                                                               },
    {"asked: no payment",
     {.task = TASK_ASK, .step = 2, .status = 200, .body = ITEMS("")},
     "absent - absent | the order has no payment of this attempt"                                                                          },
    {"asked: only that of another attempt",
     {.task = TASK_ASK, .step = 2, .status = 200, .body = ITEMS(PAYMENT("failed", OTHER))},
     "absent - absent | the order has no payment of this attempt"                                                                          },
    {"asked: paid by another attempt",
     {.task = TASK_ASK, .step = 2, .status = 200, .body = ITEMS(PAYMENT("captured", OTHER))},
     "refused pay_1 already_paid | another payment has paid the order of this invoice"                                                     },
    {"asked: failed",
     {.task = TASK_ASK,
      .step = 2,
      .status = 200,
      .body = ITEMS(PAYMENT("failed", MINE ",\"error_reason\":\"insufficient_funds\""))},
     "declined:later pay_1 insufficient_funds"                                                                                             },
    {"asked: captured",
     {.task = TASK_ASK, .step = 2, .status = 200, .body = ITEMS(PAYMENT("captured", MINE))},
     "paid pay_1 29.99 EUR"                                                                                                                },
    {"asked with a wrong key",
     {.task = TASK_ASK, .step = 1, .status = 401, .body = ERROR("BAD_REQUEST_ERROR", "")},
     "lost - BAD_REQUEST_ERROR"                                                                                                            },
    {"asked too often",
     {.task = TASK_ASK, .step = 1, .status = 429, .body = ""},
     "lost - too_many_requests | 429: too many requests"                                                                                   },
    {"a refund",
     {.task = TASK_REFUND},
     "POST /v1/payments/pay_9/refund " AUTH
     " (Content-Type: application/json) (X-Refund-Idempotency: acme:CN-7:1) "
     "{\"amount\":2999,\"speed\":\"normal\",\"notes\":{\"attempt\":\"acme:CN-7:1\"}}"                                                      },
    {"refunded",
     {.task = TASK_REFUND, .step = 1, .status = 200, .body = REFUND("processed", "")},
     "paid rfnd_1 29.99 EUR"                                                                                                               },
    {"refunded later",
     {.task = TASK_REFUND, .step = 1, .status = 200, .body = REFUND("pending", "")},
     "processing rfnd_1 pending"                                                                                                           },
    {"not refunded",
     {.task = TASK_REFUND, .step = 1, .status = 200, .body = REFUND("failed", "")},
     "declined:later! rfnd_1 failed | the refund did not go through"                                                                       },
    {"more than was paid",
     {.task = TASK_REFUND,
      .step = 1,
      .status = 400,
      .body = ERROR("BAD_REQUEST_ERROR", ",\"description\":\"too much\"")},
     "refused - BAD_REQUEST_ERROR | too much"                                                                                              },
    {"a refund lost",
     {.task = TASK_REFUND, .step = 1, .status = -1, .body = ""},
     "lost - lost | the host cannot be reached"                                                                                            },
    {"a refund not sent",
     {.task = TASK_REFUND, .step = 1, .status = 0, .body = ""},
     "again - not_sent | the host cannot be reached"                                                                                       },
    {"refunds asked for",                         {.task = TASK_ASK_REFUND},                         "GET /v1/payments/pay_9/refunds " AUTH},
    {"a refund asked for",
     {.task = TASK_ASK_REFUND, .ref = "rfnd_1"},
     "GET /v1/refunds/rfnd_1 " AUTH                                                                                                        },
    {"a refund found",
     {.task = TASK_ASK_REFUND,
      .step = 1,
      .status = 200,
      .body = ITEMS(REFUND("processed", ",\"notes\":{\"attempt\":\"acme:CN-7:1\"}"))},
     "paid rfnd_1 29.99 EUR"                                                                                                               },
    {"no refund found",
     {.task = TASK_ASK_REFUND, .step = 1, .status = 200, .body = ITEMS(REFUND("processed", ""))},
     "absent - absent | the payment has no such refund"                                                                                    },
};

START_TEST(moves)
{
    gateway_check_move(&gateway_razorpay, &move_cases[_i]);
}
END_TEST

/* Whatever is cut off or hit on the way leads to asking, and to nothing else. Before
 * the payment is asked for nothing can have been charged. */
static const struct gateway_damage_case damage_cases[] = {
    {{.task = TASK_CHARGE, .step = 1, .status = 200, .body = ORDER("created")},              "again "},
    {{.task = TASK_CHARGE, .step = 3, .status = 200, .body = PAYMENT("captured", MINE)},     "lost " },
    {{.task = TASK_ASK, .step = 2, .status = 200, .body = ITEMS(PAYMENT("captured", MINE))},
     "lost "                                                                                         },
    {{.task = TASK_REFUND, .step = 1, .status = 200, .body = REFUND("processed", "")},       "lost " },
};

START_TEST(survives_damage)
{
    gateway_check_damage(&gateway_razorpay, &damage_cases[_i]);
}
END_TEST

TEST_SUITE(gateway_razorpay)
{
    TEST_TABLE(moves, move_cases);
    TEST_TABLE(survives_damage, damage_cases);
}
