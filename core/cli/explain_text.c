/* An explanation for people: see explain_output.h. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/credit_units.h"
#include "core/cli/explain_output.h"
#include "core/cli/explain_printer.h"
#include "core/cli/output.h"
#include "core/cli/table.h"
#include "core/stores/line_text.h"

bool explain_exact_tax(const struct tax_group *group, struct ratio *ret_exact)
{
    struct error ignored = {0};
    struct money amount = group->base;
    return (!group->tax.inclusive ||
            money_add(group->base, group->tax_amount, &amount, &ignored)) &&
           tax_exact(&group->tax, amount, ret_exact, &ignored);
}

const char *explain_tax_lines(const struct invoice_explanation *explanation, size_t group,
                              struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < explanation->line_count; i++)
        if (explanation->taxes.group_first[group] == explanation->taxes.line_first_group[i])
            text = arena_printf(arena, "%s%s%" PRId64, text, *text == '\0' ? "" : ", ",
                                explanation->lines[i].stored->line);
    return text;
}

const char *explain_amount(const struct explain_printer *printer, int64_t minor)
{
    return arena_copy(printer->arena,
                      money_text(money_of_minor(minor, printer->explanation->currency)).text);
}

const char *explain_holders(const char *project, const char *member, struct arena *arena)
{
    bool has_project = !text_is_empty(project), has_member = !text_is_empty(member);
    return arena_printf(arena, "%s%s%s%s%s%s", has_project ? "project " : "",
                        text_or_empty(project), has_project && has_member ? ", " : "",
                        has_member ? "member " : "", text_or_empty(member),
                        has_project || has_member ? "" : "nobody");
}

/* ---------------------------------------------------------------- the head */

static void print_party(const char *role, const char *key, const struct invoice_party *party)
{
    (void)printf("  %s %s%s%s, %s%s%s%s%s\n", role, key, *key == '\0' ? "" : " ", party->name,
                 text_is_empty(party->country) ? "no country" : party->country,
                 text_is_empty(party->region) ? "" : "-",
                 text_is_empty(party->region) ? "" : party->region,
                 text_is_empty(party->tax_id) ? "" : ", tax id ",
                 text_is_empty(party->tax_id) ? "" : party->tax_id);
}

static void print_head(const struct explain_printer *printer)
{
    const struct invoice_explanation *explanation = printer->explanation;
    const struct stored_invoice *invoice = &explanation->invoice;
    char hash[SHA256_HEX_SIZE];
    bool final = invoice->number != NULL;
    (void)printf("%s %s, %s, tenant %s\n",
                 final ? document_kind_label(document_kind_of(invoice->kind)) : "draft",
                 final ? invoice->number : invoice->draft_key, invoice->status,
                 explanation->catalog->tenant.tenant);
    print_party("from", "", &explanation->seller);
    print_party("to  ", invoice->customer, &explanation->buyer);
    if (final)
        (void)printf("  issued %s, due %s (%" PRId64 " days), ", date_text(invoice->issued_on).text,
                     date_text(invoice->due_on).text, invoice->payment_terms_days);
    else
        (void)printf("  ");
    (void)printf(
        "cutoff %s, %s\n", date_text(invoice->cutoff_on).text,
        tax_point_text(invoice->lines, invoice->line_count, invoice->tax_point_on, printer->arena));
    sha256_hex(invoice->hash, hash);
    if (final)
        (void)printf("  key \"%s\", hash %.16s…\n", invoice->draft_key, hash);
    if (explanation->is_turned)
        (void)printf(
            "  its draft had a negative total: the credit note says every figure below with "
            "the opposite sign\n");
}

/* ---------------------------------------------------------------- taxes and totals */

static bool covers(const struct invoice_explanation *explanation, size_t group, int64_t only_line)
{
    for (size_t i = 0; i < explanation->line_count; i++)
        if (explanation->taxes.group_first[group] == explanation->taxes.line_first_group[i] &&
            (only_line == 0 || explanation->lines[i].stored->line == only_line))
            return true;
    return false;
}

static void print_taxes(const struct explain_printer *printer, int64_t only_line)
{
    const struct invoice_explanation *explanation = printer->explanation;
    const struct tenant_facts *tenant = &explanation->catalog->tenant;
    if (!explanation->invoice.taxed) {
        (void)printf("\ntaxes: not computed yet\n");
        return;
    }
    (void)printf("\ntaxes, rounded %s per %s\n", tenant->rounding_name, tenant->tax_rounding_name);
    for (size_t i = 0; i < explanation->taxes.group_count; i++) {
        const struct tax_group *group = &explanation->taxes.groups[i];
        struct ratio exact;
        bool known = explain_exact_tax(group, &exact);
        if (!covers(explanation, i, only_line))
            continue;
        (void)printf("  tax %zu: %s%s%s %%%s on %s (lines %s): exactly %s, %s\n", i + 1,
                     group->tax.name, *group->tax.name == '\0' ? "" : " ",
                     decimal_text(group->tax.rate_percent).text,
                     group->tax.inclusive ? " included," : "", money_text(group->base).text,
                     explain_tax_lines(explanation, i, printer->arena),
                     known ? ratio_text(exact).text : "?", money_text(group->tax_amount).text);
    }
}

/* Line by line, then what it comes to. */
static void print_off(const struct explain_printer *printer)
{
    const struct invoice_explanation *explanation = printer->explanation;
    int64_t off_minor = written_off_sum_minor(explanation->off, explanation->off_count);
    for (size_t i = 0; i < explanation->off_count; i++) {
        const struct written_off_row *row = &explanation->off[i];
        if (row->off_minor > 0)
            (void)printf("  line %" PRId64 " gives back %s of %s, which was written off\n",
                         row->line, explain_amount(printer, row->off_minor), row->of_invoice);
        else
            (void)printf("  line %" PRId64 " charges %s in place of what was given back of %s\n",
                         row->line, explain_amount(printer, -row->off_minor), row->of_invoice);
    }
    if (off_minor > 0)
        (void)printf("  %s of it go against what was written off and never paid: owed to nobody\n",
                     explain_amount(printer, off_minor));
    if (off_minor < 0)
        (void)printf("  %s of it stay written off, as what they replace was\n",
                     explain_amount(printer, -off_minor));
}

static void print_totals(const struct explain_printer *printer)
{
    static const struct table_column columns[] = {
        {"", TABLE_LEFT },
        {"", TABLE_RIGHT},
    };
    const struct stored_invoice *invoice = &printer->explanation->invoice;
    const struct {
        const char *name;
        int64_t amount_minor;
    } totals[] = {
        {"subtotal",       invoice->subtotal_minor      },
        {"discount",       invoice->discount_minor      },
        {"tax",            invoice->tax_minor           },
        {"total",          invoice->total_minor         },
        {"credit applied", invoice->credit_applied_minor},
        {"amount due",     invoice->amount_due_minor    },
    };
    struct table table;
    table_start(&table, printer->arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < ARRAY_LEN(totals); i++) {
        const char **cells = table_add_row(&table);
        cells[0] = totals[i].name;
        cells[1] = explain_amount(printer, totals[i].amount_minor);
    }
    (void)printf("\ntotals, %s\n", printer->explanation->currency.code);
    table_print(&table, stdout);
    print_off(printer);
}

/* Which grants gave the credit that is applied, and what was overdrawn for it or paid back since.
 */
static void print_credits(const struct explain_printer *printer)
{
    const struct invoice_explanation *explanation = printer->explanation;
    if (explanation->credit_count > 0)
        (void)printf("\ncredits\n");
    for (size_t i = 0; i < explanation->credit_count; i++) {
        const struct account_movement *movement = &explanation->credits[i];
        const char *on = arena_copy(printer->arena, date_text(movement->made_on).text);
        const char *amount = explain_amount(printer, movement->amount_minor);
        if (text_is_empty(movement->source))
            (void)printf("  %s overdrawn on %s: more than the grants of that day had\n", amount,
                         on);
        else if (text_equal(movement->kind, "overdraft"))
            (void)printf("  %s overdrawn no more from %s on: grant %s pays it\n", amount, on,
                         movement->source);
        else
            (void)printf("  %s drawn on %s of grant %s (%s, priority %" PRId64 ")\n", amount, on,
                         movement->source, cell_of_text(movement->grant_kind), movement->priority);
        if (!text_is_empty(movement->month))
            (void)printf("    for usage of %s of %s\n",
                         explain_holders(movement->project, movement->member, printer->arena),
                         movement->month);
    }
}

/* Which units paid what of which line. */
static void print_units(const struct explain_printer *printer)
{
    const struct explained_credit_parts *parts = &printer->explanation->parts;
    if (parts->unit_count > 0)
        (void)printf("\nunits\n");
    for (size_t i = 0; i < parts->unit_count; i++) {
        const struct account_unit_movement *unit = &parts->units[i];
        (void)printf("  line %" PRId64 ": %s of %s pay %s, drawn on %s of grant %s (%s, priority "
                     "%" PRId64 ")\n",
                     unit->line, credit_units_text(unit->unit_millionths, printer->arena),
                     cell_of_text(unit->meter), explain_amount(printer, unit->amount_minor),
                     date_text(unit->made_on).text, unit->source, cell_of_text(unit->grant_kind),
                     unit->priority);
    }
}

static void print_limit(const struct explain_printer *printer, const struct month_limit *limit)
{
    if (limit != NULL)
        (void)printf("    the limit of %s %s is %s %s a month; of %s are used %s\n",
                     limit->holder->kind, limit->holder->holder,
                     cell_of_text(limit->holder->credit_limit), limit->holder->currency.code,
                     limit->month, arena_copy(printer->arena, money_text(limit->limit.used).text));
}

/* What of the invoice is whose, where he has a limit, and what of that credits paid. */
static void print_limits(const struct explain_printer *printer)
{
    const struct explained_credit_parts *parts = &printer->explanation->parts;
    if (parts->limit_count > 0)
        (void)printf("\nlimits of credits\n");
    for (size_t i = 0; i < parts->limit_count; i++) {
        const struct explained_limit *limit = &parts->limits[i];
        (void)printf("  %s of %s: %s of this document, of which credits paid %s\n",
                     explain_holders(limit->project, limit->member, printer->arena), limit->month,
                     arena_copy(printer->arena, money_text(limit->value).text),
                     money_text(limit->paid).text);
        print_limit(printer, limit->project_limit);
        print_limit(printer, limit->member_limit);
    }
}

static void print_differences(const struct explain_printer *printer)
{
    const struct explained_differences *differences = &printer->explanation->differences;
    if (differences->count == 0) {
        (void)printf("\nchecked: every figure, computed again, is what is stored\n");
        return;
    }
    (void)printf("\nWRONG: %zu figures, computed again, are not what is stored\n",
                 differences->count);
    for (size_t i = 0; i < differences->count; i++) {
        const struct explained_difference *difference = &differences->items[i];
        if (difference->line == 0)
            (void)printf("  %s: stored %s, computed %s\n", difference->what, difference->stored,
                         difference->computed);
        else
            (void)printf("  line %" PRId64 ", %s: stored %s, computed %s\n", difference->line,
                         difference->what, difference->stored, difference->computed);
    }
}

void explain_print(const struct invoice_explanation *explanation, int64_t only_line,
                   struct arena *arena)
{
    struct explain_printer printer = {.explanation = explanation, .arena = arena};
    print_head(&printer);
    for (size_t i = 0; i < explanation->line_count; i++)
        if (only_line == 0 || explanation->lines[i].stored->line == only_line)
            explain_line(&printer, &explanation->lines[i]);
    print_taxes(&printer, only_line);
    if (only_line == 0) {
        print_totals(&printer);
        print_units(&printer);
        print_credits(&printer);
        print_limits(&printer);
    }
    print_differences(&printer);
}
