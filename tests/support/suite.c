/* The unit test program: every suite that registered itself, then one line "N passed, N failed". An
 * argument picks suites by name; --list prints the names. */
#include "tests/support/suite.h"

#include <stdio.h>
#include <string.h>

#define SUITES_MAX 200
#define TEST_TIMEOUT_S 120

static struct {
    const char *name;
    void (*fill)(TCase *tcase);
} suites[SUITES_MAX];
static size_t suite_count;

void suite_register(const char *name, void (*fill)(TCase *tcase))
{
    assert(suite_count < SUITES_MAX);
    suites[suite_count].name = name;
    suites[suite_count++].fill = fill;
}

static bool wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc < 2;
}

static int list_suites(void)
{
    for (size_t i = 0; i < suite_count; i++)
        puts(suites[i].name);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        return list_suites();
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; i < suite_count; i++) {
        if (!wanted(suites[i].name, argc, argv))
            continue;
        Suite *suite = suite_create(suites[i].name);
        TCase *tcase = tcase_create(suites[i].name);
        tcase_set_timeout(tcase, TEST_TIMEOUT_S);
        suites[i].fill(tcase);
        suite_add_tcase(suite, tcase);
        srunner_add_suite(runner, suite);
    }
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    int run = srunner_ntests_run(runner);
    srunner_free(runner);
    printf("%d passed, %d failed\n", run - failed, failed);
    return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
