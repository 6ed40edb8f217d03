/* Effects: what must happen outside the database because of what was committed inside. The intent
 * commits with the work; whoever carries it out marks it done with its outcome, by compare-and-set,
 * in the transaction that records the result. The key comes from business identity, so the same
 * work intends the same effect. */
#ifndef BILLMILL_ENGINE_EFFECT_H
#define BILLMILL_ENGINE_EFFECT_H

#include "core/engine/job.h"

struct effect_intent_row {
    int64_t tenant_id;
    const char *effect_key;
    const char *kind;   /* "file" */
    const char *state;  /* "intent" */
    int64_t subject_id; /* the invoice_id */
};
extern const struct bulk_table EFFECT_INTEND;

/* What is asked of a provider by a kind of effect (effect_kind.h): two rows, of EFFECT_INTEND_SEND
 * and EFFECT_REQUEST_ADD, which the job lists among its tables. Not yet sent: `dispatch` does. */
struct effect_intent {
    int64_t tenant_id;
    const char *effect_key; /* from business identity; stored as effect_key_fit has it */
    const char *kind, *provider;
    const char *lane;    /* NULL: none; else those with the same go one at a time */
    const char *subject; /* what it is about, by a business key (the number of an invoice): a
                            surrogate would mean nothing where the database is moved to; NULL: the
                            request says it */
    struct date intended_on;
    const void *request; /* frozen; without secrets; at most EFFECT_REQUEST_MAX bytes */
    size_t request_size;
};
#define EFFECT_KEY_MAX 255
#define EFFECT_REQUEST_MAX ((size_t)1 << 20) /* so that it fits a record of a dump */
extern const struct bulk_table EFFECT_INTEND_SEND;
extern const struct bulk_table EFFECT_REQUEST_ADD;

/* The key, where it has at most EFFECT_KEY_MAX bytes; else as many: its head, ":", and the SHA-256
 * of all of it as hexadecimal digits. `key` itself, or in the arena. */
const char *effect_key_fit(const char *key, struct arena *arena);

/* Texts and bytes are borrowed until the chunk is written. */
void effect_intend(struct chunk *chunk, const struct effect_intent *intent);

/* Carried out, with nothing unknown about it: only an intent may become done. */
struct effect_done_row {
    int64_t tenant_id;
    const char *effect_key;
    const char *state;   /* "done" */
    const char *outcome; /* file: its path */
    uint8_t digest[SHA256_SIZE];
};
extern const struct bulk_table EFFECT_DONE;

#endif
