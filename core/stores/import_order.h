/* Which records of a file may be put class by class instead of one after the other, so that a file
 * that goes from customer to customer needs no more statements than one that goes from kind to
 * kind. Private to core/stores/import_*.c.
 *
 * 1. A class is what one batch can be of: a batch reads what is there by the keys of its records,
 * and some keys have ids in them that are known once other records are put. Tenants are a class,
 * since every key begins with one; so are the rest of what has names only, and each kind whose key
 * has an id, and each kind that jobs made.
 * 2. Classes are put in the order in which they refer to each other, and the records of a class in
 * the order of the file; so two of one key keep theirs.
 * 3. A record must not be put before one of a later class that stands before it in the file and
 * names it: that one is to be refused, or judged by what was there till then. What is put together
 * ends before such a record. What a record only hangs on by others is named in import_order.c.
 */
#ifndef BILLMILL_STORES_IMPORT_ORDER_H
#define BILLMILL_STORES_IMPORT_ORDER_H

#include "core/setup/import_ahead.h"

/* Records of a lower class are put first. */
int32_t import_class(enum record_kind kind);

/* How many of these items, which the file has one behind the other, may be put class by class: at
 * least the first one, which is neither usage nor wrong. Wrong ones between them count. */
size_t import_order_length(const struct import_ahead_item *items, size_t count);

/* The places of the items that are not wrong, by class, in the order of the file. */
struct import_order {
    size_t *places;
    size_t count;
};
struct import_order import_order_make(const struct import_ahead_item *items, size_t count,
                                      struct arena *arena);

#endif
