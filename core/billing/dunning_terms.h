/* A dunning policy as configuration says it, and as a campaign keeps it: one text,
 *
 *     standard days 3 charge, mail payment_failed; 7 charge; 14 charge, past_due; end pause
 *
 * its name, what its steps are counted in (days after the first failure; chained: days after the
 * step before; hours after the first failure), each step with what it does, and what is done when
 * all of them were in vain. Spaces may be several. */
#ifndef BILLMILL_BILLING_DUNNING_TERMS_H
#define BILLMILL_BILLING_DUNNING_TERMS_H

#include "core/base/arena.h"
#include "core/billing/decline.h"
#include "core/billing/dunning.h"

#define DUNNING_ACTIONS_MAX 8 /* of a step */
#define DUNNING_NO_POLICY "none"

enum dunning_action_kind {
    DUNNING_ACTION_CHARGE,   /* the invoice is charged again */
    DUNNING_ACTION_MAIL,     /* with a template */
    DUNNING_ACTION_WEBHOOK,  /* the customer's systems are told */
    DUNNING_ACTION_PAST_DUE, /* marked so, for those who look at it */
    DUNNING_ACTION_PAUSE     /* the subscriptions that it bills */
};

struct dunning_action {
    enum dunning_action_kind kind;
    const char *mail_template; /* of MAIL */
};

struct dunning_step {
    struct dunning_action actions[DUNNING_ACTIONS_MAX];
    size_t action_count;
    const char *text; /* "charge, mail payment_failed" */
};

struct dunning_terms {
    const char *name;
    const char *text; /* all of it, with single spaces: what a campaign keeps */
    struct dunning_policy policy;
    struct dunning_step *steps; /* as many as the policy has */
};

/* In the arena. ERROR_ITEM "bad_dunning_policy" says what was expected. */
MUST_CHECK bool dunning_terms_parse(const char *text, struct arena *arena,
                                    struct dunning_terms *ret_terms, struct error *err);

/* The same for who only wants to know. */
MUST_CHECK bool dunning_terms_check(const char *text, struct error *err);

/* What is there without configuration: standard, gentle, chained, hours. NULL behind the last. */
extern const char *const dunning_presets[];

bool dunning_step_charges(const struct dunning_step *step);

/* ---- may it be charged again? */

/* Of an invoice whose attempts failed, and the method that it would be charged with now. */
struct dunning_standing {
    bool has_method;            /* a default one, at a gateway, whose token is known */
    bool has_account;           /* the configuration knows an account there */
    bool has_expired;           /* on that day */
    bool never_again;           /* it was declined so: this token, at this gateway */
    enum decline_class decline; /* of the last attempt that was declined */
    bool same_token;            /* as that attempt had, at the same gateway … */
    bool same_expiry;           /* … and was as long good */
    int64_t tries;     /* within the days of the cap: of the invoice, or declines of the method */
    int64_t tries_max; /* the networks' cap */
};

/* NULL: it may; else why not, in a word: no_method, no_account, expired, network_cap, never,
 * customer. The cap holds whatever else is so. */
const char *dunning_refusal(const struct dunning_standing *standing);

#endif
