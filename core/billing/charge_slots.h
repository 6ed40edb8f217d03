/* From the slots that should have been charged to what is still to be written: what is there is
 * never changed or deleted, the difference is appended.
 *
 * 1. A slot that is wanted and not there is made. One that is there and not wanted is reversed: an
 * entry of its own, which takes back exactly what the slot was billed. So the sum of all entries is
 * that of the wanted slots, whenever a fact became known and however often it was asked.
 * 2. Of a price, a first day and a kind one slot is valid at a time; after a reversal the next one
 * is its next generation.
 * 3. Corrected is what lies in periods that end after `since`, the first day on which the life of
 * the subscription differs from its record. What was made before stays as it was made: there, only
 * what follows the last made slot of a price is new (rule 6 of subscription_periods.h).
 * 4. What should have been made by a run that has been there already is due now and belongs to the
 * run at hand, as every reversal does. What no run has come to yet belongs to the run in which it
 * was due, and obeys catch_up.
 * 5. A run for an earlier cutoff than the last one made, or billed again, appends nothing: the
 * next regular one does.
 * 6. A credit is on no earlier document than the charges of its period that are made with it: what
 * was not paid of a charge is known before it is given back (give_back.h).
 * 7. Usage that was billed before its period ended (progressive.h) and of which no slot is wanted,
 * for the subscription turned out to have ended, or paused, before it, is reversed in the run in
 * which the period ends: as if a slot of it had been made.
 * 8. A credit is of the charge that is in force before it. Where that is another one than it was,
 * the credit is reversed, and made again: what it gives back, by which terms and coupons, is that
 * of its charge.
 * 9. What is made of a period that was billed again is on no earlier document than that: its terms
 * and coupons are those by which the period is billed now. */
#ifndef BILLMILL_BILLING_CHARGE_SLOTS_H
#define BILLMILL_BILLING_CHARGE_SLOTS_H

#include "core/billing/subscription_timeline.h"

/* A slot as it is stored, or is to be stored. */
struct slot_entry {
    struct charge_slot slot;
    int32_t generation; /* from 1 */
    bool reversal;
    struct date cutoff_on;
};

struct slot_entries ARRAY_OF(struct slot_entry);

/* A period of the subscription that was billed again, and the cutoff of the document. */
struct slot_again {
    struct period full;
    struct date cutoff_on;
};

struct slot_history {
    struct slot_entry *made; /* of every period that ends after `since`; is put into order */
    size_t made_count;
    const struct date *made_until;   /* of each price of the timeline, or DATE_NONE */
    const struct charge_slot *begun; /* rule 7: the usage slot of each, due when its period ends */
    size_t begun_count;
    const struct slot_again *again; /* rule 9 */
    size_t again_count;
    struct date since; /* rule 3; DATE_NONE: everything is corrected */
};

/* recurring, recurring:2, usage, proration_charge, proration_credit, reversal:recurring … In the
 * arena. */
const char *slot_entry_kind(const struct slot_entry *entry, struct arena *arena);

/* The reverse: kind, generation and reversal of the entry. false: no slot (late_usage). */
bool slot_entry_parse_kind(const char *text, struct slot_entry *entry);

/* Whether what the entry charges is taken off: a credit, or the reversal of a charge. */
bool slot_entry_is_negative(const struct slot_entry *entry);

/* `wanted` is put into order too. *ret_skipped counts what catch_up left out. ERROR_ITEM
 * "too_many_due_periods". In the arena. */
MUST_CHECK bool charge_slots_reconcile(struct charge_slots *wanted, struct slot_history *history,
                                       const struct period_run *run, struct arena *arena,
                                       struct slot_entries *ret_entries, int64_t *ret_skipped,
                                       struct error *err);

#endif
