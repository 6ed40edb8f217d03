/* The proof of numbers: every series of every tenant, read again from what is stored (DOMAIN 6).
 *
 * 1. Within a fiscal year the numbers count from 1 without a gap; dates never go back, from year to
 * year either.
 * 2. The hash of each document is computed again over its stored content, lines, taxes and parties;
 * it names the hash of the document before it, across fiscal years.
 * 3. The printed figures of each document add up (invoice_check).
 * 4. The counter row of a year says its last number, date and hash. A year without documents has
 * none but that of a chunk that was never written.
 * 5. Which run gave which numbers is read from the chunks of invoice-finalize: each numbered its
 * drafts in the order of their keys. A database that was moved does not know of the runs before.
 * 6. The last draft of each such chunk is there: documents that are gone together with their
 * counter are missed there.
 * 7. What is void was voided by a decision that was carried out, and what was voided is void; what
 * is uncollectible was written off; nothing with a number is a draft. */
#ifndef BILLMILL_STORES_NUMBER_PROOF_H
#define BILLMILL_STORES_NUMBER_PROOF_H

#include "core/base/array.h"
#include "core/stores/draft_store.h"

#define PROVED_NUMBER_SIZE 208u /* of any number, imported ones too, with its NUL */

/* Numbers that one execution gave, in a row. */
struct proved_run {
    const char *business_key; /* NULL: not known here */
    int64_t generation, execution_id;
    char first[PROVED_NUMBER_SIZE], last[PROVED_NUMBER_SIZE]; /* as printed */
    int64_t count;
};

struct proved_runs ARRAY_OF(struct proved_run);

struct proved_series {
    const char *tenant;
    const char *series;
    int64_t fiscal_year;
    char first[PROVED_NUMBER_SIZE], last[PROVED_NUMBER_SIZE]; /* as printed; "": no document */
    int64_t count;
    int64_t missing; /* numbers that are skipped */
    struct date first_on, last_on;
    bool chained; /* rules 2 and 3 hold of all its documents */
    bool counted; /* rule 4 */
    struct proved_runs runs;
};

struct proved_problem {
    const char *tenant;
    const char *series;
    int64_t fiscal_year;
    const char *document; /* NULL: of the series */
    const char *problem;
};

struct proved_series_list ARRAY_OF(struct proved_series);
struct proved_problems ARRAY_OF(struct proved_problem);

struct number_proof {
    struct proved_series_list series;
    struct proved_problems problems;
    int64_t documents;
};

struct number_proof_filter {
    const char *tenant; /* NULL: all */
    const char *series; /* NULL: all */
};

/* In one view of the database. Memory does not grow with documents. Problems are no error. */
MUST_CHECK bool number_proof_make(struct db *db, const struct number_proof_filter *filter,
                                  struct arena *arena, struct number_proof *ret_proof,
                                  struct error *err);

#endif
