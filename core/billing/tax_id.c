/* Tax ids: see tax_id.h. A scheme is a row: what may stand where, and a function over the body (the
 * id without its prefix) that tells whether the check digits fit. The functions are in
 * tax_id_check.c.
 *
 * A pattern is a list of bodies: 9 is a digit, A a letter, X either, anything else itself. */
#include "core/billing/tax_id.h"

#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/billing/tax_id_check.h"

/* In the order of the country codes. The comments name what is checked. */
/* clang-format off */
static const struct tax_id_scheme {
    const char *country, *prefix, *name, *patterns;
    tax_id_check *check; /* NULL: the form has no check digits */
    const char *endings; /* words that may follow the body */
} schemes[] = {
    {"AT", "AT",  "AT VAT", "U99999999",                          tax_id_check_at, NULL}, /* UID: Luhn sum plus 4 */
    {"AU", "",    "ABN",    "99999999999",                        tax_id_check_au, NULL}, /* ABN, mod 89 */
    {"BE", "BE",  "BE VAT", "0999999999|1999999999|999999999",    tax_id_check_be, NULL}, /* 97 minus mod 97 */
    {"BG", "BG",  "BG VAT", "999999999|9999999999",               tax_id_check_bg, NULL}, /* EIK mod 11; EGN, PNF */
    {"CH", "CHE", "CH UID", "999999999",                          tax_id_check_ch, "MWST|TVA|IVA|VAT|TPV"}, /* UID (eCH-0097), mod 11 */
    {"CY", "CY",  "CY VAT", "99999999A",                          tax_id_check_cy, NULL}, /* TIN letter, mod 26 */
    {"CZ", "CZ",  "CZ VAT", "99999999|999999999|9999999999",      tax_id_check_cz, NULL}, /* ICO mod 11; rodne cislo mod 11 */
    {"DE", "DE",  "DE VAT", "999999999",                          tax_id_check_de, NULL}, /* ISO 7064 MOD 11,10 */
    {"DK", "DK",  "DK VAT", "99999999",                           tax_id_check_dk, NULL}, /* CVR, mod 11 */
    {"EE", "EE",  "EE VAT", "999999999",                          tax_id_check_ee, NULL}, /* KMKR, 3-7-1 mod 10 */
    {"ES", "ES",  "ES VAT", "X9999999X",                          tax_id_check_es, NULL}, /* DNI and NIE mod 23, CIF */
    {"FI", "FI",  "FI VAT", "99999999",                           tax_id_check_fi, NULL}, /* Y-tunnus, mod 11 */
    {"FR", "FR",  "FR VAT", "XX999999999",                        tax_id_check_fr, NULL}, /* key mod 97, SIREN Luhn */
    {"GB", "GB",  "GB VAT", "999999999|999999999999|GD999|HA999", tax_id_check_gb, NULL}, /* mod 97, and 9755 */
    {"GR", "EL",  "EL VAT", "999999999",                          tax_id_check_el, NULL}, /* AFM, powers of 2 mod 11 */
    {"HR", "HR",  "HR VAT", "99999999999",                        tax_id_check_hr, NULL}, /* OIB, ISO 7064 MOD 11,10 */
    {"HU", "HU",  "HU VAT", "99999999",                           tax_id_check_hu, NULL}, /* ANUM, 9-7-3-1 mod 10 */
    {"IE", "IE",  "IE VAT", "9X99999A|9*99999A|9+99999A|9999999AA", tax_id_check_ie, NULL}, /* mod 23 */
    {"IN", "",    "GSTIN",  "99AAAAA9999AXZX",                    tax_id_check_in, NULL}, /* Luhn mod 36 */
    {"IT", "IT",  "IT VAT", "99999999999",                        tax_id_check_it, NULL}, /* partita IVA, Luhn */
    {"LT", "LT",  "LT VAT", "999999999|999999999999",             tax_id_check_lt, NULL}, /* PVM, mod 11 twice */
    {"LU", "LU",  "LU VAT", "99999999",                           tax_id_check_lu, NULL}, /* mod 89 */
    {"LV", "LV",  "LV VAT", "99999999999",                        tax_id_check_lv, NULL}, /* PVN and personal code, mod 11 */
    {"MT", "MT",  "MT VAT", "99999999",                           tax_id_check_mt, NULL}, /* mod 37 */
    {"NL", "NL",  "NL VAT", "999999999B99",                       tax_id_check_nl, NULL}, /* elfproef, or ISO 7064 MOD 97-10 */
    {"NO", "NO",  "NO VAT", "999999999",                          tax_id_check_no, "MVA"}, /* organisasjonsnummer, mod 11 */
    {"PL", "PL",  "PL VAT", "9999999999",                         tax_id_check_pl, NULL}, /* NIP, mod 11 */
    {"PT", "PT",  "PT VAT", "999999999",                          tax_id_check_pt, NULL}, /* NIF, mod 11 */
    {"RO", "RO",  "RO VAT", "99|999|9999|99999|999999|9999999|99999999|999999999|9999999999", tax_id_check_ro, NULL}, /* CUI, mod 11 */
    {"SE", "SE",  "SE VAT", "999999999999",                       tax_id_check_se, NULL}, /* organisationsnummer, Luhn */
    {"SI", "SI",  "SI VAT", "99999999",                           tax_id_check_si, NULL}, /* davcna stevilka, mod 11 */
    {"SK", "SK",  "SK VAT", "9999999999",                         tax_id_check_sk, NULL}, /* IC DPH, a multiple of 11 */
    {"US", "",    "EIN",    "999999999",                          NULL,            NULL},
    {"XI", "XI",  "XI VAT", "999999999|999999999999|GD999|HA999", tax_id_check_gb, NULL}, /* as GB */
};
/* clang-format on */

static const struct tax_id_scheme *find_scheme(const char *country)
{
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (text_equal(schemes[i].country, country))
            return &schemes[i];
    return NULL;
}

const char *tax_id_scheme(const char *country)
{
    const struct tax_id_scheme *scheme = find_scheme(country);
    return scheme == NULL ? NULL : scheme->name;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Without spaces and punctuation, in capitals; false when it is too long. */
static bool squeeze(const char *text, char *target, size_t size)
{
    struct strbuf buf;
    strbuf_init(&buf, target, size);
    for (const char *c = text; *c != '\0'; c++)
        if (strchr(" .-/", *c) == NULL)
            strbuf_add_char(&buf, (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c));
    return !buf.overflowed;
}

static bool fits_character(char pattern, char c)
{
    switch (pattern) {
    case '9':
        return is_digit(c);
    case 'A':
        return is_letter(c);
    case 'X':
        return is_digit(c) || is_letter(c);
    default:
        return pattern == c;
    }
}

static bool fits_pattern(const char *pattern, size_t length, const char *body)
{
    if (strlen(body) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!fits_character(pattern[i], body[i]))
            return false;
    return true;
}

static bool fits_some_pattern(const struct tax_id_scheme *scheme, const char *body)
{
    for (const char *pattern = scheme->patterns; *pattern != '\0';) {
        size_t length = strcspn(pattern, "|");
        if (fits_pattern(pattern, length, body))
            return true;
        pattern += length + (pattern[length] == '|' ? 1 : 0);
    }
    return false;
}

static void cut_ending(const struct tax_id_scheme *scheme, char *body)
{
    size_t length = strlen(body);
    for (const char *ending = scheme->endings; ending != NULL && *ending != '\0';) {
        size_t size = strcspn(ending, "|");
        if (length > size && strncmp(body + length - size, ending, size) == 0) {
            body[length - size] = '\0';
            return;
        }
        ending += size + (ending[size] == '|' ? 1 : 0);
    }
}

static bool check_body(const struct tax_id_scheme *scheme, const char *text, const char *body,
                       bool *ret_has_check_digits, struct error *err)
{
    enum tax_id_verdict verdict = TAX_ID_UNCHECKED;
    if (!fits_some_pattern(scheme, body))
        return error_item(err, "bad_tax_id", "'%.40s' does not look like a tax id of %s (%s)", text,
                          scheme->country, scheme->name);
    if (scheme->check != NULL)
        verdict = scheme->check(body);
    if (verdict == TAX_ID_WRONG)
        return error_item(err, "bad_tax_id", "the check digits of tax id '%.40s' (%s) are wrong",
                          text, scheme->name);
    *ret_has_check_digits = verdict == TAX_ID_RIGHT;
    return true;
}

bool tax_id_parse(const char *country, const char *text, struct tax_id *ret_id, struct error *err)
{
    const struct tax_id_scheme *scheme = find_scheme(country);
    char squeezed[TAX_ID_SIZE];
    struct tax_id id = {.scheme = scheme == NULL ? NULL : scheme->name};
    if (scheme == NULL)
        return error_item(err, "no_tax_id_scheme", "no rule for the tax ids of country '%.10s'",
                          country == NULL ? "" : country);
    if (text_is_empty(text) || !squeeze(text, squeezed, sizeof squeezed))
        return error_item(err, "bad_tax_id", "'%.40s' does not look like a tax id of %s (%s)",
                          text == NULL ? "" : text, scheme->country, scheme->name);
    char *body = squeezed;
    if (text_starts_with(body, scheme->prefix))
        body += strlen(scheme->prefix);
    cut_ending(scheme, body);
    if (!check_body(scheme, text, body, &id.has_check_digits, err))
        return false;
    struct strbuf canonical;
    strbuf_init(&canonical, id.text, sizeof id.text);
    strbuf_add(&canonical, scheme->prefix);
    strbuf_add(&canonical, body);
    assert(!canonical.overflowed); /* the longest is a prefix of 3 and 15 characters */
    *ret_id = id;
    return true;
}
