/* Steps of gateways as text, for tables of tests: what is answered goes in, what is asked next or
 * what came of it comes out as one line. */
#ifndef BILLMILL_TESTS_GATEWAY_MOVES_H
#define BILLMILL_TESTS_GATEWAY_MOVES_H

#include "core/outside/gateway.h"

enum gateway_task {
    TASK_CHARGE,
    TASK_ASK,
    TASK_ASK_AWAITED, /* which waited for the customer */
    TASK_GIVE_UP,
    TASK_REFUND,
    TASK_ASK_REFUND
};

/* What an answer is: its status and body; status 0 is a call that was not sent, -1 one that was
 * lost. */
struct gateway_asked {
    enum gateway_task task;
    int32_t step;
    const char *amount; /* "29.99 EUR"; NULL: that */
    const char *ref;    /* known from before; NULL: none */
    int32_t status;
    const char *header;  /* "Name: value"; NULL: none */
    const char *body;    /* NULL: this is the first step */
    int64_t made_from_s; /* 0: nobody knows */
};

/* What is expected: "POST PATH [user:password] (Header: value) BODY" or "OUTCOME REFERENCE CODE
 * MESSAGE", a decline with its class: "declined:later!" where the table does not know the code. */
struct gateway_move_case {
    const char *name;
    struct gateway_asked asked;
    const char *expect;
};

/* Every body that is the beginning of this one leads to an outcome that begins with `cut`; every
 * body of which one byte is another leads to one, whichever that is. */
struct gateway_damage_case {
    struct gateway_asked asked;
    const char *cut;
};

void gateway_check_move(const struct gateway *gateway, const struct gateway_move_case *c);
void gateway_check_damage(const struct gateway *gateway, const struct gateway_damage_case *c);

#endif
