/* Compiler help that the whole tree uses: scope-bound cleanup, checked results, printf checking.
 * gcc 12 and clang 14. */
#ifndef BILLMILL_BASE_COMPILER_H
#define BILLMILL_BASE_COMPILER_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_arg)                                                       \
    __attribute__((format(printf, format_index, first_arg)))
#define NORETURN __attribute__((noreturn))

/* Runs `function(&variable)` when the variable leaves its scope. Start the variable at NULL or {0}.
 * Never mix with goto. */
#define CLEANUP(function) __attribute__((cleanup(function)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

__extension__ typedef __int128 int128_t;
__extension__ typedef unsigned __int128 uint128_t;

#endif
