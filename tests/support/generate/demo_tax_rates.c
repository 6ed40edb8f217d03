/* Tax rates: dated, with real changes of the last years, for every country of the demo but
 * Switzerland. The seller "*" means every tenant; New York has a row of the tenant's own before it.
 */
#include "tests/support/generate/demo.h"

/* clang-format off */
/* Standard rate, reduced rate (here: of e-books) and since when. A row ends where its successor
 * begins; only some say so by valid_to. */
static const struct {
    const char *country, *valid_from, *valid_to, *standard, *reduced, *name;
} member_states[] = {
    {"AT", "2016-01-01", NULL, "20", "10", "USt."},
    {"BG", "2011-04-01", NULL, "20", "9", "ДДС"},
    {"CZ", "2013-01-01", "2024-01-01", "21", "15", "DPH"},
    {"CZ", "2024-01-01", NULL, "21", "12", "DPH"},
    {"DE", "2007-01-01", "2020-07-01", "19", "7", "USt."},
    {"DE", "2020-07-01", "2021-01-01", "16", "5", "USt."},
    {"DE", "2021-01-01", NULL, "19", "7", "USt."},
    {"EE", "2009-07-01", NULL, "20", "9", "KM"},
    {"EE", "2024-01-01", NULL, "22", "9", "KM"},
    {"EE", "2025-07-01", NULL, "24", "9", "KM"},
    {"ES", "2012-09-01", NULL, "21", "4", "IVA"},
    {"FI", "2013-01-01", "2024-09-01", "24", "10", "ALV"},
    {"FI", "2024-09-01", NULL, "25.5", "14", "ALV"},
    {"FR", "2014-01-01", NULL, "20", "5.5", "TVA"},
    {"GR", "2016-06-01", NULL, "24", "6", "ΦΠΑ"},
    {"IT", "2013-10-01", NULL, "22", "4", "IVA"},
    {"NL", "2019-01-01", NULL, "21", "9", "btw"},
    {"PL", "2011-01-01", NULL, "23", "5", "VAT"},
    {"RO", "2017-01-01", "2025-08-01", "19", "5", "TVA"},
    {"RO", "2025-08-01", NULL, "21", "11", "TVA"},
    {"SK", "2011-01-01", "2025-01-01", "20", "10", "DPH"},
    {"SK", "2025-01-01", NULL, "23", "5", "DPH"},
};

static const struct {
    const char *tenant, *country, *region, *valid_from, *rate_percent, *name;
} elsewhere[] = {
    {"*", "CA", NULL, "2008-01-01", "5", "GST"},
    {"*", "CA", "ON", "2010-07-01", "13", "HST"},
    {"*", "GB", NULL, "2011-01-04", "20", "VAT"},
    {"*", "US", NULL, "2024-01-01", "0", "No sales tax collected"},
    {"*", "US", "NY", "2005-06-01", "4", "NY sales tax"},
    {"*", "US", "TX", "1990-07-01", "6.25", "TX sales tax"},
    {"*", "US", "WA", "1983-01-01", "6.5", "WA sales tax"},
    {"*", "VN", NULL, "2009-01-01", "10", "Thuế GTGT"},
    {"samplemetering", "US", "NY", "2025-03-01", "8.875", "NY state and city sales tax"},
};
/* clang-format on */

struct rate {
    const char *tenant, *country, *region, *category, *valid_from, *rate_percent, *name, *valid_to;
    bool inclusive;
};

static void write_rate(struct output *output, const struct rate *rate)
{
    json_begin(output, "tax_rate");
    json_text(output, "tenant", rate->tenant);
    json_text(output, "country", rate->country);
    json_text(output, "region", rate->region);
    json_text(output, "category", rate->category);
    json_text(output, "valid_from", rate->valid_from);
    json_text(output, "rate_percent", rate->rate_percent);
    json_text(output, "name", rate->name);
    if (rate->inclusive)
        json_true(output, "inclusive");
    json_text(output, "valid_to", rate->valid_to);
    json_end(output);
}

static void write_member_state(struct output *output, size_t row)
{
    struct rate rate = {
        .tenant = "*",
        .country = member_states[row].country,
        .category = "standard",
        .valid_from = member_states[row].valid_from,
        .rate_percent = member_states[row].standard,
        .name = member_states[row].name,
        .valid_to = member_states[row].valid_to,
    };
    write_rate(output, &rate);
    rate.category = "consumer"; /* what private persons buy: the price includes the tax */
    rate.inclusive = true;
    write_rate(output, &rate);
    rate.category = "reduced";
    rate.inclusive = false;
    rate.rate_percent = member_states[row].reduced;
    write_rate(output, &rate);
}

void demo_write_tax_rates(const char *directory)
{
    struct output output = {0};
    output_open(&output, directory, "tax_rates.jsonl");
    for (size_t i = 0; i < ARRAY_LEN(member_states); i++)
        write_member_state(&output, i);
    for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
        write_rate(&output, &(struct rate){
                                .tenant = elsewhere[i].tenant,
                                .country = elsewhere[i].country,
                                .region = elsewhere[i].region,
                                .category = "standard",
                                .valid_from = elsewhere[i].valid_from,
                                .rate_percent = elsewhere[i].rate_percent,
                                .name = elsewhere[i].name,
                            });
    output_close(&output);
}
