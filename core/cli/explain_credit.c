/* explain, of a credit note over an invoice: who decided it, what it takes of each line and tax,
 * and what all credit notes together leave of the invoice. */
#include "core/cli/explain_credit.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/cli/output.h"
#include "core/stores/line_text.h"

static void differ(struct credit_explanation *explanation, const char *problem)
{
    explanation->problems[explanation->problem_count++] = problem;
}

static void compare_again(struct credit_explanation *explanation,
                          const struct invoice_content *content, struct arena *arena)
{
    int64_t line = 0;
    if (explanation->again.unknown != NULL ||
        correction_again_matches(&explanation->again.content, content, &line))
        return;
    if (line == 0)
        differ(explanation, "its lines or taxes are not what its request splits into");
    else
        differ(explanation,
               arena_printf(arena, "line %" PRId64 " is not what its request splits into", line));
}

/* Of the lines of a tax what is left in sum: below zero where what they charged was given back, and
 * what others of them gave was not. Then their tax is below zero too. */
static bool is_owed(const struct correction_subject *subject, const struct invoice_tax_content *tax,
                    bool *ret_owed, struct error *err)
{
    struct money left = money_zero(subject->currency);
    for (size_t i = 0; i < subject->line_count; i++) {
        const struct invoice_line_content *line = &subject->lines[i];
        if (invoice_tax_covers(tax, line) &&
            (!money_add(left, line->amount, &left, err) ||
             !money_subtract(left, line->discount, &left, err) ||
             !money_subtract(left, subject->credited_nets[i], &left, err) ||
             !money_subtract(left, subject->given_nets[i], &left, err)))
            return false;
    }
    *ret_owed = money_sign(left) < 0;
    return true;
}

/* Lines, taxes, sums and hash of the note by themselves; together with the others it stays within
 * what the invoice says. What documents gave back of that besides is a matter of the billing period
 * (core/billing/forgiven.h), which is looked at where the note is computed again. */
static bool check(struct credit_explanation *explanation, struct arena *arena, struct error *err)
{
    const struct stored_invoice *note = explanation->note;
    /* What was given back of an invoice that is billed again since is of what replaces it. */
    const struct corrected_invoice *of = explanation->origin.of;
    const struct correction_subject *subject = of->rebilled_by == NULL ? &of->subject : &of->valid;
    struct error sums = {0};
    struct invoice_content content = draft_content_of(note, explanation->tenant, arena);
    explanation->problems = ARENA_NEW_ARRAY(
        arena, const char *, subject->line_count + subject->tax_count + note->line_count + 5);
    if (!invoice_check(&content, &sums))
        differ(explanation, arena_copy(arena, sums.message));
    compare_again(explanation, &content, arena);
    if (note->number != NULL) {
        uint8_t hash[SHA256_SIZE];
        invoice_hash(&content, note->previous_hash, hash);
        if (memcmp(hash, note->hash, SHA256_SIZE) != 0)
            differ(explanation, "its stored content does not give its hash");
    }
    for (size_t i = 0; i < subject->line_count; i++) {
        struct money left;
        if (!money_subtract(subject->lines[i].amount, subject->lines[i].discount, &left, err) ||
            !money_subtract(left, subject->credited_nets[i], &left, err))
            return false;
        if (money_sign(subject->credited_nets[i]) > 0 && money_sign(left) < 0)
            differ(explanation, arena_printf(arena, "more than line %" PRId64 " of %s is credited",
                                             subject->lines[i].line, subject->number));
    }
    for (size_t i = 0; i < subject->tax_count; i++) {
        struct money left;
        bool owed = false;
        if (!money_subtract(subject->taxes[i].tax_amount, subject->credited_taxes[i], &left, err) ||
            !money_subtract(left, subject->given_taxes[i], &left, err) ||
            !is_owed(subject, &subject->taxes[i], &owed, err))
            return false;
        if (money_sign(subject->taxes[i].tax_amount) >= 0 && money_sign(left) < 0 && !owed)
            differ(explanation, arena_printf(arena, "more than tax %" PRId64 " of %s is credited",
                                             subject->taxes[i].tax, subject->number));
    }
    return true;
}

/* A request that is refused now is a problem like any other, which `check` says. */
static bool load_again(struct db *db, const struct tenant_facts *tenant,
                       const struct stored_invoice *note, struct arena *arena,
                       struct credit_explanation *explanation, struct error *err)
{
    if (correction_again_load(db, tenant->tenant_id, note, &explanation->origin, arena,
                              &explanation->again, err))
        return true;
    if (err->kind != ERROR_ITEM)
        return false;
    error_clear(err);
    return true;
}

bool credit_explanation_load(struct db *db, const struct tenant_facts *tenant,
                             const struct stored_invoice *note, struct arena *arena,
                             struct credit_explanation *ret_explanation, struct error *err)
{
    struct credit_explanation explanation = {.tenant = tenant->tenant, .note = note};
    if (!correction_store_load_origin(db, tenant->tenant_id, note, tenant->rounding, arena,
                                      &explanation.origin, err) ||
        !load_again(db, tenant, note, arena, &explanation, err) || !check(&explanation, arena, err))
        return false;
    *ret_explanation = explanation;
    return true;
}

/* ---------------------------------------------------------------- for people */

static struct money net_of(const struct invoice_line_content *line)
{
    struct money net = line->amount;
    struct error ignored = {0};
    if (!money_subtract(line->amount, line->discount, &net, &ignored))
        return line->amount;
    return net;
}

/* How what was asked for falls on a line. */
static const char *part_text(enum credit_part part)
{
    switch (part) {
    case CREDIT_ALL:
        return "all that was left";
    case CREDIT_NET:
        return "its part of the net, by largest remainder";
    case CREDIT_LINES:
        return "the net that was asked for";
    case CREDIT_UNUSED:
        return "its part of the unused fraction, by largest remainder";
    }
    return "";
}

/* What a net is of prices that include the tax (DOMAIN 5). */
static const char *net_name(const struct correction_subject *subject)
{
    bool is_inclusive = subject->tax_count > 0;
    for (size_t i = 0; i < subject->tax_count; i++)
        is_inclusive = is_inclusive && subject->taxes[i].inclusive;
    return is_inclusive ? ", the tax included" : "";
}

static void print_asked(const struct credit_explanation *explanation)
{
    const struct credit_again *again = &explanation->again;
    const char *with_tax = net_name(&explanation->origin.of->subject);
    if (again->unknown != NULL) {
        (void)printf("  not computed again: %s\n", again->unknown);
        return;
    }
    switch (again->asked.part) {
    case CREDIT_ALL:
        (void)printf("  asked for: all that is left\n");
        break;
    case CREDIT_NET:
        (void)printf("  asked for: %s%s%s\n", *with_tax == '\0' ? "a net of " : "",
                     money_text(again->asked.net).text, with_tax);
        break;
    case CREDIT_LINES:
        (void)printf("  asked for: %s of %zu lines%s\n", *with_tax == '\0' ? "nets" : "amounts",
                     again->asked.line_count, with_tax);
        break;
    case CREDIT_UNUSED:
        (void)printf("  asked for: %" PRId64 "/%" PRId64 ", unused\n", again->asked.numerator,
                     again->asked.denominator);
        break;
    }
}

static void print_line(const struct credit_explanation *explanation,
                       const struct invoice_line_content *line, const char *text)
{
    const struct correction_subject *subject = &explanation->origin.of->subject;
    (void)printf("\nline %" PRId64 ": %s [%s]\n  credited %s", line->line, text, line->kind,
                 money_text(net_of(line)).text);
    for (size_t i = 0; i < subject->line_count; i++)
        if (subject->lines[i].line == line->line)
            (void)printf(" of %s that were billed; by all credit notes %s",
                         money_text(net_of(&subject->lines[i])).text,
                         money_text(subject->credited_nets[i]).text);
    if (explanation->again.left != NULL && explanation->again.unknown == NULL)
        for (size_t i = 0; i < subject->line_count; i++)
            if (subject->lines[i].line == line->line)
                (void)printf("\n  %s were left of it before; %s",
                             money_text(explanation->again.left[i]).text,
                             part_text(explanation->again.asked.part));
    for (size_t i = 0; i < subject->line_count; i++)
        if (subject->lines[i].line == line->line && money_sign(subject->given_nets[i]) != 0)
            (void)printf("\n  lines of other documents give back %s of it",
                         money_text(subject->given_nets[i]).text);
    (void)printf("\n  tax on it %s\n", money_text(line->tax).text);
}

static void print_tax(const struct credit_explanation *explanation,
                      const struct invoice_tax_content *tax)
{
    const struct correction_subject *subject = &explanation->origin.of->subject;
    (void)printf("  tax %" PRId64 ": %s %s %% on %s: %s", tax->tax, tax->name,
                 decimal_text(tax->rate_percent).text, money_text(tax->base).text,
                 money_text(tax->tax_amount).text);
    for (size_t i = 0; i < subject->tax_count; i++)
        if (subject->taxes[i].tax == tax->tax)
            (void)printf(" of %s that were billed; by all credit notes %s",
                         money_text(subject->taxes[i].tax_amount).text,
                         money_text(subject->credited_taxes[i]).text);
    (void)printf("\n");
}

void credit_explanation_print(const struct credit_explanation *explanation, int64_t only_line,
                              struct arena *arena)
{
    const struct stored_invoice *note = explanation->note;
    const struct note_origin *origin = &explanation->origin;
    struct invoice_content content = draft_content_of(note, explanation->tenant, arena);
    char hash[SHA256_HEX_SIZE];
    sha256_hex(note->hash, hash);
    (void)printf("%s %s, %s, tenant %s\n", note->number == NULL ? "draft" : "credit note",
                 note->number == NULL ? note->draft_key : note->number, note->status,
                 explanation->tenant);
    (void)printf("  credits %s of customer %s (%s)\n", note->corrects, note->customer,
                 origin->of->stored.status);
    if (origin->has_request)
        (void)printf("  correction %s, %s, of %s%s%s: %s\n", origin->correction, origin->action,
                     date_text(origin->requested_on).text,
                     origin->requested_by == NULL ? "" : ", by ",
                     origin->requested_by == NULL ? "" : origin->requested_by, origin->reason);
    print_asked(explanation);
    if (note->number != NULL)
        (void)printf("  issued %s, key \"%s\", hash %.16s…\n", date_text(note->issued_on).text,
                     note->draft_key, hash);
    for (size_t i = 0; i < content.line_count; i++)
        if (only_line == 0 || content.lines[i].line == only_line)
            print_line(explanation, &content.lines[i],
                       line_text(note->lines, note->line_count, i, arena));
    (void)printf("\ntaxes\n");
    for (size_t i = 0; i < content.tax_count; i++)
        print_tax(explanation, &content.taxes[i]);
    (void)printf("\ntotal %s %s\n\n", money_text(content.totals.total).text, content.currency.code);
    for (size_t i = 0; i < explanation->problem_count; i++)
        (void)printf("differs: %s\n", explanation->problems[i]);
    if (explanation->problem_count == 0)
        (void)printf("checked: %ssums, taxes, what is left of the invoice, and the hash\n",
                     explanation->again.unknown == NULL ? "the split, computed again, " : "");
}

/* ---------------------------------------------------------------- for programs */

static json_t *json_of_lines(const struct credit_explanation *explanation,
                             const struct invoice_content *content, int64_t only_line)
{
    const struct correction_subject *subject = &explanation->origin.of->subject;
    json_t *array = json_array();
    for (size_t i = 0; i < content->line_count; i++) {
        const struct invoice_line_content *line = &content->lines[i];
        if (only_line != 0 && line->line != only_line)
            continue;
        json_t *object =
            json_pack("{s:I, s:s, s:o, s:s, s:s}", "line", (json_int_t)line->line, "kind",
                      line->kind, "description", json_of_text(line->description), "net",
                      money_text(net_of(line)).text, "tax", money_text(line->tax).text);
        for (size_t k = 0; k < subject->line_count; k++)
            if (subject->lines[k].line == line->line) {
                (void)json_object_set_new(object, "billed",
                                          json_string(money_text(net_of(&subject->lines[k])).text));
                (void)json_object_set_new(object, "given_back",
                                          json_string(money_text(subject->given_nets[k]).text));
                (void)json_object_set_new(object, "credited",
                                          json_string(money_text(subject->credited_nets[k]).text));
            }
        (void)json_array_append_new(array, object);
    }
    return array;
}

json_t *credit_explanation_json(const struct credit_explanation *explanation, int64_t only_line,
                                struct arena *arena)
{
    const struct stored_invoice *note = explanation->note;
    const struct note_origin *origin = &explanation->origin;
    struct invoice_content content = draft_content_of(note, explanation->tenant, arena);
    json_t *differences = json_array();
    for (size_t i = 0; i < explanation->problem_count; i++)
        (void)json_array_append_new(differences, json_of_text(explanation->problems[i]));
    return json_pack(
        "{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:b}", "kind",
        note->kind, "number", json_of_text(note->number), "status", note->status, "tenant",
        json_of_text(explanation->tenant), "draft_key", json_of_text(note->draft_key), "corrects",
        json_of_text(note->corrects), "correction", json_of_text(origin->correction), "action",
        json_of_text(origin->action), "reason", json_of_text(origin->reason), "by",
        json_of_text(origin->requested_by), "total", money_text(content.totals.total).text, "tax",
        money_text(content.totals.tax).text, "lines",
        json_of_lines(explanation, &content, only_line), "differences", differences,
        "computed_again", explanation->again.unknown == NULL);
}
