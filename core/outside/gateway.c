/* The table of gateways, and what all of them begin with: see gateway.h. */
#include "core/base/text.h"
#include "core/outside/gateway_parts.h"

#define STATUS_UNAUTHORIZED 401

static const struct gateway *const gateways[] = {&gateway_stripe, &gateway_razorpay,
                                                 &gateway_mercadopago};

const struct gateway *gateway_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(gateways); i++)
        if (text_equal(gateways[i]->name, name))
            return gateways[i];
    return NULL;
}

/* Behind its first call a charge or refund may have been carried out. */
static struct gateway_work work_of(const struct gateway *gateway, const struct gateway_step *step,
                                   const char *key, struct money amount, struct gateway_move *move)
{
    int32_t number = step->last == NULL ? 0 : step->step;
    return (struct gateway_work){.gateway = gateway->name,
                                 .account = step->account,
                                 .key = key,
                                 .amount = amount,
                                 .last = step->last,
                                 .step = number,
                                 .asking = step->asking,
                                 .sent = step->asking || number > 1,
                                 .arena = step->arena,
                                 .move = move};
}

/* Who is not let in is told nothing of the request. 403 is of what was asked for, so that a person
 * looks at it. */
static void note_refused_key(const struct gateway_step *step, struct gateway_move *move)
{
    enum gateway_outcome outcome = move->result.outcome;
    if (move->is_call || step->last == NULL || step->last->end != WIRE_ANSWERED ||
        step->last->status != STATUS_UNAUTHORIZED ||
        (outcome != GATEWAY_REFUSED && outcome != GATEWAY_LOST) ||
        text_equal(move->result.code, GATEWAY_UNREADABLE))
        return;
    move->result.key_refused = true;
    move->result.code = "key_refused";
    if (outcome == GATEWAY_REFUSED)
        move->result.outcome = GATEWAY_AGAIN;
}

void gateway_charge_move(const struct gateway *gateway, const struct gateway_charge *charge,
                         const struct gateway_step *step, struct gateway_move *ret_move)
{
    struct gateway_work work = work_of(gateway, step, charge->key, charge->amount, ret_move);
    work.unconfirmed = step->asking && (charge->give_up || charge->awaited_customer);
    (step->asking ? gateway->ask : gateway->charge)(&work, charge);
    note_refused_key(step, ret_move);
}

void gateway_refund_move(const struct gateway *gateway, const struct gateway_refund *refund,
                         const struct gateway_step *step, struct gateway_move *ret_move)
{
    struct gateway_work work = work_of(gateway, step, refund->key, refund->amount, ret_move);
    if (gateway_is_id(refund->payment_reference))
        (step->asking ? gateway->ask_refund : gateway->refund)(&work, refund);
    else
        gateway_end(&work, GATEWAY_REFUSED, NULL, "no_payment", "there is no payment to refund");
    note_refused_key(step, ret_move);
}

const char *gateway_outcome_name(enum gateway_outcome outcome)
{
    switch (outcome) {
    case GATEWAY_PAID:
        return "paid";
    case GATEWAY_DECLINED:
        return "declined";
    case GATEWAY_PROCESSING:
        return "processing";
    case GATEWAY_ACTION:
        return "action";
    case GATEWAY_AGAIN:
        return "again";
    case GATEWAY_LOST:
        return "lost";
    case GATEWAY_ABSENT:
        return "absent";
    case GATEWAY_REFUSED:
        return "refused";
    }
    return "";
}
