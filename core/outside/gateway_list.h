/* What a gateway has: the payments of a span of time, page by page, or one of them. Pure, like
 * gateway.h, whose invariants 3 and 4 hold here too; nothing is changed there by asking.
 *
 * An answer that cannot be read ends the list: half a list would be taken for the whole. */
#ifndef BILLMILL_OUTSIDE_GATEWAY_LIST_H
#define BILLMILL_OUTSIDE_GATEWAY_LIST_H

#include "core/base/array.h"
#include "core/outside/gateway.h"

struct gateway_listed {
    const char *reference;
    const char *also;   /* what it is called there besides: its charge (Stripe); NULL: nothing */
    const char *key;    /* of the attempt, as gateway_charge has it; NULL: none of ours */
    const char *status; /* in the gateway's words */
    bool paid;
    bool disputed; /* at some time (Stripe, where a span was asked for); else: and not decided */
    struct money amount, refunded; /* of no currency where it has one that nobody knows; refunded:
                                      also what a lost dispute took */
    int64_t created_s;             /* since 1970; 0: it does not say */
};
struct gateway_listed_items ARRAY_OF(struct gateway_listed);

struct gateway_question {
    const char *reference;   /* of the one that is asked for, or what it is called besides; NULL:
                                all of the span */
    int64_t from_s, until_s; /* since 1970, of when they were made; until is exclusive */
};

struct gateway_list_step {
    const struct gateway_account *account;
    const struct wire_answer *last; /* NULL: none yet */
    int32_t page;                   /* of the last answer, from 0 */
    struct arena *page_arena;       /* of the answer and the call: emptied for the next one */
    struct arena *arena;            /* keeps what is listed */
};

enum gateway_list_state { LIST_CALL, LIST_DONE, LIST_FAILED };
struct gateway_list_move {
    enum gateway_list_state state;
    struct wire_call call;
    const char *why; /* of LIST_FAILED; without a secret */
    bool again;      /* the same call may do later */
};

/* Appends to *items what the last answer has, and says what comes next. One that is asked for and
 * not there adds nothing. */
void gateway_list(const struct gateway *gateway, const struct gateway_question *question,
                  const struct gateway_list_step *step, struct gateway_listed_items *items,
                  struct gateway_list_move *ret_move);

#endif
