/* How the tables of record fields are written; for record_imported.c and record_made.c only. */
#ifndef BILLMILL_SETUP_RECORD_TABLES_H
#define BILLMILL_SETUP_RECORD_TABLES_H

#include "core/setup/record_field.h"

/* Required unless it says .need or .preset. */
#define FIELD(struct_type, member, field_name, ...)                                                \
    {                                                                                              \
        .name = (field_name), .offset = offsetof(struct_type, member), __VA_ARGS__                 \
    }
#define UNSUPPORTED(field_name)                                                                    \
    {                                                                                              \
        .name = (field_name), .type = FIELD_UNSUPPORTED, .need = FIELD_OPTIONAL                    \
    }
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

#define SHAPE(shape_name, struct_type, table, ...)                                                 \
    {                                                                                              \
        .name = (shape_name), .size = sizeof(struct_type), .fields = (table),                      \
        .field_count = ARRAY_LEN(table), .key = WORDS(__VA_ARGS__), .currency_offset = SIZE_MAX    \
    }
#define SHAPE_OF_MONEY(shape_name, struct_type, table, ...)                                        \
    {                                                                                              \
        .name = (shape_name), .size = sizeof(struct_type), .fields = (table),                      \
        .field_count = ARRAY_LEN(table), .key = WORDS(__VA_ARGS__),                                \
        .currency_offset = offsetof(struct_type, currency)                                         \
    }

extern const struct record_shape record_shapes_imported[]; /* from RECORD_TENANT */
extern const struct record_shape record_shapes_made[];     /* from RECORD_SUBSCRIPTION_STATE */

#endif
