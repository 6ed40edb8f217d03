/* The member states: see tax_area.h. */
#include "core/billing/tax_area.h"

#include "core/base/text.h"

/* First day inside and first day outside, as yyyymmdd; 0 is no bound. The states that joined before
 * value added tax was common to all have none. */
static const struct member {
    char country[3];
    int32_t joined, left;
} members[] = {
    {"AT", 19950101, 0       },
    {"BE", 0,        0       },
    {"BG", 20070101, 0       },
    {"CY", 20040501, 0       },
    {"CZ", 20040501, 0       },
    {"DE", 0,        0       },
    {"DK", 19730101, 0       },
    {"EE", 20040501, 0       },
    {"ES", 19860101, 0       },
    {"FI", 19950101, 0       },
    {"FR", 0,        0       },
    {"GB", 19730101, 20210101},
    {"GR", 19810101, 0       },
    {"HR", 20130701, 0       },
    {"HU", 20040501, 0       },
    {"IE", 19730101, 0       },
    {"IT", 0,        0       },
    {"LT", 20040501, 0       },
    {"LU", 0,        0       },
    {"LV", 20040501, 0       },
    {"MT", 20040501, 0       },
    {"NL", 0,        0       },
    {"PL", 20040501, 0       },
    {"PT", 19860101, 0       },
    {"RO", 20070101, 0       },
    {"SE", 19950101, 0       },
    {"SI", 20040501, 0       },
    {"SK", 20040501, 0       },
};

/* Places outside the states that are treated as part of one (Directive 2006/112/EC, article 7). */
static const struct treated {
    char country[3], as[3];
} treated_as[] = {
    {"IM", "GB"},
    {"MC", "FR"},
};

const char *tax_area_state(const char *country, struct date on)
{
    struct civil_date civil = date_civil(on);
    int32_t day = civil.year * 10000 + civil.month * 100 + civil.day;
    for (size_t i = 0; i < ARRAY_LEN(treated_as); i++)
        if (text_equal(treated_as[i].country, country))
            country = treated_as[i].as;
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (text_equal(members[i].country, country))
            return day >= members[i].joined && (members[i].left == 0 || day < members[i].left)
                       ? members[i].country
                       : NULL;
    return NULL;
}
