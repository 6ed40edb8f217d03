/* ISO 3166-1: see country.h. The table is iso_3166-1.json of Debian's iso-codes 4.15.0, with XI and
 * XK, in order. */
#include "core/billing/country.h"

#include <string.h>

#include "core/base/text.h"

#define CELL 3 /* a code and a space */

/* clang-format off */
static const char countries[] =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI "
    "BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN "
    "CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM "
    "HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN "
    "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP "
    "NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW "
    "SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI "
    "VN VU WF WS XI XK YE YT ZA ZM ZW ";

static const struct {
    const char *code, *meant;
} others[] = {
    {"AN", "the Netherlands Antilles are BQ, CW or SX since 2010"},
    {"CS", "Serbia is RS, Montenegro ME, Czechia CZ"},
    {"EL", "Greece is GR; EL is what its tax ids begin with"},
    {"EU", "the European Union is no country: name the member state"},
    {"UK", "the United Kingdom is GB"},
};
/* clang-format on */

static bool is_there(const char *code)
{
    size_t from = 0, to = (sizeof(countries) - 1) / CELL;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = memcmp(code, countries + CELL * middle, 2);
        if (order == 0)
            return true;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return false;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool country_check(const char *code, struct error *err)
{
    if (!is_upper(code[0]) || !is_upper(code[1]) || code[2] != '\0')
        return error_item(err, "bad_country",
                          "\"%.80s\" is not a country: two capital letters of ISO 3166, like DE",
                          code);
    if (is_there(code))
        return true;
    (void)error_item(err, "bad_country", "\"%s\" is not a country of ISO 3166", code);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (text_equal(others[i].code, code))
            return error_hint(err, "%s", others[i].meant);
    return false;
}
