/* explain: every figure of invoices, computed again and compared with what is stored. Of several
 * the catalogue is read once, and the statements are planned once: on a server that is most of it.
 */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/cli/explain_conversion.h"
#include "core/cli/explain_coupons.h"
#include "core/cli/explain_credit.h"
#include "core/cli/explain_output.h"
#include "core/cli/find_document.h"
#include "core/cli/launching.h"
#include "core/cli/output.h"
#include "core/cli/session.h"

#define DOCUMENT_ARENA_CAP                                                                         \
    ((size_t)256 << 20) /* of one document with all that it was billed after */

struct explain_options {
    struct cli_arguments arguments;
    size_t count; /* of documents */
    const char *tenant;
    int64_t line; /* of the only one; 0: all */
};

/* What one document after the other needs, in `session`'s arena until the next one. */
struct explain {
    struct session *session;
    struct arena *arena;                   /* of all documents */
    const struct billing_catalog *catalog; /* of catalog_tenant_id, or NULL */
    int64_t catalog_tenant_id;
    struct found_document document;
    struct conversion_explanation conversion; /* of it */
};

static bool check_line(const struct explain *explain, int64_t line, struct error *err)
{
    size_t count = explain->document.stored.line_count;
    for (size_t i = 0; i < count; i++)
        if (line == 0 || explain->document.stored.lines[i].line == line)
            return true;
    return count == 0 ||
           error_run(err, EXIT_USAGE, "it has no line %" PRId64 " but 1 to %zu", line, count);
}

static bool load_catalog(struct explain *explain, struct error *err)
{
    int64_t tenant_id = explain->document.tenant_id;
    if (explain->catalog != NULL && explain->catalog_tenant_id == tenant_id)
        return true;
    explain->catalog_tenant_id = tenant_id;
    return billing_catalog_load(explain->session->db, tenant_id, CATALOG_WHOLE, explain->arena,
                                &explain->catalog, err);
}

static bool refuse_line(const char *line, struct error *err)
{
    (void)error_run(err, EXIT_USAGE, "'%s' is not the number of a line", line);
    return error_hint(err, "without one every line is explained");
}

static bool read_options(struct cli *cli, int argc, char **argv, struct explain_options *options,
                         struct error *err)
{
    const struct cli_arguments *arguments = &options->arguments;
    const struct cli_option known[] = {
        {.name = "tenant", .text = &options->tenant},
    };
    if (!cli_parse(cli, &command_explain, argc, argv, known, ARRAY_LEN(known), &options->arguments,
                   err))
        return false;
    if (arguments->count < 1) {
        (void)error_run(err, EXIT_USAGE, "explain needs an invoice, and perhaps a line of it");
        return error_hint(err, "for example: billmill explain INV-2026-000001 2");
    }
    options->count = arguments->count;
    if (arguments->count != 2 || !text_parse_i64(arguments->items[1], &options->line))
        return true;
    options->count = 1;
    return options->line >= 1 || refuse_line(arguments->items[1], err);
}

static int say_differences(const char *name, size_t count)
{
    if (count == 0)
        return EXIT_DONE;
    (void)fflush(stdout);
    (void)fprintf(stderr, "billmill: %zu figures of %s are not what their inputs give\n", count,
                  name);
    (void)fprintf(stderr, "  stored rows were changed, or the rules (rounding, tax_rounding, "
                          "flat_fee_at_zero) are not those it was billed with\n");
    return EXIT_DATA;
}

/* A credit note over an invoice follows from a decision; what bills one again, and comes to less
 * than nothing, from what is known. */
static bool is_credit(const struct explain *explain)
{
    const struct stored_invoice *stored = &explain->document.stored;
    return stored->corrects != NULL && !invoice_key_rebills(stored->draft_key) &&
           document_kind_of(stored->kind) == DOCUMENT_CREDIT_NOTE;
}

/* Several documents are a line each. */
static void print_json(const struct explain_options *options, json_t *object)
{
    if (options->count == 1) {
        json_print(object);
        return;
    }
    (void)json_dumpf(object, stdout, JSON_SORT_KEYS | JSON_COMPACT);
    (void)fputc('\n', stdout);
    json_decref(object);
}

static bool explain_credit(const struct explain *explain, const struct explain_options *options,
                           size_t *ret_differences, struct error *err)
{
    struct session *session = explain->session;
    struct credit_explanation explanation;
    if (!credit_explanation_load(session->db, &explain->catalog->tenant, &explain->document.stored,
                                 session->arena, &explanation, err))
        return false;
    if (session->cli->json) {
        json_t *object = credit_explanation_json(&explanation, options->line, session->arena);
        (void)json_object_set_new(object, "in_books",
                                  conversion_explanation_json(&explain->conversion));
        print_json(options, object);
    } else {
        credit_explanation_print(&explanation, options->line, session->arena);
        conversion_explanation_print(&explain->conversion);
    }
    *ret_differences = explanation.problem_count;
    return true;
}

static void print_followers(const char *what, const struct correction_note *followers, size_t count,
                            struct currency currency)
{
    for (size_t i = 0; i < count; i++)
        (void)printf("%s %s (%s), %s %s\n", what,
                     followers[i].number == NULL ? followers[i].draft_key : followers[i].number,
                     followers[i].status,
                     money_text(money_of_minor(followers[i].total_minor, currency)).text,
                     currency.code);
}

/* What became of the invoice, for people. */
static bool print_corrections(const struct explain *explain, struct error *err)
{
    struct correction_note *notes = NULL;
    struct correction_note *again = NULL;
    size_t note_count = 0;
    size_t again_count = 0;
    const char *number = explain->document.stored.number;
    if (number == NULL)
        return true;
    if (!correction_store_load_notes(explain->session->db, explain->document.tenant_id, number,
                                     explain->session->arena, &notes, &note_count, err) ||
        !correction_store_load_rebilled(explain->session->db, explain->document.tenant_id, number,
                                        explain->session->arena, &again, &again_count, err))
        return false;
    if (explain->document.stored.corrects != NULL)
        (void)printf("it bills again what %s billed\n", explain->document.stored.corrects);
    print_followers("credited by", notes, note_count, explain->document.stored.currency);
    print_followers("billed again by", again, again_count, explain->document.stored.currency);
    return true;
}

static bool show(const struct explain *explain, const struct explain_options *options,
                 const struct invoice_explanation *explanation, struct error *err)
{
    struct coupon_reasons reasons = {0};
    bool is_whole = options->line == 0;
    if (is_whole && !coupon_reasons_load(explain->session, explanation, &reasons, err))
        return false;
    if (!explain->session->cli->json) {
        explain_print(explanation, options->line, explain->session->arena);
        coupon_reasons_print(&reasons);
        conversion_explanation_print(&explain->conversion);
        return print_corrections(explain, err);
    }
    json_t *object = explain_json(explanation, options->line);
    if (is_whole)
        (void)json_object_set_new(object, "coupons_not_applied", coupon_reasons_json(&reasons));
    (void)json_object_set_new(object, "in_books",
                              conversion_explanation_json(&explain->conversion));
    print_json(options, object);
    return true;
}

static bool explain_invoice(const struct explain *explain, const struct explain_options *options,
                            size_t *ret_differences, struct error *err)
{
    struct session *session = explain->session;
    struct invoice_explanation explanation;
    if (!explanation_load(session->db, explain->catalog, &explain->document.stored,
                          session->setup.settings.rules.flat_fee_at_zero, session->arena,
                          &explanation, err) ||
        !show(explain, options, &explanation, err))
        return false;
    *ret_differences = explanation.differences.count;
    return true;
}

static bool explain_one(struct explain *explain, const struct explain_options *options,
                        const char *name, size_t *ret_differences, struct error *err)
{
    if (!find_document(explain->session, name, options->tenant, &explain->document, err) ||
        !check_line(explain, options->line, err) || !load_catalog(explain, err) ||
        !conversion_explanation_load(explain->session->db, &explain->catalog->tenant,
                                     &explain->document.stored, explain->session->arena,
                                     &explain->conversion, err) ||
        !(is_credit(explain) ? explain_credit(explain, options, ret_differences, err)
                             : explain_invoice(explain, options, ret_differences, err)))
        return false;
    *ret_differences += explain->conversion.problem_count;
    return true;
}

static int run_explain(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct explain_options options = {0};
    int code = EXIT_DONE;
    CLEANUP(session_close) struct session session = {0};
    CLEANUP(arena_destroy)
    struct arena *arena = arena_create("a document's explanation", DOCUMENT_ARENA_CAP);
    if (!read_options(cli, argc, argv, &options, &err) ||
        !session_open(cli, SESSION_READ, "explain", &session, &err))
        return cli_fail(cli, &err);
    struct session one = session;
    struct explain explain = {.session = &one, .arena = session.arena};
    one.arena = arena;
    for (size_t i = 0; i < options.count; i++) {
        size_t differences = 0;
        arena_reset(arena);
        if (i > 0 && !cli->json)
            (void)fputc('\n', stdout);
        if (!explain_one(&explain, &options, options.arguments.items[i], &differences, &err))
            return cli_fail(cli, &err);
        code = launching_worse(code, say_differences(options.arguments.items[i], differences));
    }
    return code;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "INVOICE [LINE] | INVOICE…",
    .summary = "explain an invoice to the cent, and check it",
    .help =
        "INVOICE is a number, or the key of a draft (in quotes); several are explained one after "
        "the\n"
        "other, up to the first that is not there. Every figure is computed again\n"
        "from its stored inputs by the rules that billed it; one that differs from what is\n"
        "stored is shown and makes the exit code 65. Of a credit note over an invoice: the "
        "decision\n"
        "that it follows from, and what all credit notes leave of each line and tax.\n\n"
        "Options:\n"
        "  --tenant TENANT     where several tenants have that number\n\n"
        "JSON, of several invoices a line each: tenant, number, kind, corrects, opposite_signs (a "
        "credit note whose draft had a\n"
        "negative total: it says all figures with the other sign), draft_key, status, customer, "
        "currency, cutoff, tax_point,\n"
        "issued_on, due_on, hash, seller, buyer, rounding, tax_rounding; lines (line, kind,\n"
        "description, subscription, customer, price, price_valid_from, model, billing, period,\n"
        "proration, quantity, events, usage, billed_before, steps {tiers,\n"
        "charge, minimum_amount, maximum_amount, billed_quantity, billed_amount, gross, true_up,\n"
        "discount, unrounded, rounding, amount}, unit_amount, amount, discount, coupons (where\n"
        "any took a part of it: coupon, customer or subscription, discount), shares (of usage "
        "that\n"
        "names projects or members: project, member, quantity, amount), tax, tax_category,\n"
        "tax_number, tax_rate_today, taxed_as (document, line: those of what it gives back of, "
        "came\n"
        "late of or is charged in place of)); taxes (tax, name, category, rate_percent, "
        "inclusive,\n"
        "base, amount, unrounded, note where there is one, lines; null before they are computed);\n"
        "credits (draws and overdrafts: kind, source, on, amount, and what they count against:\n"
        "project, member, month); units (line, source, meter, units, on, amount) and limits\n"
        "(project, member, month, amount, paid_by_credits, project_limit, member_limit) where\n"
        "there are any; totals;\n"
        "coupons_not_applied (of the whole document: coupon, customer or subscription,\n"
        "redeemed_on, reason, because: the reason in words);\n"
        "in_books (of a document in another currency than the books, once invoice-convert has\n"
        "converted it: currency, net, tax, total, date, publication_date, source, base, rule,\n"
        "from_rate, from_version, to_rate, to_version, differences; payments (those that\n"
        "payment-convert has converted: entry, kind, reference, settled, worth, relieved,\n"
        "difference, and by which rates), exchange_difference (their sum: above zero a gain);\n"
        "else null);\n"
        "differences (line, what, stored, computed).\n\n"
        "Examples:\n  billmill explain INV-2026-000042 --tenant acme\n"
        "  billmill explain INV-2026-000042 2 --json\n"
        "  billmill explain INV-2026-000042 INV-2026-000043 CN-2026-000007\n",
    .run = run_explain,
};
