/* The fields of the records as data: what a file may hold, and where it stands in the struct. The
 * tables are sorted bytewise by name, so that a dump has its keys sorted. */
#ifndef BILLMILL_SETUP_RECORD_FIELD_H
#define BILLMILL_SETUP_RECORD_FIELD_H

#include "core/setup/record.h"

enum field_type {
    FIELD_TEXT,        /* const char *: UTF-8 without control characters */
    FIELD_PASSED,      /* const char *: UTF-8 as somebody else said it, with control characters */
    FIELD_KEY,         /* const char *: a name that others refer to, at most RECORD_KEY_MAX bytes */
    FIELD_WORD,        /* const char *: one of `words` */
    FIELD_DECIMAL,     /* const char *: canonical decimal */
    FIELD_STORED,      /* value_coefficient and value_scale of usage */
    FIELD_MONEY,       /* int64_t: minor units of the record's currency */
    FIELD_DATE,        /* const char *: YYYY-MM-DD */
    FIELD_INSTANT,     /* int64_t: microseconds UTC; RFC 3339 in the file */
    FIELD_INT,         /* int64_t within minimum … maximum */
    FIELD_BOOL,        /* bool */
    FIELD_CURRENCY,    /* const char *: ISO 4217 */
    FIELD_COUNTRY,     /* const char *: two capital letters, ISO 3166 */
    FIELD_LOCALE,      /* const char *: de, de-AT, sr-Latn-RS */
    FIELD_TIMEZONE,    /* const char *: a zone of the system */
    FIELD_DIGEST,      /* uint8_t[32]: 64 hexadecimal digits */
    FIELD_JSON,        /* const char *: an object, kept as canonical JSON */
    FIELD_JSON_LIST,   /* const char *: a list, kept as canonical JSON */
    FIELD_LIST,        /* a list of `element`s */
    FIELD_UNSUPPORTED, /* known to billing, not to this version */
};

enum field_need {
    FIELD_REQUIRED,
    FIELD_OPTIONAL,
    FIELD_SHOWN, /* optional; written as null where it is absent */
};

#define RECORD_TEXT_MAX 2000
#define RECORD_PASSED_MAX (2u << 20)

struct record_shape;

struct record_field {
    const char *name; /* "address.line1" is the field line1 of the object address */
    size_t offset;
    const char *const *words; /* FIELD_WORD: allowed, NULL-ended */
    const char *const *later; /* FIELD_WORD: known, but not to this version */
    const char *preset;       /* the text that an absent field reads as; NULL for none */
    const struct record_shape *element;
    const char *if_empty; /* the hint, where null, "" and {} are refused: they might mean all or
                             nothing; NULL: they are absent */
    int64_t minimum, maximum;
    enum field_type type;
    enum field_need need;
};

struct record_shape {
    const char *name;
    size_t size;
    const struct record_field *fields;
    size_t field_count;
    const char *const *key; /* the fields of the natural key, NULL-ended, most telling first */
    size_t currency_offset; /* of the const char * that money is counted in; SIZE_MAX: none */
};

const struct record_shape *record_shape_of(enum record_kind kind);

/* ERROR_ITEM "unknown_field": what was perhaps meant, else the fields that there are. */
bool record_field_refuse(const struct record_shape *shape, const char *name, struct error *err);

/* The field of that name, or NULL. */
const struct record_field *record_field_find(const struct record_shape *shape, const char *name,
                                             size_t length);

/* The known name that is nearest to a wrong one, for a hint; NULL when none is near. */
const char *record_field_nearest(const struct record_shape *shape, const char *name);

#endif
