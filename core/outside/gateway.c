/* The table of gateways: see gateway.h. */
#include "core/outside/gateway.h"

#include "core/base/text.h"

static const struct gateway *const gateways[] = {&gateway_stripe, &gateway_razorpay,
                                                 &gateway_mercadopago};

const struct gateway *gateway_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(gateways); i++)
        if (text_equal(gateways[i]->name, name))
            return gateways[i];
    return NULL;
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
