/* Customers. The first ones have their country and kind fixed, so that every country, the very long
 * name and the parked customer are there at any size; the rest follow the shares. */
#include <assert.h>
#include <string.h>

#include "core/base/text.h"
#include "tests/support/generate/demo.h"
#include "tests/support/generate/random.h"

#define NAME_SIZE 512
#define PARENTS_FROM 40 /* before it are the hand-made cases, which pay for themselves */

/* Country and kind (b business, p person) of the first customers of each tenant, in their order. */
static const struct {
    const char *country;
    char kind;
} first_of_berlin[] =
    {
        {"DE", 'b'},
        {"CH", 'b'},
        {"DE", 'b'},
        {"AT", 'b'},
        {"FR", 'p'},
        {"IT", 'b'},
        {"ES", 'b'},
        {"NL", 'p'},
        {"PL", 'b'},
        {"CZ", 'p'},
        {"GR", 'b'},
        {"BG", 'b'},
        {"EE", 'p'},
        {"SK", 'p'},
        {"FI", 'p'},
        {"RO", 'p'},
        {"GR", 'p'},
        {"BG", 'p'}
},
  first_of_new_york[] = {{"US", 'b'}, {"CA", 'b'}, {"US", 'p'}, {"US", 'b'}, {"US", 'b'},
                         {"US", 'b'}, {"US", 'b'}, {"GB", 'b'}, {"VN", 'b'}, {"VN", 'p'}};

/* clang-format off */
/* Texts that no word list gives: length, quotes, markup. By index. */
static const struct special_customer {
    int64_t index;
    const char *name, *line1, *line2;
} special_customers[] = {
    {0,
     "Vereinigte Werkstätten für Feinmechanik, Mess- und Regeltechnik sowie angewandte "
     "Datenverarbeitung im Landkreis Musterstadt-Obermittelwalde Gesellschaft mit beschränkter "
     "Haftung & Co. Kommanditgesellschaft auf Aktien",
     "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikantenweg 128 b, Hinterhaus, "
     "Aufgang C, drittes Obergeschoss links",
     "z. Hd. Abteilung Kreditorenbuchhaltung und Rechnungsprüfung, Postfach der Zentralen "
     "Poststelle 4711"},
    {19, "O'Leary, Sons & \"Partners\" <Sample> Ltd", "7 Back\\slash Row, 50% Yard", NULL},
    {22,
     "Công ty Trách nhiệm hữu hạn Một thành viên Thương mại Dịch vụ Xuất nhập khẩu Ví Dụ Mẫu Thử "
     "Nghiệm Đại Thịnh Vượng",
     "123 Đường Nguyễn Ví Dụ, Phường Thử Nghiệm, Quận Mẫu",
     "Tòa nhà Ngọc Lan, tầng 17"},
};
/* clang-format on */

enum demo_tenant demo_tenant_of(int64_t customer)
{
    int64_t place = customer % 5;
    return place == 2 || place == 4 ? DEMO_NEW_YORK : DEMO_BERLIN;
}

/* The how-many-th customer of its tenant. */
static int64_t ordinal_of(int64_t customer)
{
    static const int64_t before[5] = {0, 1, 0, 2, 1};
    int64_t per_five = demo_tenant_of(customer) == DEMO_BERLIN ? 3 : 2;
    return customer / 5 * per_five + before[customer % 5];
}

static const struct demo_country *country_named(enum demo_tenant tenant, const char *code)
{
    int32_t count = 0;
    const struct demo_country *countries = demo_countries(tenant, &count);
    for (int32_t i = 0; i < count; i++)
        if (text_equal(countries[i].code, code))
            return &countries[i];
    fatal("no country %s", code);
}

static const struct demo_country *country_by_share(const struct demo *demo, enum demo_tenant tenant,
                                                   int64_t index)
{
    int32_t count = 0;
    const struct demo_country *countries = demo_countries(tenant, &count);
    int64_t at = random_below(demo->seed, STREAM_COUNTRY, (uint64_t)index, 1000);
    for (int32_t i = 0; i < count; i++) {
        if (at < countries[i].share)
            return &countries[i];
        at -= countries[i].share;
    }
    return &countries[0];
}

static int64_t parent_of(const struct demo *demo, int64_t index)
{
    int64_t parent = index - 5; /* the same tenant */
    if (index < PARENTS_FROM || random_below(demo->seed, STREAM_PARENT, (uint64_t)index, 40) != 0)
        return -1;
    /* Who pays for another pays for itself. */
    return random_below(demo->seed, STREAM_PARENT, (uint64_t)parent, 40) == 0 ? -1 : parent;
}

struct demo_customer demo_customer_at(const struct demo *demo, int64_t index)
{
    struct demo_customer customer = {.index = index, .tenant = demo_tenant_of(index)};
    size_t ordinal = (size_t)ordinal_of(index);
    bool berlin = customer.tenant == DEMO_BERLIN;
    bool fixed = ordinal < (berlin ? ARRAY_LEN(first_of_berlin) : ARRAY_LEN(first_of_new_york));
    customer.parent = parent_of(demo, index);
    if (customer.parent >= 0) {
        struct demo_customer parent = demo_customer_at(demo, customer.parent);
        customer.country = parent.country;
        customer.business = parent.business;
    } else if (fixed) {
        customer.country =
            country_named(customer.tenant, berlin ? first_of_berlin[ordinal].country
                                                  : first_of_new_york[ordinal].country);
        customer.business =
            (berlin ? first_of_berlin[ordinal].kind : first_of_new_york[ordinal].kind) == 'b';
    } else {
        customer.country = country_by_share(demo, customer.tenant, index);
        customer.business = random_below(demo->seed, STREAM_BUSINESS, (uint64_t)index, 100) < 65;
    }
    return customer;
}

/* ------------------------------------------------------------------ names and addresses */

static const char *word(const struct demo *demo, const struct demo_customer *customer,
                        enum demo_stream stream, const char *const words[], int64_t count)
{
    return words[random_below(demo->seed, (uint64_t)stream, (uint64_t)customer->index, count)];
}

static const struct special_customer *special_of(int64_t index)
{
    for (size_t i = 0; i < ARRAY_LEN(special_customers); i++)
        if (special_customers[i].index == index)
            return &special_customers[i];
    return NULL;
}

static void company_name(const struct demo *demo, const struct demo_customer *customer,
                         char name[NAME_SIZE])
{
    const struct demo_country *country = customer->country;
    const char *first =
        word(demo, customer, STREAM_SYLLABLE_A, country->first_syllable, COUNTRY_WORDS);
    const char *last =
        word(demo, customer, STREAM_SYLLABLE_B, country->last_syllable, COUNTRY_WORDS);
    const char *trade = word(demo, customer, STREAM_TRADE, country->trade, COUNTRY_WORDS);
    const char *form = word(demo, customer, STREAM_FORM, country->form, 3);
    if (country->family_first) /* Vietnamese: the legal form and the trade come first */
        snprintf(name, NAME_SIZE, "%s %s %s%s", form, trade, first, last);
    else
        snprintf(name, NAME_SIZE, "%s%s %s %s", first, last, trade, form);
}

static void person_name(const struct demo *demo, const struct demo_customer *customer,
                        char name[NAME_SIZE])
{
    const struct demo_country *country = customer->country;
    const char *given = word(demo, customer, STREAM_GIVEN, country->given, COUNTRY_WORDS);
    const char *family = word(demo, customer, STREAM_FAMILY, country->family, COUNTRY_WORDS);
    bool family_first = country->family_first;
    snprintf(name, NAME_SIZE, "%s %s", family_first ? family : given,
             family_first ? given : family);
}

static void write_address(const struct demo *demo, const struct demo_customer *customer,
                          struct output *output)
{
    const struct demo_country *country = customer->country;
    const struct special_customer *special = special_of(customer->index);
    uint64_t index = (uint64_t)customer->index;
    const char *street = word(demo, customer, STREAM_STREET, country->street, COUNTRY_WORDS);
    int64_t house = 1 + random_below(demo->seed, STREAM_HOUSE, index, 140);
    const struct demo_city *city = &country->city[random_below(demo->seed, STREAM_CITY, index,
                                                               (int64_t)ARRAY_LEN(country->city))];
    char line1[NAME_SIZE];
    if (country->house_first)
        snprintf(line1, sizeof line1, "%" PRId64 " %s", house, street);
    else
        snprintf(line1, sizeof line1, "%s %" PRId64, street, house);
    json_open(output, "address");
    json_text(output, "line1", special != NULL ? special->line1 : line1);
    json_text(output, "line2", special != NULL ? special->line2 : NULL);
    json_text(output, "city", city->name);
    json_text(output, "postal_code", city->postal_code);
    json_text(output, "region", city->region);
    json_text(output, "country", country->code);
    json_close(output);
}

/* ------------------------------------------------------------------ the record */

static void write_terms(const struct demo *demo, const struct demo_customer *customer,
                        struct output *output)
{
    static const int64_t terms_days[] = {7, 14, 30, 30, 45, 60};
    uint64_t index = (uint64_t)customer->index;
    int64_t term = random_below(demo->seed, STREAM_TERMS, index, 10);
    if (customer->business && term < (int64_t)ARRAY_LEN(terms_days))
        json_integer(output, "payment_terms_days", terms_days[term]); /* else the tenant's */
    if (customer->country->timezone != NULL && customer->index >= PARENTS_FROM &&
        random_below(demo->seed, STREAM_ZONE, index, 2) == 0)
        json_text(output, "timezone", customer->country->timezone);
}

static void write_tax(const struct demo *demo, const struct demo_customer *customer,
                      struct output *output)
{
    const struct demo_country *country = customer->country;
    uint64_t index = (uint64_t)customer->index;
    char tax_id[64];
    if (!customer->business)
        return;
    json_true(output, "business");
    snprintf(tax_id, sizeof tax_id, "%s%06" PRId64 "%s", country->vat_prefix,
             customer->index % 1000000, country->vat_suffix);
    if (random_below(demo->seed, STREAM_TAX_ID, index, 20) != 0) /* one of twenty has none */
        json_text(output, "tax_id", tax_id);
    if (customer->index >= PARENTS_FROM && random_below(demo->seed, STREAM_EXEMPT, index, 40) == 0)
        json_true(output, "tax_exempt");
}

static void write_customer(const struct demo *demo, int64_t index, struct output *output)
{
    static const char *const domains[] = {"example.com", "example.org", "example.net"};
    struct demo_customer customer = demo_customer_at(demo, index);
    const struct special_customer *special = special_of(index);
    char name[NAME_SIZE];
    char text[NAME_SIZE];
    if (customer.business)
        company_name(demo, &customer, name);
    else
        person_name(demo, &customer, name);
    json_begin(output, "customer");
    json_text(output, "tenant", demo_tenant_name(customer.tenant));
    snprintf(text, sizeof text, "cus-%06" PRId64, index);
    json_text(output, "customer", text);
    json_text(output, "name", special != NULL ? special->name : name);
    snprintf(text, sizeof text, "%s-%06" PRId64 "@%s", customer.business ? "billing" : "home",
             index, domains[index % (int64_t)ARRAY_LEN(domains)]);
    json_text(output, "email", text);
    write_address(demo, &customer, output);
    write_tax(demo, &customer, output);
    json_text(output, "currency", customer.country->currency);
    json_text(output, "locale", customer.country->locale);
    write_terms(demo, &customer, output);
    if (customer.parent >= 0) {
        snprintf(text, sizeof text, "cus-%06" PRId64, customer.parent);
        json_text(output, "parent", text);
    }
    json_end(output);
}

void demo_write_customers(const struct demo *demo, const char *directory)
{
    struct output output = {0};
    output_open(&output, directory, "customers.jsonl");
    for (int64_t i = 0; i < demo->customers; i++)
        write_customer(demo, i, &output);
    output_close(&output);
}
