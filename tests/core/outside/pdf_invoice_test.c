/* Invoices as readers see them: printed, then read back with poppler and qpdf. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/outside/file_read.h"
#include "core/outside/invoice_layout.h"
#include "core/outside/locale.h"
#include "core/outside/pdf_font.h"
#include "core/outside/pdf_invoice.h"
#include "tests/support/invoice_samples.h"
#include "tests/support/suite.h"

#define LAYOUT "templates/invoice/default.layout"
#define FIXTURES "tests/fixtures/outside/"
#define ARENA_BYTES ((size_t)64 << 20)
#define OUTPUT_SIZE ((size_t)1 << 20)
#define ONE_PAGE_BYTES_MAX (30 << 10) /* performance goal 6 */

static char pdf_path[64];
static char output[OUTPUT_SIZE];

/* What `program file rest` says on stdout and stderr; its exit status. */
static int run(const char *program, const char *path, const char *rest)
{
    char command[256];
    (void)snprintf(command, sizeof command, "%s %s %s 2>&1", program, path, rest);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    size_t count = fread(output, 1, OUTPUT_SIZE - 1, pipe);
    output[count] = '\0';
    int status = pclose(pipe);
    ck_assert_msg(WIFEXITED(status), "%s", command);
    return WEXITSTATUS(status);
}

static void write_pdf(const uint8_t *bytes, size_t size)
{
    (void)snprintf(pdf_path, sizeof pdf_path, "build/invoice-XXXXXX");
    int fd = mkstemp(pdf_path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    (void)close(fd);
}

/* The text of the file in reading order, spaces as they come. */
static void read_text(void)
{
    ck_assert_int_eq(run("pdftotext -layout", pdf_path, "-"), 0);
}

static void must_show(const char *sample, const char *text)
{
    char plain[400];
    size_t length = 0;
    for (const char *at = text; *at != '\0' && length < sizeof plain - 1;) {
        bool no_break = strncmp(at, "\xC2\xA0", 2) == 0;   /* drawn as spaces: */
        bool narrow = strncmp(at, "\xE2\x80\xAF", 3) == 0; /* narrow no-break */
        plain[length++] = no_break || narrow ? ' ' : *at;
        at += narrow ? 3 : no_break ? 2 : 1;
    }
    plain[length] = '\0';
    ck_assert_msg(strstr(output, plain) != NULL, "%s: '%s' is not in the text:\n%.2000s", sample,
                  plain, output);
}

static void must_not_show(const char *sample, const char *text)
{
    ck_assert_msg(strstr(output, text) == NULL, "%s: '%s' is in the text", sample, text);
}

static int32_t count_of(const char *text, const char *part)
{
    int32_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        count++;
    return count;
}

static struct pdf_renderer *new_renderer(const char *layout)
{
    struct pdf_renderer *renderer = NULL;
    struct error err = {0};
    ck_assert_msg(pdf_renderer_create(layout, &renderer, &err), "%s", err.message);
    return renderer;
}

static void render(struct pdf_renderer *renderer, const struct invoice_document *invoice,
                   struct arena *arena, const uint8_t **bytes, size_t *size)
{
    struct error err = {0};
    ck_assert_msg(pdf_invoice_render(renderer, invoice, arena, bytes, size, &err), "%s",
                  err.message);
}

/* --- every sample --- */

static void check_file(const char *name)
{
    ck_assert_msg(run("qpdf --check", pdf_path, "") == 0, "%s: %s", name, output);
    ck_assert_int_eq(run("pdffonts", pdf_path, ""), 0);
    int32_t fonts = count_of(output, "\n") - 2; /* two lines of head */
    ck_assert_msg(fonts >= 2 && count_of(output, "yes yes yes") == fonts,
                  "%s: embedded, subset and with Unicode:\n%s", name, output);
    ck_assert_msg(count_of(output, "+LiberationSans") == fonts, "%s:\n%s", name, output);
}

static void check_amounts(const char *name, const struct invoice_document *invoice)
{
    const struct locale *locale = locale_find(invoice->locale);
    char storage[100];
    struct strbuf text;
    for (size_t i = 0; i < invoice->line_count; i++) {
        strbuf_init(&text, storage, sizeof storage);
        locale_add_amount(locale, invoice->lines[i].amount_minor, invoice->currency_digits, &text);
        must_show(name, text.text);
    }
    const int64_t sums[] = {invoice->subtotal_minor, invoice->total_minor,
                            invoice->amount_due_minor, invoice->taxes[0].tax_minor};
    /* The fonts have no sign for the lira: the code stands for it. */
    const char *sign = locale_currency_sign(locale, invoice->currency);
    if (strcmp(invoice->currency, "TRY") == 0)
        sign = invoice->currency;
    for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
        strbuf_init(&text, storage, sizeof storage);
        locale_add_money_as(locale, sums[i], invoice->currency_digits, sign, &text);
        must_show(name, text.text);
    }
}

/* A credit note names itself and the invoice that it credits, and asks for nothing. */
START_TEST(prints_credit_notes)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    struct invoice_document *invoice = invoice_sample_make(SAMPLE_ONE_LINE, 0, arena);
    const uint8_t *bytes;
    size_t size;
    invoice->is_credit_note = true;
    invoice->number = "CN-2026-000003";
    invoice->corrects = "INV-2026-000041";
    render(renderer, invoice, arena, &bytes, &size);
    write_pdf(bytes, size);
    check_file("credit note");
    read_text();
    (void)remove(pdf_path);
    must_show("credit note", "Credit note CN-2026-000003");
    must_show("credit note", "Credit note number");
    must_show("credit note", "Refers to invoice");
    must_show("credit note", "INV-2026-000041");
    must_show("credit note", "Amount credited");
    must_show("credit note", "No payment is due.");
    must_not_show("credit note", "Due date");
    must_not_show("credit note", "Invoice number");
    check_amounts("credit note", invoice);
}
END_TEST

/* Both rates of a publication, three digits, and the longest label on a page of its own language.
 */
START_TEST(prints_what_it_is_in_the_books)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    struct invoice_document *invoice = invoice_sample_make(SAMPLE_ONE_LINE, 0, arena);
    const uint8_t *bytes;
    size_t size;
    invoice->in_books = (struct document_in_books){
        .currency = "KWD",
        .currency_digits = 3,
        .net_minor = 1234567,
        .tax_minor = 45678,
        .total_minor = 1280245,
        .rates = {{"EUR", "USD", "1.1498"}, {"EUR", "KWD", "0.353456"}},
        .rate_count = 2,
        .source = "ecb",
        .published_on = { 2026,                       3,                         31},
    };
    render(renderer, invoice, arena, &bytes, &size);
    write_pdf(bytes, size);
    check_file("in the books");
    read_text();
    (void)remove(pdf_path);
    check_amounts("in the books", invoice);
    must_show("in the books", "Converted: net KWD 1,234.567, tax KWD 45.678, total KWD 1,280.245;");
    must_show("in the books", "1 EUR = 1.1498 USD,");
    must_show("in the books", "0.353456 KWD (ecb,");
    must_show("in the books", "March 31, 2026");
}
END_TEST

START_TEST(prints_samples)
{
    const char *name = invoice_sample_name((enum invoice_sample)_i);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    const struct invoice_document *invoice = invoice_sample_make((enum invoice_sample)_i, 0, arena);
    const uint8_t *bytes, *again;
    size_t size, size_again;
    render(renderer, invoice, arena, &bytes, &size);
    ck_assert_msg(size <= ONE_PAGE_BYTES_MAX, "%s: %zu bytes", name, size);
    write_pdf(bytes, size);
    check_file(name);
    read_text();
    (void)remove(pdf_path);
    must_show(name, invoice->number);
    must_show(name, "Müllerei Rechenwerk GmbH");
    for (size_t i = 0; i < invoice->line_count; i++)
        if (strlen(invoice->lines[i].description) < 40 &&
            strchr(invoice->lines[i].description, '\n') == NULL)
            must_show(name, invoice->lines[i].description);
    if (_i != SAMPLE_LONG_ADDRESS)
        must_show(name, invoice->buyer.name);
    check_amounts(name, invoice);

    render(renderer, invoice, arena, &again, &size_again);
    ck_assert_msg(size == size_again && memcmp(bytes, again, size) == 0, "%s: other bytes", name);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *other = new_renderer(LAYOUT);
    render(other, invoice, arena, &again, &size_again);
    ck_assert_msg(size == size_again && memcmp(bytes, again, size) == 0, "%s: other bytes", name);
}
END_TEST

/* --- pages --- */

static const struct length_case {
    size_t lines;
    int32_t pages;
} length_cases[] = {
    {1,   1 },
    {8,   1 },
    {40,  3 },
    {300, 16}
};

START_TEST(carries_sums_from_page_to_page)
{
    const struct length_case *c = &length_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    const struct invoice_document *invoice = invoice_sample_make(SAMPLE_CREDITS, c->lines, arena);
    const uint8_t *bytes;
    size_t size;
    render(renderer, invoice, arena, &bytes, &size);
    write_pdf(bytes, size);
    check_file("long");
    read_text();
    (void)remove(pdf_path);
    ck_assert_msg(count_of(output, "Carried forward") == c->pages - 1, "%zu lines: %d carried",
                  c->lines, count_of(output, "Carried forward"));
    ck_assert_int_eq(count_of(output, "Brought forward"), c->pages - 1);
    for (int32_t page = 1; page <= c->pages; page++)
        must_show("long", arena_printf(arena, "Page %d of %d", page, c->pages));
    check_amounts("long", invoice);

    /* Each carried sum is that of the lines above it, and the next page repeats it. */
    const struct locale *locale = locale_find("en-GB");
    const char *at = output;
    int64_t sum_minor = 0;
    for (size_t i = 0; i < c->lines; i++) {
        const char *carried = strstr(at, "Carried forward");
        const char *row = strstr(at, arena_printf(arena, "\n %zu ", i + 1));
        ck_assert_msg(row != NULL, "line %zu of %zu", i + 1, c->lines);
        if (carried != NULL && carried < row) {
            char storage[64];
            struct strbuf sum;
            strbuf_init(&sum, storage, sizeof storage);
            locale_add_amount(locale, sum_minor, 2, &sum);
            const char *first = strstr(carried, sum.text);
            const char *second = first == NULL ? NULL : strstr(first + 1, sum.text);
            ck_assert_msg(first != NULL && second != NULL && second < row,
                          "before line %zu: %s carried and brought", i + 1, sum.text);
            at = second;
        }
        sum_minor += invoice->lines[i].amount_minor;
    }
}
END_TEST

START_TEST(divides_a_line_longer_than_a_page)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    struct invoice_document *invoice = invoice_sample_make(SAMPLE_ONE_LINE, 2, arena);
    struct document_line lines[2] = {invoice->lines[0], invoice->lines[1]};
    struct strbuf text;
    strbuf_init(&text, arena_alloc(arena, 4000), 4000);
    for (int32_t i = 1; i <= 120; i++)
        strbuf_addf(&text, "(row-%d)\n", i);
    lines[0].description = text.text;
    invoice->lines = lines;
    const uint8_t *bytes;
    size_t size;
    render(renderer, invoice, arena, &bytes, &size);
    write_pdf(bytes, size);
    check_file("tall");
    read_text();
    (void)remove(pdf_path);
    for (int32_t i = 1; i <= 120; i++)
        must_show("tall", arena_printf(arena, "(row-%d)", i));
}
END_TEST

/* However many lines come before them, terms stand below the sum that they speak of, and a line
 * with both. */
START_TEST(keeps_terms_with_the_totals)
{
    size_t count = (size_t)_i;
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    struct invoice_document *invoice = invoice_sample_make(SAMPLE_ONE_LINE, count, arena);
    const uint8_t *bytes;
    size_t size;
    invoice->notes = (const char *const[]){"A note that says why."};
    invoice->note_count = 1;
    render(renderer, invoice, arena, &bytes, &size);
    write_pdf(bytes, size);
    read_text();
    (void)remove(pdf_path);
    const char *due = strstr(output, "Amount due");
    const char *note = strstr(output, "A note that says why.");
    ck_assert_msg(due != NULL && note != NULL && due < note, "%zu lines", count);
    ck_assert_msg(memchr(due, '\f', (size_t)(note - due)) == NULL, "%zu lines: on two pages",
                  count);
}
END_TEST

START_TEST(names_the_subscription_of_a_line)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    struct invoice_document *invoice = invoice_sample_make(SAMPLE_ONE_LINE, 2, arena);
    struct document_line lines[2] = {invoice->lines[0], invoice->lines[1]};
    const uint8_t *bytes;
    size_t size;
    lines[1].subscription = "sub-of-the-second";
    invoice->lines = lines;
    render(renderer, invoice, arena, &bytes, &size);
    write_pdf(bytes, size);
    check_file("subscription");
    read_text();
    (void)remove(pdf_path);
    ck_assert_int_eq(count_of(output, "Subscription "), 1);
    must_show("subscription", "Subscription sub-of-the-second");
}
END_TEST

START_TEST(names_what_a_line_gives_back_of)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    struct invoice_document *invoice = invoice_sample_make(SAMPLE_ONE_LINE, 2, arena);
    struct document_line lines[2] = {invoice->lines[0], invoice->lines[1]};
    const struct document_reference references[2] = {
        {"INV-2025-000001", {2025, 12, 31}},
        {"INV-2026-000002", {2026, 1, 31} }
    };
    const uint8_t *bytes;
    size_t size;
    lines[1].references = references;
    lines[1].reference_count = 2;
    invoice->lines = lines;
    render(renderer, invoice, arena, &bytes, &size);
    write_pdf(bytes, size);
    check_file("references");
    read_text();
    (void)remove(pdf_path);
    ck_assert_int_eq(count_of(output, "Refers to "), 1);
    must_show("references", "INV-2025-000001 (");
    must_show("references", "INV-2026-000002 (");
}
END_TEST

/* What is off, and why, where it raises the sum. */
static const struct discount_case {
    const char *name;
    int64_t discount_minor, already_credited_minor;
    const char *shown[2], *not_shown[2];
} discount_cases[] = {
    {"a discount",                  250,  0,    {"Discount", "-$2.50"},                      {"taken back", "Already credited"}},
    {"one of what is given back",
     -250,
     0,                                         {"Discount taken back", "$2.50"},
     {"-$2.50", "Already credited"}                                                                                            },
    {"what notes gave back before", 0,    -300, {"Already credited", "$3.00"},               {"-$3.00", "Discount"}            },
    {"what is charged less for it",
     0,                                   300,
     {"Already credited", "-$3.00"},
     {"Discount", "taken back"}                                                                                                },
    {"both",                        -250, -300, {"Discount taken back", "Already credited"}, {"-$2.50", "-$3.00"}              },
};

START_TEST(says_why_a_sum_is_raised)
{
    const struct discount_case *c = &discount_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    struct invoice_document *invoice = invoice_sample_make(SAMPLE_ONE_LINE, 1, arena);
    const uint8_t *bytes;
    size_t size;
    invoice->discount_minor = c->discount_minor;
    invoice->already_credited_minor = c->already_credited_minor;
    render(renderer, invoice, arena, &bytes, &size);
    write_pdf(bytes, size);
    read_text();
    (void)remove(pdf_path);
    for (size_t i = 0; i < ARRAY_LEN(c->shown); i++) {
        must_show(c->name, c->shown[i]);
        must_not_show(c->name, c->not_shown[i]);
    }
}
END_TEST

/* --- characters --- */

static const struct name_case {
    const char *script, *name;
    const char *shown; /* how it is read back; NULL: refused */
    const char *message;
} name_cases[] = {
    {"Latin",               "Ægir Þórðarson & Søn",                                   "Ægir Þórðarson & Søn",                                   NULL                                              },
    {"Greek",               "Δημήτριος Ψαρός, Ωμέγα µ",                "Δημήτριος Ψαρός, Ωμέγα µ",                NULL                                              },
    {"polytonic Greek",     "Ἀθηνᾶ",                                                "Ἀθηνᾶ",                                                NULL                                              },
    {"Cyrillic",            "Їжакевич Ґалаґан Ёлкин Ђорђевић", "Їжакевич Ґалаґан Ёлкин Ђорђевић", NULL                                              },
    {"Vietnamese",          "Nguyễn Thị Ấu Đặng",                                 "Nguyễn Thị Ấu Đặng",                                 NULL                                              },
    {"Vietnamese in parts", "Nguye\xCC\x82\xCC\x83n Thi\xCC\xA3",                          "Nguyễn Thị",                                              NULL                                              },
    {"Polish",              "Zażółć gęślą jaźń",                                  "Zażółć gęślą jaźń",                                  NULL                                              },
    {"Czech",               "Příliš žluťoučký kůň",                               "Příliš žluťoučký kůň",                               NULL                                              },
    {"Turkish",             "Şişli Güneş Işığı",                                   "Şişli Güneş Işığı",                                   NULL                                              },
    {"Romanian",            "Țară și Știință",                                       "Țară și Știință",                                       NULL                                              },
    {"French",              "Œuvre d’Île",                                             "Œuvre d’Île",                                             NULL                                              },
    {"all at once",         "ŁΩЖễğț",                                               "ŁΩЖễğț",                                               NULL                                              },
    {"signs",               "“A” — ½ № € £ ¥ §",                             "“A” — ½ № € £ ¥ §",                             NULL                                              },
    {"soft hyphen",
     "Donau\xC2\xAD"
     "dampfer",                                                                            "Donaudampfer",                                                NULL                                              },
    {"Hebrew",              "שלום",                                                    NULL,                                                          "buyer name: U+05E9 is written from right to left"},
    {"Arabic",              "شركة",                                                    NULL,                                                          "buyer name: U+0634 is written from right to left"},
    {"Thai",                "บริษัท",                                          NULL,                                                          "buyer name: U+0E1A belongs to a script"          },
    {"Devanagari",          "हिन्दी",                                          NULL,                                                          "buyer name: U+0939 belongs to a script"          },
    {"Han",                 "株式会社",                                                NULL,                                                          "buyer name: U+682A is in none of the fonts"      },
    {"emoji",               "Firma 😀",                                                  NULL,                                                          "buyer name: U+1F600 is in none of the fonts"     },
    {"bell",                "Firma\a",                                                     NULL,                                                          "buyer name: U+0007 is a control character"       },
    {"reversal",
     "Firma \xE2\x80\xAE"
     "amriF",                                                                              NULL,                                                          "buyer name: U+202E is a control character"       },
    {"private use",         "\xEE\x80\x80",                                                NULL,                                                          "buyer name: U+E000 is a control character"       },
    {"loose mark",          "x\xCC\x82\xCC\x87q",                                          NULL,                                                          "buyer name: U+0302 is a mark"                    },
    {"not UTF-8",           "Firma \xFF",                                                  NULL,                                                          "buyer name: not UTF-8 at byte 7"                 },
};

START_TEST(prints_names_or_refuses_them)
{
    const struct name_case *c = &name_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    struct invoice_document *invoice = invoice_sample_make(SAMPLE_ONE_LINE, 0, arena);
    const char *good_name = invoice->buyer.name;
    const uint8_t *bytes;
    size_t size;
    struct error err = {0};
    invoice->buyer.name = c->name;
    bool printed = pdf_invoice_render(renderer, invoice, arena, &bytes, &size, &err);
    if (c->shown != NULL) {
        ck_assert_msg(printed, "%s: %s", c->script, err.message);
        write_pdf(bytes, size);
        read_text();
        (void)remove(pdf_path);
        must_show(c->script, c->shown);
        return;
    }
    ck_assert_msg(!printed, "%s: printed", c->script);
    ck_assert_msg(err.kind == ERROR_ITEM, "%s: not the item's error", c->script);
    ck_assert_msg(strstr(err.message, c->message) != NULL, "%s: %s", c->script, err.message);
    ck_assert_msg(strstr(err.message, invoice->number) != NULL, "%s: %s", c->script, err.message);
    bool bytes_bad = strstr(c->message, "UTF-8") != NULL;
    ck_assert_str_eq(err.code, bytes_bad ? "invalid_text" : "unprintable_character");
    invoice->buyer.name = good_name; /* one bad name does not harm the next invoice */
    render(renderer, invoice, arena, &bytes, &size);
}
END_TEST

START_TEST(names_the_field)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(LAYOUT);
    struct invoice_document *invoice = invoice_sample_make(SAMPLE_ONE_LINE, 2, arena);
    struct document_line lines[2] = {invoice->lines[0], invoice->lines[1]};
    const uint8_t *bytes;
    size_t size;
    struct error err = {0};
    lines[1].description = "日";
    invoice->lines = lines;
    ck_assert(!pdf_invoice_render(renderer, invoice, arena, &bytes, &size, &err));
    ck_assert_msg(strstr(err.message, "line 2 description: U+65E5") != NULL, "%s", err.message);
    ck_assert_msg(strstr(err.hint, "fallback") != NULL, "%s", err.hint);
}
END_TEST

/* --- fonts and logos of one's own --- */

/* A copy of the shipped layout under build/, changed in one place, that still finds its files. */
static const char *layout_with(const char *find, const char *put, struct arena *arena)
{
    static char path[64];
    const char *const changes[][2] = {
        {find,                 put                                      },
        {"directory = labels", "directory = ../templates/invoice/labels"},
        {"file = logo.png",    "file = ../templates/invoice/logo.png"   },
    };
    const char *text;
    size_t size;
    struct error err = {0};
    ck_assert(file_read(LAYOUT, (size_t)1 << 20, arena, &text, &size, &err));
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        const char *at = strstr(text, changes[i][0]);
        ck_assert_msg(at != NULL || i > 0, "%s", find);
        if (at != NULL)
            text = arena_printf(arena, "%.*s%s%s", (int)(at - text), text, changes[i][1],
                                at + strlen(changes[i][0]));
    }
    (void)snprintf(path, sizeof path, "build/layout-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
    return path;
}

static const struct source_case {
    const char *name, *find, *put;
    const char *message; /* NULL: taken */
} source_cases[] = {
    {"no such font",    "/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf",
     "/nowhere/Bold.ttf",                                                                                                              ":30:8: font: cannot read /nowhere/Bold.ttf"},
    {"no font",         "/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf",
     "../" FIXTURES "logo.jpg",                                                                                                        "is no font with TrueType outlines"         },
    {"no such logo",    "file = logo.png",                                               "file = nowhere.png",                         ":36:8: logo: cannot read"                  },
    {"truncated",       "file = logo.png",                                               "file = ../" FIXTURES "logo-truncated.png",
     "logo-truncated.png is no usable PNG or JPEG image"                                                                                                                           },
    {"no picture",      "file = logo.png",                                               "file = ../Makefile",                         "Makefile is no usable PNG"                 },
    {"a directory",     "file = logo.png",                                               "file = ../build",                            "Is a directory"                            },
    {"JPEG",            "file = logo.png",                                               "file = ../" FIXTURES "logo.jpg",             NULL                                        },
    {"PNG in colours",  "file = logo.png",                                               "file = ../" FIXTURES "logo-rgb.png",         NULL                                        },
    {"PNG in grays",    "file = logo.png",                                               "file = ../" FIXTURES "logo-gray.png",        NULL                                        },
    {"transparent PNG", "file = logo.png",                                               "file = ../" FIXTURES "logo-transparent.png", NULL                                        },
    {"no logo",         "file = logo.png",                                               "file = none",                                NULL                                        },
};

START_TEST(takes_or_refuses_fonts_and_logos)
{
    const struct source_case *c = &source_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = NULL;
    struct error err = {0};
    const char *path = layout_with(c->find, c->put, arena);
    bool taken = pdf_renderer_create(path, &renderer, &err);
    (void)remove(path);
    if (c->message != NULL) {
        ck_assert_msg(!taken, "%s: taken", c->name);
        ck_assert_msg(err.exit_code == EXIT_CONFIG, "%s: exit %d", c->name, err.exit_code);
        ck_assert_msg(strstr(err.message, c->message) != NULL, "%s: %s", c->name, err.message);
        ck_assert_msg(err.hint[0] != '\0', "%s: no hint", c->name);
        return;
    }
    ck_assert_msg(taken, "%s: %s", c->name, err.message);
    const uint8_t *bytes;
    size_t size;
    render(renderer, invoice_sample_make(SAMPLE_ONE_LINE, 0, arena), arena, &bytes, &size);
    write_pdf(bytes, size);
    check_file(c->name);
    ck_assert_int_eq(run("pdfimages -list", pdf_path, ""), 0);
    (void)remove(pdf_path);
    bool has_image = strstr(output, "image") != NULL && count_of(output, "\n") > 2;
    ck_assert_msg(has_image == (strcmp(c->name, "no logo") != 0), "%s:\n%s", c->name, output);
}
END_TEST

/* DejaVu has Georgian, which Liberation lacks; and nested glyphs, which libharu would break. */
START_TEST(asks_the_fallback_font)
{
    const char *font = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    if (access(font, R_OK) != 0) {
        printf("pdf_invoice: fallback not tested, %s is not installed\n", font);
        return;
    }
    const char *path =
        layout_with("fallback = none", arena_printf(arena, "fallback = %s", font), arena);
    CLEANUP(pdf_renderer_destroy) struct pdf_renderer *renderer = new_renderer(path);
    (void)remove(path);
    struct invoice_document *invoice = invoice_sample_make(SAMPLE_ONE_LINE, 0, arena);
    const uint8_t *bytes;
    size_t size;
    invoice->buyer.name = "ქართული Ltd"; /* in two fonts */
    render(renderer, invoice, arena, &bytes, &size);
    write_pdf(bytes, size);
    ck_assert_int_eq(run("pdffonts", pdf_path, ""), 0);
    ck_assert_int_eq(count_of(output, "yes yes yes"), 3);
    read_text();
    (void)remove(pdf_path);
    must_show("fallback", "ქართული Ltd");
}
END_TEST

START_TEST(refuses_glyphs_that_libharu_breaks)
{
    const char *font = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct error err = {0};
    if (access(font, R_OK) != 0) {
        printf("pdf_invoice: nested glyphs not tested, %s is not installed\n", font);
        return;
    }
    const char *path =
        layout_with("/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf", font, arena);
    struct invoice_layout layout;
    CLEANUP(pdf_fonts_free) struct pdf_fonts *fonts = NULL;
    ck_assert_msg(invoice_layout_load(path, arena, &layout, &err), "%s", err.message);
    (void)remove(path);
    layout.font_regular = layout.font_bold;
    ck_assert_msg(pdf_fonts_load(&layout, &fonts, &err), "%s", err.message);
    ck_assert_int_eq(pdf_fonts_face(fonts, false, 'A'), 0);
    ck_assert_int_eq(pdf_fonts_face(fonts, false, 0x1EC5), PDF_NO_FACE); /* e, circumflex, tilde */
}
END_TEST

START_TEST(digest_tells_layouts_apart)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    uint8_t first[SHA256_SIZE], again[SHA256_SIZE], other[SHA256_SIZE];
    struct pdf_renderer *renderer = new_renderer(LAYOUT);
    pdf_renderer_digest(renderer, first);
    pdf_renderer_destroy(&renderer);
    ck_assert_ptr_null(renderer);
    renderer = new_renderer(LAYOUT);
    pdf_renderer_digest(renderer, again);
    pdf_renderer_destroy(&renderer);
    const char *path = layout_with("file = logo.png", "file = none", arena);
    renderer = new_renderer(path);
    (void)remove(path);
    pdf_renderer_digest(renderer, other);
    pdf_renderer_destroy(&renderer);
    ck_assert_mem_eq(first, again, SHA256_SIZE);
    ck_assert_mem_ne(first, other, SHA256_SIZE);
}
END_TEST

TEST_SUITE(pdf_invoice)
{
    tcase_add_loop_test(tcase, prints_samples, 0, SAMPLE_COUNT);
    tcase_add_test(tcase, prints_credit_notes);
    tcase_add_test(tcase, prints_what_it_is_in_the_books);
    TEST_TABLE(carries_sums_from_page_to_page, length_cases);
    TEST_ONE(divides_a_line_longer_than_a_page);
    tcase_add_loop_test(tcase, keeps_terms_with_the_totals, 8, 22);
    tcase_add_test(tcase, names_the_subscription_of_a_line);
    tcase_add_test(tcase, names_what_a_line_gives_back_of);
    tcase_add_loop_test(tcase, says_why_a_sum_is_raised, 0, ARRAY_LEN(discount_cases));
    TEST_TABLE(prints_names_or_refuses_them, name_cases);
    TEST_ONE(names_the_field);
    TEST_TABLE(takes_or_refuses_fonts_and_logos, source_cases);
    TEST_ONE(asks_the_fallback_font);
    TEST_ONE(refuses_glyphs_that_libharu_breaks);
    TEST_ONE(digest_tells_layouts_apart);
}
