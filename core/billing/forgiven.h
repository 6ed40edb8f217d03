/* What credit notes and void invoices gave back of a billing period stays given back, whatever
 * changes within the period and in whichever order that becomes known (DOMAIN 3 and 6): for all
 * that was used of it the customer pays what that costs, less what was credited, but never less
 * than nothing.
 *
 * 1. An account is that of one price of a subscription over one billing period (the full period
 * around a stub, by its first and its last day: a plan of another interval begins anew), as one
 * payer is billed for it in one currency. It costs what its lines come to
 * after coupons, as if no note had ever been: what they charge, less what they give back. Noted is
 * what credit notes gave back of its lines, and what those of void invoices came to.
 * 2. Owed is what it costs beyond what was noted, never less than nothing. Where nothing was noted
 * it is what it costs: the credit of a later charge may be on an earlier draft.
 * 3. After a change of plan, what was noted beyond what the one plan's prices cost is off what is
 * owed for those of the other: as much as there is, of whichever prices. Within a plan each price
 * has its own, and so have a metered one and the true-up of a contract's phase (which are said to
 * be metered).
 * 4. A line bills what is owed with it beyond what is billed without it: between nothing and all
 * that it comes to; the rest is forgiven. So what is billed is what is owed, by whichever documents
 * and days, and however the lines follow from each other.
 * 5. What is billed again is as if it had never been billed: it costs nothing any more, and nothing
 * is noted of it, neither by earlier notes nor by a void document. What the note of the one that
 * bills it again takes back is what was left of it (correction.h, rule 4), so with that nothing is
 * billed of it either. What other lines were forgiven for what was noted of it is billed with those
 * that come later, as far as these come to it.
 * 6. Nobody is credited less than nothing: where a void document gave back more than it charged of
 * such accounts (those of one price, or those of all unmetered ones), or notes over one took such
 * back, nothing is noted of these lines.
 * 7. A credit note takes at most that by which it lowers what is owed: neither more than the other
 * lines of the account leave, nor what another plan's notes have given back already. */
#ifndef BILLMILL_BILLING_FORGIVEN_H
#define BILLMILL_BILLING_FORGIVEN_H

#include "core/base/array.h"
#include "core/calendar/date.h"
#include "core/money/money.h"

struct forgiven_account {
    int64_t price_id, plan_id;
    bool is_metered;
    struct money cost, noted; /* rule 1 */
    struct money billed;      /* by lines as they say it, less all notes and what is void */
};

/* The accounts of one subscription and period of one payer, in one currency. */
struct forgiven_accounts ARRAY_OF(struct forgiven_account);

/* Rules 2 and 3: for the account and those that it shares with, as if `more` were added to its
 * cost. */
MUST_CHECK bool forgiven_owed(const struct forgiven_accounts *accounts, size_t index,
                              struct money more, struct money *ret_owed, struct error *err);

/* Rule 4: what is forgiven of the next line of the account, which comes to `net` after coupons;
 * with its sign, and zero where nothing is. */
MUST_CHECK bool forgiven_of_line(const struct forgiven_accounts *accounts, size_t index,
                                 struct money net, struct money *ret_forgiven, struct error *err);

/* Counts that line. */
MUST_CHECK bool forgiven_add_line(struct forgiven_account *account, struct money net,
                                  struct money forgiven, struct error *err);

/* Rule 7: of the `asked`, which is not below zero. */
MUST_CHECK bool forgiven_most_noted(const struct forgiven_accounts *accounts, size_t index,
                                    struct money asked, struct money *ret_most, struct error *err);

/* Counts a credit note's line. */
MUST_CHECK bool forgiven_add_note(struct forgiven_account *account, struct money net,
                                  struct error *err);

/* ---- the accounts of a payer */

struct forgiven_key {
    int64_t payer_id, subscription_id;
    struct date full_start_on, full_end_on; /* of a true-up, whose phase may be held longer, the
                                               end is DATE_NONE */
    struct currency currency;
};

enum forgiven_kind {
    FORGIVEN_BILLED,
    FORGIVEN_VOID,
    FORGIVEN_NOTE,
    FORGIVEN_AGAIN,     /* a line that is billed again, and is not void … */
    FORGIVEN_NOTE_AGAIN /* … and any note over one */
};

/* A line of a document. */
struct forgiven_line {
    struct forgiven_key key;
    int64_t price_id, plan_id;
    bool is_metered;
    enum forgiven_kind kind;
    int64_t invoice_id, line; /* of a note that of the line that it credits */
    struct money net;         /* as it says, above zero of a note */
    struct money forgiven;    /* of its discount, with the sign of the draft */
};

struct forgiven_period {
    struct forgiven_key key;
    struct forgiven_accounts accounts;
};

struct forgiven_book {
    struct forgiven_period *periods; /* by key */
    size_t count;
    struct arena *arena;
};

/* Of `lines`, which are put into order. In the arena. */
MUST_CHECK bool forgiven_book_open(struct forgiven_line *lines, size_t count, struct arena *arena,
                                   struct forgiven_book *ret_book, struct error *err);

/* NULL: there is none, so nothing is forgiven of it. */
struct forgiven_period *forgiven_book_period(const struct forgiven_book *book,
                                             const struct forgiven_key *key);

/* The place of an account, which is added where it is not there. */
size_t forgiven_period_account(struct forgiven_period *period, int64_t price_id, int64_t plan_id,
                               bool is_metered, struct arena *arena);

#endif
