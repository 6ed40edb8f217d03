/* Notes by language: every language in which documents are printed has its own. */
#include <dirent.h>
#include <string.h>

#include "core/billing/tax_note.h"
#include "tests/support/suite.h"

static const struct note_case {
    const char *locale, *reverse_charge, *exempt; /* how they begin */
} note_cases[] = {
    {"en",      "Reverse charge: the recipient", "Exempt from tax"  },
    {"de-AT",   "Steuerschuldnerschaft des ",    "Steuerfrei"       },
    {"de",      "Steuerschuldnerschaft des ",    "Steuerfrei"       },
    {"fr_FR",   "Autoliquidation",               "Exonéré de taxe"},
    {"nl-BE",   "Btw verlegd",                   "Vrijgesteld"      },
    {"deutsch", "Reverse charge: the recipient", "Exempt from tax"  },
    {"ja-JP",   "Reverse charge: the recipient", "Exempt from tax"  },
    {"d",       "Reverse charge: the recipient", "Exempt from tax"  },
    {"",        "Reverse charge: the recipient", "Exempt from tax"  },
    {NULL,      "Reverse charge: the recipient", "Exempt from tax"  },
};

START_TEST(speaks_the_language)
{
    const struct note_case *c = &note_cases[_i];
    const char *reverse = tax_note_reverse_charge(c->locale);
    const char *exempt = tax_note_exempt(c->locale);
    ck_assert_msg(strncmp(reverse, c->reverse_charge, strlen(c->reverse_charge)) == 0, "%s: %s",
                  c->locale, reverse);
    ck_assert_msg(strncmp(exempt, c->exempt, strlen(c->exempt)) == 0, "%s: %s", c->locale, exempt);
}
END_TEST

START_TEST(every_language_of_labels_has_notes)
{
    DIR *labels = opendir("templates/invoice/labels");
    int found = 0;
    ck_assert(labels != NULL);
    for (struct dirent *entry = readdir(labels); entry != NULL; entry = readdir(labels)) {
        char language[3] = {entry->d_name[0], entry->d_name[1], '\0'};
        if (strcmp(entry->d_name + strcspn(entry->d_name, "."), ".labels") != 0)
            continue;
        ck_assert_msg(tax_note_speaks(language), "%s", entry->d_name);
        found++;
    }
    ck_assert_int_eq(closedir(labels), 0);
    ck_assert_int_ge(found, 14);
}
END_TEST

TEST_SUITE(tax_note)
{
    TEST_TABLE(speaks_the_language, note_cases);
    TEST_ONE(every_language_of_labels_has_notes);
}
