/* A table of sellers, buyers and descriptions, and arithmetic just good enough for samples. */
#include "tests/support/invoice_samples.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS_MAX 7
#define DESCRIPTIONS 4
#define NOTES_MAX 2

struct sample_row {
    const char *name, *locale, *currency;
    int32_t digits;
    size_t lines;
    const char *buyer, *address[ADDRESS_MAX], *buyer_tax_id;
    const char *descriptions[DESCRIPTIONS];
    const char *tax_name, *rate, *category;
    int32_t rate_tenths;
    const char *notes[NOTES_MAX];
};

static const char *const seller_address[] = {"Am Mühlgraben 12", "10115 Berlin", "Deutschland"};

/* clang-format off */
static const struct sample_row rows[SAMPLE_COUNT] = {
    [SAMPLE_GERMAN] = {"german", "de-DE", "EUR", 2, 9,
        "Straßenbau Größmann & Söhne GmbH", {"Frau Übelacker", "Schloßallee 7", "80331 München", "Deutschland"},
        "DE811569869",
        {"Tarif „Business“, 25 Arbeitsplätze", "API-Aufrufe, gestaffelt",
         "Speicherplatz in Gigabyte-Stunden, Volumenpreis nach der ganzen Menge des Monats, Rechenzentrum Frankfurt am Main",
         "Support rund um die Uhr"},
        "USt.", "19", "S", 190, {"Vielen Dank für Ihren Auftrag.", NULL}},
    [SAMPLE_ONE_LINE] = {"one-line", "en-US", "USD", 2, 1,
        "Acme Widgets, Inc.", {"500 Fifth Avenue, Floor 23", "New York, NY 10110", "United States"}, NULL,
        {"Team plan, monthly", "Team plan", "Team plan", "Team plan"},
        "Sales tax", "8.875", "S", 89, {NULL}},
    [SAMPLE_JAPANESE_YEN] = {"yen", "en-GB", "JPY", 0, 4,
        "Kawasaki Shipping K.K.", {"2-4-1 Marunouchi", "Chiyoda-ku, Tokyo 100-0005", "Japan"}, NULL,
        {"Platform subscription", "Data transfer (GB)", "Support hours", "Additional seats"},
        "Consumption tax", "10", "S", 100, {NULL}},
    [SAMPLE_CREDITS] = {"credits", "en-GB", "GBP", 2, 6,
        "Brontë & Sons Ltd", {"1 Moor Lane", "Haworth BD22 8DR", "United Kingdom"}, "GB123456789",
        {"Unused time on Pro plan, 12 of 31 days", "Pro plan, changed on 12 October", "Usage credit", "Adjustment"},
        "VAT", "20", "S", 200, {NULL}},
    [SAMPLE_INCLUSIVE] = {"inclusive", "fr-CA", "CAD", 2, 3,
        "Boulangerie du Vieux-Port", {"210, rue Saint-Paul Ouest", "Montréal (Québec) H2Y 1Z8", "Canada"}, NULL,
        {"Abonnement mensuel", "Messages texte", "Stockage", "Assistance"},
        "TPS", "5", "S", 50, {NULL}},
    [SAMPLE_LONG_ADDRESS] = {"long-address", "en-GB", "EUR", 2, 5,
        "The Worshipful Company of Very Long Names and Even Longer Subsidiaries (International Holdings) Limited",
        {"c/o Accounts Payable, Shared Service Centre for Europe, the Middle East and Africa",
         "Department 47-B, Third Floor, East Wing", "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch House",
         "99 Long Road", "Anglesey LL61 5UJ", "United Kingdom"}, "GB987654321000",
        {"Enterprise subscription", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsmitgliedschaft",
         "Line one\nline two after a line break", "API calls"},
        "VAT", "0", "AE", 0,
        {"Reverse charge: VAT is to be accounted for by the recipient, Article 196 of Council Directive 2006/112/EC.",
         NULL}},
    [SAMPLE_GREEK] = {"greek", "el-GR", "EUR", 2, 4,
        "Παπαδόπουλος & Υιοί Α.Ε.", {"Λεωφόρος Βασιλίσσης Σοφίας 12", "106 74 Αθήνα", "Ελλάδα"}, "EL094014201",
        {"Συνδρομή «Επιχείρηση»", "Κλήσεις API", "Αποθηκευτικός χώρος Δ΄ τριμήνου", "Ώρες υποστήριξης"},
        "ΦΠΑ", "24", "S", 240, {NULL}},
    [SAMPLE_BULGARIAN] = {"bulgarian", "bg-BG", "EUR", 2, 4,
        "Щастливец и Жюри ООД", {"бул. „Цар Освободител“ 15", "1000 София", "България"}, "BG175074752",
        {"Абонамент „Бизнес“", "Заявки към API", "Съхранение на данни", "Часове поддръжка"},
        "ДДС", "20", "S", 200, {NULL}},
    [SAMPLE_VIETNAMESE] = {"vietnamese", "vi-VN", "VND", 0, 4,
        "Công ty TNHH Nguyễn Thị Ấu", {"Số 5 Đường Lý Thường Kiệt, Quận Hoàn Kiếm", "Hà Nội", "Việt Nam"}, "0100109106",
        {"Gói Doanh nghiệp", "Lượt gọi API", "Dung lượng lưu trữ", "Giờ hỗ trợ kỹ thuật"},
        "GTGT", "10", "S", 100, {NULL}},
    [SAMPLE_POLISH] = {"polish", "pl-PL", "PLN", 2, 4,
        "Zażółć Gęślą Jaźń Sp. z o.o.", {"ul. Świętokrzyska 14", "00-050 Łódź", "Polska"}, "PL5260250274",
        {"Abonament biznesowy", "Wywołania API", "Przestrzeń dyskowa", "Godziny wsparcia"},
        "VAT", "23", "S", 230, {NULL}},
    [SAMPLE_CZECH] = {"czech", "cs-CZ", "CZK", 2, 4,
        "Příliš žluťoučký kůň s.r.o.", {"Václavské náměstí 1", "110 00 Praha 1", "Česko"}, "CZ25596641",
        {"Předplatné Firma", "Volání API", "Úložiště", "Hodiny podpory"},
        "DPH", "21", "S", 210, {NULL}},
    [SAMPLE_FRENCH] = {"french", "fr-FR", "EUR", 2, 4,
        "Œuvre & Cœur SARL", {"12, rue de l’Église", "75004 Paris", "France"}, "FR40303265045",
        {"Abonnement « Entreprise »", "Appels d’API", "Stockage", "Heures d’assistance"},
        "TVA", "20", "S", 200, {NULL}},
    [SAMPLE_SWEDISH] = {"swedish", "sv-SE", "SEK", 2, 4,
        "Åkesson & Öhman AB", {"Drottninggatan 3", "111 51 Stockholm", "Sverige"}, "SE556012579001",
        {"Abonnemang Företag", "API-anrop", "Lagring", "Supporttimmar"},
        "Moms", "25", "S", 250, {NULL}},
    [SAMPLE_TURKISH] = {"turkish", "tr-TR", "TRY", 2, 4,
        "Şişli Güneş Işığı A.Ş.", {"İstiklal Caddesi 100", "34430 Beyoğlu, İstanbul", "Türkiye"}, "TR1234567890",
        {"Kurumsal abonelik", "API çağrıları", "Depolama", "Destek saatleri"},
        "KDV", "20", "S", 200, {NULL}},
};

/* clang-format on */

const char *invoice_sample_name(enum invoice_sample sample)
{
    return rows[sample].name;
}

static int64_t amount_of_line(enum invoice_sample sample, size_t i, int32_t digits)
{
    int64_t amount = (int64_t)(((i * 7919 + 1013) % 90000) + 150) * (digits == 0 ? 100 : 10);
    if (sample == SAMPLE_CREDITS && i % 2 == 0)
        return -amount * 3 / 2;
    return amount;
}

static void add_lines(enum invoice_sample sample, size_t count, struct arena *arena,
                      struct invoice_document *invoice)
{
    const struct sample_row *row = &rows[sample];
    struct document_line *lines = ARENA_NEW_ARRAY(arena, struct document_line, count);
    for (size_t i = 0; i < count; i++) {
        int64_t amount = amount_of_line(sample, i, row->digits);
        int64_t quantity = (int64_t)(i % 5) * 250 + 1;
        lines[i] = (struct document_line){
            .description = row->descriptions[i % DESCRIPTIONS],
            .period_start = {2026, 10, 1},
            .period_end = {2026, 11, 1},
            .quantity =
                arena_printf(arena, "%lld%s", (long long)quantity, i % 3 == 2 ? ".125" : ""),
            .unit_amount = i % 2 == 0 ? "0.0125" : "",
            .amount_minor = amount,
            .tax_rate_percent = sample == SAMPLE_INCLUSIVE ? "5+9.975" : row->rate,
        };
        invoice->subtotal_minor += amount;
    }
    invoice->lines = lines;
    invoice->line_count = count;
}

static void add_taxes(enum invoice_sample sample, struct arena *arena,
                      struct invoice_document *invoice)
{
    const struct sample_row *row = &rows[sample];
    struct document_tax *taxes = ARENA_NEW_ARRAY(arena, struct document_tax, 2);
    int64_t base = invoice->subtotal_minor - invoice->discount_minor;
    taxes[0] = (struct document_tax){.name = row->tax_name,
                                     .category = row->category,
                                     .rate_percent = row->rate,
                                     .base_minor = base,
                                     .tax_minor = base * row->rate_tenths / 1000};
    invoice->tax_count = 1;
    if (sample == SAMPLE_GERMAN) {
        taxes[0].base_minor = base - base / 4;
        taxes[0].tax_minor = taxes[0].base_minor * row->rate_tenths / 1000;
        taxes[1] = taxes[0];
        taxes[1].rate_percent = "7";
        taxes[1].base_minor = base / 4;
        taxes[1].tax_minor = taxes[1].base_minor * 7 / 100;
        invoice->tax_count = 2;
    }
    if (sample == SAMPLE_INCLUSIVE) {
        taxes[1] = taxes[0];
        taxes[1].name = "TVQ";
        taxes[1].rate_percent = "9.975";
        taxes[1].tax_minor = base * 9975 / 100000;
        invoice->tax_count = 2;
        invoice->prices_include_tax = true;
    }
    invoice->taxes = taxes;
    invoice->total_minor = base;
    for (size_t i = 0; i < invoice->tax_count && !invoice->prices_include_tax; i++)
        invoice->total_minor += taxes[i].tax_minor;
}

struct invoice_document *invoice_sample_make(enum invoice_sample sample, size_t line_count,
                                             struct arena *arena)
{
    const struct sample_row *row = &rows[sample];
    struct invoice_document *invoice = ARENA_NEW(arena, struct invoice_document);
    *invoice = (struct invoice_document){
        .locale = row->locale,
        .seller = {.name = "Müllerei Rechenwerk GmbH",
                   .address_lines = seller_address,
                   .address_line_count = ARRAY_LEN(seller_address),
                   .tax_id = "DE136695976",
                   .email = "rechnungen@rechenwerk.example"},
        .buyer = {.name = row->buyer, .address_lines = row->address, .tax_id = row->buyer_tax_id},
        .buyer_reference = "C-10042",
        .number = "R-2026-000317",
        .issued_on = {2026,             11,             2                          },
        .due_on = {2026,                                       12,                           2              },
        .tax_point = {2026,                                       10,             31            },
        .period_start = {2026,                                      10,                          1                           },
        .period_end = {2026,                                       11,              1},
        .payment_terms_days = 30,
        .currency = row->currency,
        .currency_digits = row->digits,
        .notes = row->notes,
    };
    while (invoice->buyer.address_line_count < ADDRESS_MAX &&
           row->address[invoice->buyer.address_line_count] != NULL)
        invoice->buyer.address_line_count++;
    while (invoice->note_count < NOTES_MAX && row->notes[invoice->note_count] != NULL)
        invoice->note_count++;
    add_lines(sample, line_count == 0 ? row->lines : line_count, arena, invoice);
    if (sample == SAMPLE_GERMAN)
        invoice->discount_minor = invoice->subtotal_minor / 10;
    add_taxes(sample, arena, invoice);
    if (sample == SAMPLE_GERMAN)
        invoice->credit_applied_minor = 5000;
    invoice->amount_due_minor = invoice->total_minor - invoice->credit_applied_minor;
    return invoice;
}
