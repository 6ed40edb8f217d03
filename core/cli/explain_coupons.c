/* Coupons that do not apply: see explain_coupons.h. */
#include "core/cli/explain_coupons.h"

#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/invoice.h"
#include "core/cli/output.h"
#include "jobs/tax_coupons.h"

struct judging {
    const struct session *session;
    const struct invoice_explanation *explanation;
    const struct coupon_payer *payer;
    const struct coupon_outcome *outcomes;
};

static struct date last_day(const struct invoice_explanation *explanation)
{
    struct date last = explanation->invoice.cutoff_on;
    for (size_t i = 0; i < explanation->line_count; i++) {
        struct date end_on = explanation->lines[i].stored->period_end_on;
        last = date_compare(end_on, last) > 0 ? end_on : last;
    }
    return last;
}

static bool did_apply(const struct invoice_explanation *explanation,
                      const struct coupon_redemption *redemption)
{
    for (size_t i = 0; i < explanation->line_count; i++)
        for (size_t c = 0; c < explanation->lines[i].coupon_count; c++) {
            const struct explained_coupon *one = &explanation->lines[i].coupons[c];
            if (text_equal(one->coupon, redemption->coupon) &&
                (redemption->subscription_id == 0
                     ? text_equal(one->customer, redemption->customer)
                     : text_equal(one->subscription, redemption->subscription)))
                return true;
        }
    return false;
}

static bool judge(const struct judging *judging, const struct coupon_payer *payer,
                  const struct coupon_outcome **ret_outcomes, struct error *err)
{
    return tax_coupons_judge(payer, judging->session->setup.settings.rules.coupon_stacking,
                             judging->explanation->catalog->tenant.rounding,
                             judging->session->arena, ret_outcomes, err);
}

/* By what of their uses it is judged. */
enum uses_view {
    USES_BEFORE,      /* of documents before this one, by what is known of them now */
    USES_BEFORE_THEN, /* as if none had been credited, void or billed again since */
    USES_THEN,        /* of those after it too: they may have been there when it became known */
    USES_VIEWS
};

static struct coupon_payer view_of(const struct coupon_payer *payer, enum uses_view view,
                                   struct arena *arena)
{
    const char *draft_key = payer->drafts[0].draft_key;
    struct coupon_payer then = *payer;
    struct coupon_redemption *redemptions =
        ARENA_NEW_ARRAY(arena, struct coupon_redemption, payer->redemption_count);
    for (size_t i = 0; i < payer->redemption_count; i++) {
        redemptions[i] = payer->redemptions[i];
        struct coupon_past_use *uses =
            ARENA_NEW_ARRAY(arena, struct coupon_past_use, redemptions[i].use_count + 1);
        redemptions[i].use_count = 0;
        for (size_t u = 0; u < payer->redemptions[i].use_count; u++) {
            struct coupon_past_use use = payer->redemptions[i].uses[u];
            if (view != USES_THEN && invoice_draft_order(use.draft_key, draft_key) > 0)
                continue;
            use.undone_on = view == USES_BEFORE ? use.undone_on : DATE_NONE;
            use.again_on = view == USES_BEFORE ? use.again_on : DATE_NONE;
            uses[redemptions[i].use_count++] = use;
        }
        redemptions[i].uses = uses;
    }
    then.redemptions = redemptions;
    return then;
}

static const char *minimum_text(const struct judging *judging, size_t redemption)
{
    struct arena *arena = judging->session->arena;
    struct money covered = judging->outcomes[redemption].use.covered_total;
    return arena_printf(arena, "the lines that it is for come to %s, less than its minimum of %s",
                        cell_of_money(arena, covered),
                        judging->payer->redemptions[redemption].minimum_amount);
}

static const char *because(const struct judging *judging, size_t redemption,
                           enum coupon_verdict verdict)
{
    struct arena *arena = judging->session->arena;
    const struct coupon_redemption *redeemed = &judging->payer->redemptions[redemption];
    const struct coupon_use *use = &judging->outcomes[redemption].use;
    switch (verdict) {
    case COUPON_NO_LINE:
        return "there is no line of it here";
    case COUPON_OUT_OF_SCOPE:
        return "no line is of a plan or product that it is for";
    case COUPON_BEGUN_BEFORE:
        return "what is charged began before it was redeemed";
    case COUPON_GIVES_BACK:
        return "the lines that it is for give back what was charged before";
    case COUPON_REPLACES:
        return "the lines that it is for replace what was charged before, and have the coupons of "
               "that";
    case COUPON_NOT_YET_VALID:
        return "it was redeemed before its first day";
    case COUPON_EXPIRED:
        return "it was redeemed after its last day";
    case COUPON_USED_UP:
        return arena_printf(arena, "it is used up: other documents that had it: %" PRId64,
                            use->invoices_before);
    case COUPON_NOT_FIRST_PURCHASE:
        return arena_printf(arena,
                            "it is for a first purchase: invoices before it was redeemed: %" PRId64,
                            use->purchases_before);
    case COUPON_BELOW_MINIMUM:
        return minimum_text(judging, redemption);
    case COUPON_OTHER_CURRENCY:
        return arena_printf(arena, "its amounts are in %s, this document is in %s",
                            redeemed->currency.code, judging->explanation->currency.code);
    case COUPON_ANOTHER_APPLIES:
        return arena_printf(
            arena, "another one applies instead (coupon_stacking: %s)",
            coupon_stacking_name(judging->session->setup.settings.rules.coupon_stacking));
    case COUPON_NOTHING_LEFT:
        return "nothing is left of the lines that it is for";
    case COUPON_APPLIES:
    case COUPON_KNOWN_LATER:
        return "by what is known now it would: that became known when this had its taxes already";
    }
    return "";
}

static bool add_reasons(struct judging *judging, struct coupon_reasons *reasons, struct error *err)
{
    const struct coupon_payer *payer = judging->payer;
    const struct coupon_outcome *views[USES_VIEWS];
    struct date last = last_day(judging->explanation);
    for (int view = 0; view < USES_VIEWS; view++) {
        struct coupon_payer seen = view_of(payer, (enum uses_view)view, judging->session->arena);
        if (!judge(judging, &seen, &views[view], err))
            return false;
    }
    for (size_t i = 0; i < payer->redemption_count; i++) {
        const struct coupon_redemption *redemption = &payer->redemptions[i];
        enum coupon_verdict verdict = COUPON_APPLIES;
        bool is_of_customer = redemption->subscription_id == 0;
        if (date_compare(redemption->at_on, last) > 0 ||
            did_apply(judging->explanation, redemption))
            continue;
        for (int view = 0; view < USES_VIEWS && verdict == COUPON_APPLIES; view++) {
            judging->outcomes = views[view];
            verdict = views[view][i].verdict;
        }
        verdict = verdict == COUPON_APPLIES ? COUPON_KNOWN_LATER : verdict;
        ARRAY_ADD(judging->session->arena, reasons) =
            (struct coupon_reason){.coupon = redemption->coupon,
                                   .customer = is_of_customer ? redemption->customer : NULL,
                                   .subscription = is_of_customer ? NULL : redemption->subscription,
                                   .redeemed_on = redemption->at_on,
                                   .reason = coupon_verdict_name(verdict),
                                   .because = because(judging, i, verdict)};
    }
    return true;
}

bool coupon_reasons_load(const struct session *session,
                         const struct invoice_explanation *explanation,
                         struct coupon_reasons *ret_reasons, struct error *err)
{
    struct coupon_reasons reasons = {0};
    struct coupon_payer payer = {0};
    struct judging judging = {.session = session, .explanation = explanation, .payer = &payer};
    if (explanation->invoice.taxed) {
        if (!coupon_store_load_document(session->db, explanation->catalog->tenant.tenant_id,
                                        explanation->invoice.invoice_id, session->arena, &payer,
                                        err) ||
            (payer.redemption_count > 0 && !add_reasons(&judging, &reasons, err)))
            return false;
    }
    *ret_reasons = reasons;
    return true;
}

json_t *coupon_reasons_json(const struct coupon_reasons *reasons)
{
    json_t *array = json_array();
    for (size_t i = 0; i < reasons->count; i++) {
        const struct coupon_reason *reason = &reasons->items[i];
        bool is_of_customer = reason->customer != NULL;
        (void)json_array_append_new(
            array, json_pack("{s:s, s:s, s:s, s:s, s:s}", "coupon", reason->coupon,
                             is_of_customer ? "customer" : "subscription",
                             is_of_customer ? reason->customer : reason->subscription,
                             "redeemed_on", date_text(reason->redeemed_on).text, "reason",
                             reason->reason, "because", reason->because));
    }
    return array;
}

void coupon_reasons_print(const struct coupon_reasons *reasons)
{
    if (reasons->count > 0)
        (void)printf("\ncoupons that do not apply\n");
    for (size_t i = 0; i < reasons->count; i++) {
        const struct coupon_reason *reason = &reasons->items[i];
        (void)printf("  %s of %s %s, redeemed on %s: %s\n", reason->coupon,
                     reason->customer != NULL ? "customer" : "subscription",
                     reason->customer != NULL ? reason->customer : reason->subscription,
                     date_text(reason->redeemed_on).text, reason->because);
    }
}
