/* The rows of locale.c: CLDR facts (decimal and group signs, currency pattern, dates), one row a
 * language or a language in a country. Only locale.c includes this. */
#ifndef BILLMILL_OUTSIDE_LOCALE_TABLE_H
#define BILLMILL_OUTSIDE_LOCALE_TABLE_H

#include "core/base/compiler.h"

enum money_pattern {
    MONEY_AFTER,         /* -1.234,50 €  */
    MONEY_BEFORE,        /* -$1,234.50   */
    MONEY_BEFORE_SPACED, /* -R$ 1.234,50 */
    MONEY_MINUS_INSIDE,  /* € -1.234,50  */
    MONEY_SWISS          /* CHF-1’234.50, but CHF 1’234.50 */
};

enum grouping {
    GROUP_3,        /* 1,234,567 */
    GROUP_3_FROM_5, /* 1234 but 12.345: CLDR minimumGroupingDigits 2 */
    GROUP_INDIAN    /* 12,34,567 */
};

struct locale {
    const char *tag;
    const char *currency; /* whose sign is printed short, being the country's own; "" for none */
    const char *decimal, *group;
    const char *money_decimal, *money_group; /* Swiss French and Austrian amounts differ */
    enum grouping grouping;
    enum money_pattern money;
    const char *minus;
    const char *percent;       /* "%" with what stands between it and the number */
    bool percent_first;        /* Turkish */
    const char *const *months; /* 12 names in the case that dates take; NULL: long is numeric */
    const char *date_long, *date_numeric; /* {d} {dd} {m} {mm} {month} {y} */
};

#define NBSP "\xC2\xA0"
#define NNBSP "\xE2\x80\xAF"
#define MINUS "\xE2\x88\x92"
#define QUOTE "\xE2\x80\x99"

static const char *const months_en[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
static const char *const months_de[] = {"Januar",    "Februar", "März",     "April",
                                        "Mai",       "Juni",    "Juli",     "August",
                                        "September", "Oktober", "November", "Dezember"};
static const char *const months_de_at[] = {"Jänner",    "Februar", "März",     "April",
                                           "Mai",       "Juni",    "Juli",     "August",
                                           "September", "Oktober", "November", "Dezember"};
static const char *const months_fr[] = {"janvier",   "février", "mars",     "avril",
                                        "mai",       "juin",    "juillet",  "août",
                                        "septembre", "octobre", "novembre", "décembre"};
static const char *const months_es[] = {"enero",      "febrero", "marzo",     "abril",
                                        "mayo",       "junio",   "julio",     "agosto",
                                        "septiembre", "octubre", "noviembre", "diciembre"};
static const char *const months_it[] = {"gennaio",   "febbraio", "marzo",    "aprile",
                                        "maggio",    "giugno",   "luglio",   "agosto",
                                        "settembre", "ottobre",  "novembre", "dicembre"};
static const char *const months_nl[] = {"januari",   "februari", "maart",    "april",
                                        "mei",       "juni",     "juli",     "augustus",
                                        "september", "oktober",  "november", "december"};
static const char *const months_pl[] = {"stycznia", "lutego",       "marca",     "kwietnia",
                                        "maja",     "czerwca",      "lipca",     "sierpnia",
                                        "września", "października", "listopada", "grudnia"};
static const char *const months_pt[] = {"janeiro",  "fevereiro", "março",    "abril",
                                        "maio",     "junho",     "julho",    "agosto",
                                        "setembro", "outubro",   "novembro", "dezembro"};
static const char *const months_el[] = {"Ιανουαρίου",  "Φεβρουαρίου", "Μαρτίου",   "Απριλίου",
                                        "Μαΐου",       "Ιουνίου",     "Ιουλίου",   "Αυγούστου",
                                        "Σεπτεμβρίου", "Οκτωβρίου",   "Νοεμβρίου", "Δεκεμβρίου"};
static const char *const months_bg[] = {"януари",    "февруари", "март",    "април",
                                        "май",       "юни",      "юли",     "август",
                                        "септември", "октомври", "ноември", "декември"};
static const char *const months_vi[] = {"tháng 1", "tháng 2",  "tháng 3",  "tháng 4",
                                        "tháng 5", "tháng 6",  "tháng 7",  "tháng 8",
                                        "tháng 9", "tháng 10", "tháng 11", "tháng 12"};
static const char *const months_cs[] = {"ledna",  "února",  "března",    "dubna",
                                        "května", "června", "července",  "srpna",
                                        "září",   "října",  "listopadu", "prosince"};
static const char *const months_sk[] = {"januára",   "februára", "marca",    "apríla",
                                        "mája",      "júna",     "júla",     "augusta",
                                        "septembra", "októbra",  "novembra", "decembra"};
static const char *const months_sv[] = {"januari",   "februari", "mars",     "april",
                                        "maj",       "juni",     "juli",     "augusti",
                                        "september", "oktober",  "november", "december"};
static const char *const months_da[] = {"januar",    "februar", "marts",    "april",
                                        "maj",       "juni",    "juli",     "august",
                                        "september", "oktober", "november", "december"};
static const char *const months_nb[] = {"januar",    "februar", "mars",     "april",
                                        "mai",       "juni",    "juli",     "august",
                                        "september", "oktober", "november", "desember"};
static const char *const months_fi[] = {"tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta",
                                        "toukokuuta", "kesäkuuta",  "heinäkuuta",  "elokuuta",
                                        "syyskuuta",  "lokakuuta",  "marraskuuta", "joulukuuta"};

#define DMY_SLASH "{dd}/{mm}/{y}"
#define DMY_DOT "{dd}.{mm}.{y}"
#define ISO_DATE "{y}-{mm}-{dd}"
#define LONG_PLAIN "{d} {month} {y}"
#define LONG_DOT "{d}. {month} {y}"
#define SAME(decimal, group) decimal, group, decimal, group

/* A language's own row comes first: it is what an unknown country falls back to. */
/* clang-format off */
static const struct locale locales[] = {
    {"en",    "",    SAME(".", ","), GROUP_3, MONEY_BEFORE, "-", "%", false, months_en, LONG_PLAIN, DMY_SLASH},
    {"en-US", "USD", SAME(".", ","), GROUP_3, MONEY_BEFORE, "-", "%", false, months_en, "{month} {d}, {y}", "{m}/{d}/{y}"},
    {"en-GB", "GBP", SAME(".", ","), GROUP_3, MONEY_BEFORE, "-", "%", false, months_en, LONG_PLAIN, DMY_SLASH},
    {"en-IE", "EUR", SAME(".", ","), GROUP_3, MONEY_BEFORE, "-", "%", false, months_en, LONG_PLAIN, "{d}/{m}/{y}"},
    {"en-AU", "AUD", SAME(".", ","), GROUP_3, MONEY_BEFORE, "-", "%", false, months_en, LONG_PLAIN, DMY_SLASH},
    {"en-NZ", "NZD", SAME(".", ","), GROUP_3, MONEY_BEFORE, "-", "%", false, months_en, LONG_PLAIN, DMY_SLASH},
    {"en-CA", "CAD", SAME(".", ","), GROUP_3, MONEY_BEFORE, "-", "%", false, months_en, "{month} {d}, {y}", ISO_DATE},
    {"en-SG", "SGD", SAME(".", ","), GROUP_3, MONEY_BEFORE, "-", "%", false, months_en, LONG_PLAIN, DMY_SLASH},
    {"en-IN", "INR", SAME(".", ","), GROUP_INDIAN, MONEY_BEFORE, "-", "%", false, months_en, LONG_PLAIN, DMY_SLASH},
    {"en-ZA", "ZAR", SAME(",", NBSP), GROUP_3, MONEY_BEFORE_SPACED, "-", "%", false, months_en, LONG_PLAIN, "{y}/{mm}/{dd}"},
    {"de",    "EUR", SAME(",", "."), GROUP_3, MONEY_AFTER, "-", NBSP "%", false, months_de, LONG_DOT, DMY_DOT},
    {"de-AT", "EUR", ",", NBSP, ",", ".", GROUP_3, MONEY_BEFORE_SPACED, "-", NBSP "%", false, months_de_at, LONG_DOT, DMY_DOT},
    {"de-CH", "CHF", SAME(".", QUOTE), GROUP_3, MONEY_SWISS, "-", "%", false, months_de, LONG_DOT, DMY_DOT},
    {"fr",    "EUR", SAME(",", NNBSP), GROUP_3, MONEY_AFTER, "-", NNBSP "%", false, months_fr, LONG_PLAIN, DMY_SLASH},
    {"fr-CH", "CHF", ",", NNBSP, ".", NNBSP, GROUP_3, MONEY_AFTER, "-", NNBSP "%", false, months_fr, LONG_PLAIN, DMY_DOT},
    {"fr-CA", "CAD", SAME(",", NBSP), GROUP_3, MONEY_AFTER, "-", NBSP "%", false, months_fr, LONG_PLAIN, ISO_DATE},
    {"es",    "EUR", SAME(",", "."), GROUP_3_FROM_5, MONEY_AFTER, "-", NBSP "%", false, months_es, "{d} de {month} de {y}", "{d}/{m}/{y}"},
    {"es-MX", "MXN", SAME(".", ","), GROUP_3, MONEY_BEFORE, "-", "%", false, months_es, "{d} de {month} de {y}", DMY_SLASH},
    {"es-AR", "ARS", SAME(",", "."), GROUP_3, MONEY_BEFORE_SPACED, "-", NBSP "%", false, months_es, "{d} de {month} de {y}", "{d}/{m}/{y}"},
    {"it",    "EUR", SAME(",", "."), GROUP_3, MONEY_AFTER, "-", "%", false, months_it, LONG_PLAIN, DMY_SLASH},
    {"it-CH", "CHF", SAME(".", QUOTE), GROUP_3, MONEY_SWISS, "-", "%", false, months_it, LONG_PLAIN, DMY_DOT},
    {"nl",    "EUR", SAME(",", "."), GROUP_3, MONEY_MINUS_INSIDE, "-", "%", false, months_nl, LONG_PLAIN, "{dd}-{mm}-{y}"},
    {"nl-BE", "EUR", SAME(",", "."), GROUP_3, MONEY_MINUS_INSIDE, "-", "%", false, months_nl, LONG_PLAIN, "{d}/{m}/{y}"},
    {"pl",    "PLN", SAME(",", NBSP), GROUP_3_FROM_5, MONEY_AFTER, "-", "%", false, months_pl, LONG_PLAIN, "{d}.{mm}.{y}"},
    {"pt",    "BRL", SAME(",", "."), GROUP_3, MONEY_BEFORE_SPACED, "-", "%", false, months_pt, "{d} de {month} de {y}", DMY_SLASH},
    {"pt-PT", "EUR", SAME(",", NBSP), GROUP_3_FROM_5, MONEY_AFTER, "-", "%", false, months_pt, "{d} de {month} de {y}", DMY_SLASH},
    {"el",    "EUR", SAME(",", "."), GROUP_3, MONEY_AFTER, "-", "%", false, months_el, LONG_PLAIN, "{d}/{m}/{y}"},
    {"bg",    "EUR", SAME(",", NBSP), GROUP_3_FROM_5, MONEY_AFTER, "-", "%", false, months_bg, LONG_PLAIN " г.", "{d}.{mm}.{y} г."},
    {"vi",    "VND", SAME(",", "."), GROUP_3, MONEY_AFTER, "-", "%", false, months_vi, "{d} {month}, {y}", DMY_SLASH},
    {"cs",    "CZK", SAME(",", NBSP), GROUP_3, MONEY_AFTER, "-", NBSP "%", false, months_cs, LONG_DOT, DMY_DOT},
    {"sk",    "EUR", SAME(",", NBSP), GROUP_3, MONEY_AFTER, "-", NBSP "%", false, months_sk, LONG_DOT, "{d}. {m}. {y}"},
    {"sv",    "SEK", SAME(",", NBSP), GROUP_3, MONEY_AFTER, MINUS, NBSP "%", false, months_sv, LONG_PLAIN, ISO_DATE},
    {"da",    "DKK", SAME(",", "."), GROUP_3, MONEY_AFTER, "-", NBSP "%", false, months_da, LONG_DOT, DMY_DOT},
    {"nb",    "NOK", SAME(",", NBSP), GROUP_3, MONEY_AFTER, MINUS, NBSP "%", false, months_nb, LONG_DOT, DMY_DOT},
    {"fi",    "EUR", SAME(",", NBSP), GROUP_3, MONEY_AFTER, MINUS, NBSP "%", false, months_fi, LONG_DOT, "{d}.{m}.{y}"},
    {"hu",    "HUF", SAME(",", NBSP), GROUP_3, MONEY_AFTER, "-", "%", false, NULL, NULL, "{y}. {mm}. {dd}."},
    {"ro",    "RON", SAME(",", "."), GROUP_3, MONEY_AFTER, "-", NBSP "%", false, NULL, NULL, DMY_DOT},
    {"hr",    "EUR", SAME(",", "."), GROUP_3, MONEY_AFTER, MINUS, NBSP "%", false, NULL, NULL, "{dd}. {mm}. {y}."},
    {"sl",    "EUR", SAME(",", "."), GROUP_3, MONEY_AFTER, MINUS, NBSP "%", false, NULL, NULL, "{d}. {m}. {y}"},
    {"et",    "EUR", SAME(",", NBSP), GROUP_3_FROM_5, MONEY_AFTER, MINUS, "%", false, NULL, NULL, DMY_DOT},
    {"lv",    "EUR", SAME(",", NBSP), GROUP_3_FROM_5, MONEY_AFTER, "-", "%", false, NULL, NULL, DMY_DOT},
    {"lt",    "EUR", SAME(",", NBSP), GROUP_3, MONEY_AFTER, MINUS, NBSP "%", false, NULL, NULL, ISO_DATE},
    {"tr",    "TRY", SAME(",", "."), GROUP_3, MONEY_BEFORE, "-", "%", true,  NULL, NULL, DMY_DOT},
    {"uk",    "UAH", SAME(",", NBSP), GROUP_3, MONEY_AFTER, "-", "%", false, NULL, NULL, DMY_DOT},
    {"ru",    "RUB", SAME(",", NBSP), GROUP_3, MONEY_AFTER, "-", NBSP "%", false, NULL, NULL, DMY_DOT},
    {"ja",    "JPY", SAME(".", ","), GROUP_3, MONEY_BEFORE, "-", "%", false, NULL, NULL, "{y}/{mm}/{dd}"},
};

/* Signs. `everywhere`: no other currency of the list is written so; the others only at home. */
static const struct currency_sign {
    const char *currency, *sign;
    bool everywhere;
} currency_signs[] = {
    {"EUR", "€",    true }, {"GBP", "£",    true }, {"INR", "₹",    true }, {"PLN", "zł",   true },
    {"CZK", "Kč",   true }, {"VND", "₫",    true }, {"BRL", "R$",   true }, {"UAH", "₴",    true },
    {"TRY", "₺",    true }, {"RUB", "₽",    true }, {"HUF", "Ft",   true }, {"JPY", "¥",    false},
    {"USD", "$",    false}, {"CAD", "$",    false}, {"AUD", "$",    false}, {"NZD", "$",    false},
    {"SGD", "$",    false}, {"MXN", "$",    false}, {"ARS", "$",    false}, {"SEK", "kr",   false},
    {"NOK", "kr",   false}, {"DKK", "kr.",  false}, {"ZAR", "R",    false},
};
/* clang-format on */

#endif
