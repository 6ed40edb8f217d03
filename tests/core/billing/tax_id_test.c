/* Ids that authorities and companies have published, the same ids with every digit changed, and
 * what is refused. */
#include <stdio.h>
#include <string.h>

#include "core/billing/tax_id.h"
#include "tests/support/suite.h"

/* clang-format off */
static const struct valid_case {
    const char *country, *text, *canonical;
    bool has_check_digits;
} valid_cases[] = {
    {"AT", "ATU13585627",          "ATU13585627",        true },
    {"AT", "u 1358 5627",          "ATU13585627",        true },
    {"AU", "83 914 571 673",       "83914571673",        true },
    {"AU", "51 824 753 556",       "51824753556",        true },
    {"BE", "BE 0403.019.261",      "BE0403019261",       true },
    {"BE", "BE 428759497",         "BE428759497",        true },
    {"BG", "BG 175 074 752",       "BG175074752",        true },
    {"BG", "7523169263",           "BG7523169263",       true },
    {"BG", "8032056031",           "BG8032056031",       true },
    {"CH", "CHE-107.787.577 IVA",  "CHE107787577",       true },
    {"CH", "che-100.155.212 mwst", "CHE100155212",       true },
    {"CY", "CY-10259033P",         "CY10259033P",        true },
    {"CZ", "CZ 25123891",          "CZ25123891",         true },
    {"CZ", "CZ 7103192745",        "CZ7103192745",       true },
    {"CZ", "CZ 640903926",         "CZ640903926",        false},
    {"DE", "DE 136,695 976",       NULL,                 false},
    {"DE", "DE 136 695 976",       "DE136695976",        true },
    {"DK", "DK 13585628",          "DK13585628",         true },
    {"EE", "EE 100 931 558",       "EE100931558",        true },
    {"EE", "100594102",            "EE100594102",        true },
    {"GR", "EL 094259216",         "EL094259216",        true },
    {"ES", "ES B-58378431",        "ESB58378431",        true },
    {"ES", "54362315-K",           "ES54362315K",        true },
    {"ES", "X-2482300W",           "ESX2482300W",        true },
    {"ES", "J99216582",            "ESJ99216582",        true },
    {"FI", "FI 20774740",          "FI20774740",         true },
    {"FR", "FR 40 303 265 045",    "FR40303265045",      true },
    {"FR", "FR 23 334 175 221",    "FR23334175221",      true },
    {"FR", "FR K7 399 859 412",    "FRK7399859412",      true },
    {"GB", "GB 980 7806 84",       "GB980780684",        true },
    {"GB", "GD499",                "GBGD499",            false},
    {"GB", "HA500",                "GBHA500",            false},
    {"XI", "XI 980 7806 84",       "XI980780684",        true },
    {"HR", "HR 33392005961",       "HR33392005961",      true },
    {"HU", "HU-12892312",          "HU12892312",         true },
    {"IE", "IE 6433435F",          "IE6433435F",         true },
    {"IE", "IE 6433435OA",         "IE6433435OA",        true },
    {"IE", "8D79739I",             "IE8D79739I",         true },
    {"IN", "27AAPFU0939F1ZV",      "27AAPFU0939F1ZV",    true },
    {"IT", "IT 00743110157",       "IT00743110157",      true },
    {"LT", "LT 119511515",         "LT119511515",        true },
    {"LT", "100001919017",         "LT100001919017",     true },
    {"LU", "LU 150 274 42",        "LU15027442",         true },
    {"LV", "LV 4000 3521 600",     "LV40003521600",      true },
    {"LV", "161175-19997",         "LV16117519997",      true },
    {"MT", "MT 1167-9112",         "MT11679112",         true },
    {"NL", "NL4495445B01",         NULL,                 false},
    {"NL", "NL 004495445B01",      "NL004495445B01",     true },
    {"NL", "NL 123456789B13",      "NL123456789B13",     true },
    {"NO", "NO 995 525 828 MVA",   "NO995525828",        true },
    {"PL", "PL 8567346215",        "PL8567346215",       true },
    {"PT", "PT 501 964 843",       "PT501964843",        true },
    {"RO", "RO 185 472 90",        "RO18547290",         true },
    {"SE", "SE 123456789701",      "SE123456789701",     true },
    {"SI", "SI 5022 3054",         "SI50223054",         true },
    {"SK", "SK 202 274 96 19",     "SK2022749619",       true },
    {"US", "12-3456789",           "123456789",          false},
};

static const struct refusal_case {
    const char *name, *country, *text, *code;
} refusals[] = {
    {"a country without a rule",      "BR", "1",                    "no_tax_id_scheme"},
    {"no country",                    NULL, "DE136695976",          "no_tax_id_scheme"},
    {"the prefix of another country", "FR", "DE136695976",          "bad_tax_id"},
    {"nothing",                       "DE", "",                     "bad_tax_id"},
    {"no text at all",                "DE", NULL,                   "bad_tax_id"},
    {"a prefix alone",                "DE", "DE",                   "bad_tax_id"},
    {"too short",                     "DE", "DE13669597",           "bad_tax_id"},
    {"too long",                      "DE", "DE1366959760",         "bad_tax_id"},
    {"much too long",                 "DE", "DE1366959760000000000000000000000000000000000", "bad_tax_id"},
    {"a letter for a digit",          "DE", "DE13669597O",          "bad_tax_id"},
    {"a wrong check digit",           "DE", "DE136695977",          "bad_tax_id"},
    {"two digits exchanged",          "DE", "DE136659976",          "bad_tax_id"},
    {"a comma",                       "DE", "DE136,695976",         "bad_tax_id"},
    {"bytes above ASCII",             "DE", "DE13669597\xc3\xb6",   "bad_tax_id"},
    {"a state that India lacks",      "IN", "00AAPFU0939F1ZV",      "bad_tax_id"},
    {"a department beyond its range", "GB", "GD500",                "bad_tax_id"},
    {"a registration beyond its range", "SE", "SE123456789795",     "bad_tax_id"},
    {"a registration of none",        "SE", "SE123456789700",       "bad_tax_id"},
    {"a letter that says no company", "ES", "I58378431",            "bad_tax_id"},
    {"GR is the country, not a prefix", "GR", "GR094259216",        "bad_tax_id"},
};
/* clang-format on */

START_TEST(accepts)
{
    const struct valid_case *c = &valid_cases[_i];
    struct tax_id id = {0};
    struct error err = {0};
    bool parsed = tax_id_parse(c->country, c->text, &id, &err);
    ck_assert_msg(parsed == (c->canonical != NULL), "%s: %s", c->text, err.message);
    if (!parsed)
        return;
    ck_assert_msg(strcmp(id.text, c->canonical) == 0, "%s: got %s", c->text, id.text);
    ck_assert_msg(id.has_check_digits == c->has_check_digits, "%s", c->text);
    ck_assert_str_eq(id.scheme, tax_id_scheme(c->country));
}
END_TEST

/* Nearly every change of one digit is seen: rests of 10 and 11 share a digit in some countries, and
 * others have several ways to be right, or digits that check nothing. */
START_TEST(sees_changed_digits)
{
    const struct valid_case *c = &valid_cases[_i];
    char changed[TAX_ID_SIZE];
    int changes = 0;
    int unseen = 0;
    struct tax_id id;
    struct error err = {0};
    if (!c->has_check_digits)
        return;
    (void)snprintf(changed, sizeof changed, "%s", c->canonical);
    for (char *place = changed; *place != '\0'; place++) {
        char was = *place;
        for (char other = '0'; was >= '0' && was <= '9' && other <= '9'; other++) {
            *place = other;
            changes += other != was ? 1 : 0;
            unseen += other != was && tax_id_parse(c->country, changed, &id, &err) ? 1 : 0;
        }
        *place = was;
    }
    ck_assert_msg(changes >= 54 && unseen * 4 <= changes, "%s: %d of %d changes are not seen",
                  c->text, unseen, changes);
}
END_TEST

START_TEST(refuses)
{
    const struct refusal_case *c = &refusals[_i];
    struct tax_id id;
    struct error err = {0};
    ck_assert_msg(!tax_id_parse(c->country, c->text, &id, &err), "%s", c->name);
    ck_assert_msg(strcmp(err.code, c->code) == 0, "%s: %s", c->name, err.message);
}
END_TEST

/* Every member state of the European Union has a scheme. */
START_TEST(knows_the_union)
{
    static const char members[] =
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL "
        "PT RO SE SI SK";
    char country[3] = "";
    for (const char *c = members; *c != '\0'; c += c[2] == ' ' ? 3 : 2) {
        memcpy(country, c, 2);
        ck_assert_msg(tax_id_scheme(country) != NULL, "%s", country);
    }
    ck_assert_ptr_null(tax_id_scheme("EL"));
}
END_TEST

TEST_SUITE(tax_id)
{
    TEST_TABLE(accepts, valid_cases);
    TEST_TABLE(sees_changed_digits, valid_cases);
    TEST_TABLE(refuses, refusals);
    TEST_ONE(knows_the_union);
}
