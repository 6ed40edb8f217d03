/* How a suite joins the one test program: a file under tests/core/ or tests/jobs/ defines its tests
 * with Check and ends with
 *
 *     TEST_SUITE(decimal) { TEST_TABLE(parses, parse_cases); TEST_ONE(refuses_overflow); }
 *
 * No list is kept anywhere: the suite registers itself before main. */
#ifndef BILLMILL_TESTS_SUITE_H
#define BILLMILL_TESTS_SUITE_H

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

#include <check.h>

#include "core/base/compiler.h"
#include "core/base/error.h"

void suite_register(const char *name, void (*fill)(TCase *tcase));

#define TEST_SUITE(name)                                                                           \
    static void fill_##name(TCase *tcase);                                                         \
    __attribute__((constructor)) static void register_##name(void)                                 \
    {                                                                                              \
        suite_register(#name, fill_##name);                                                        \
    }                                                                                              \
    static void fill_##name(TCase *tcase)

/* A test run once, and a test run for each row `_i` of a table. */
#define TEST_ONE(test) tcase_add_test(tcase, test)
#define TEST_TABLE(test, table) tcase_add_loop_test(tcase, test, 0, (int)ARRAY_LEN(table))

#endif
