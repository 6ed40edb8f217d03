/* Credit notes over parts of an invoice: see correction.h. */
#include "core/billing/correction.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/credit_note.h"
#include "core/billing/tax.h"
#include "core/money/allocation.h"

#define REBILL_OF "rebill:"

struct crediting {
    const struct correction_subject *subject;
    struct arena *arena;
    struct money *of_line; /* of each line what is left of itself, … */
    struct money *left;    /* … and of its period, where all of the invoice is credited … */
    struct money *most;    /* … or only lines above zero */
    struct money *nets;    /* that are credited of it now */
    struct money sum_left;
};

static bool is_zero(struct money money)
{
    return money_sign(money) == 0;
}

/* ---------------------------------------------------------------- what is left */

static bool note_line(const struct correction_subject *subject, size_t line, struct money net,
                      struct error *err)
{
    const struct credited_account *at = subject->accounts == NULL ? NULL : &subject->accounts[line];
    return at == NULL || at->period == NULL ||
           forgiven_add_note(&at->period->accounts.items[at->account], net, err);
}

/* Of the asked, at most what is left of its period. */
static bool most_of_line(const struct correction_subject *subject, size_t line, struct money asked,
                         struct money *ret_most, struct error *err)
{
    const struct credited_account *at = subject->accounts == NULL ? NULL : &subject->accounts[line];
    *ret_most = asked;
    return at == NULL || at->period == NULL || money_sign(asked) <= 0 ||
           forgiven_most_noted(&at->period->accounts, at->account, asked, ret_most, err);
}

/* Takes back what was counted for a trial. */
static bool take_back(const struct correction_subject *subject, const struct money *nets,
                      struct error *err)
{
    bool done = true;
    for (size_t i = 0; i < subject->line_count; i++) {
        struct money back;
        done = money_negate(nets[i], &back, err) && note_line(subject, i, back, err) && done;
    }
    return done;
}

/* Of lines of which that much is left what can be credited together: below zero first, where these
 * are credited as well, for their periods have more left then. */
static bool try_lines(const struct correction_subject *subject, const struct money *lefts,
                      bool with_negative, struct money *tried, struct error *err)
{
    for (size_t i = 0; i < subject->line_count; i++)
        if (with_negative && money_sign(lefts[i]) < 0) {
            if (!note_line(subject, i, lefts[i], err))
                return false;
            tried[i] = lefts[i];
        }
    for (size_t i = 0; i < subject->line_count; i++)
        if (money_sign(lefts[i]) > 0) {
            struct money most;
            if (!most_of_line(subject, i, lefts[i], &most, err) ||
                !note_line(subject, i, most, err))
                return false;
            tried[i] = most;
        }
    return true;
}

static bool find_most(const struct correction_subject *subject, const struct money *lefts,
                      bool with_negative, struct arena *arena, struct money **ret_most,
                      struct error *err)
{
    struct money *tried = ARENA_NEW_ARRAY(arena, struct money, subject->line_count + 1);
    struct error ignored = {0};
    for (size_t i = 0; i < subject->line_count; i++)
        tried[i] = money_zero(subject->currency);
    *ret_most = tried;
    if (try_lines(subject, lefts, with_negative, tried, err))
        return take_back(subject, tried, err);
    (void)take_back(subject, tried, &ignored);
    return false;
}

static bool left_of_line(const struct correction_subject *subject, size_t line,
                         struct money *ret_left, struct error *err)
{
    return money_subtract(subject->lines[line].amount, subject->lines[line].discount, ret_left,
                          err) &&
           money_subtract(*ret_left, subject->credited_nets[line], ret_left, err) &&
           money_subtract(*ret_left, subject->given_nets[line], ret_left, err);
}

static bool load_left(struct crediting *crediting, struct error *err)
{
    const struct correction_subject *subject = crediting->subject;
    struct arena *arena = crediting->arena;
    crediting->of_line = ARENA_NEW_ARRAY(arena, struct money, subject->line_count + 1);
    crediting->nets = ARENA_NEW_ARRAY(arena, struct money, subject->line_count + 1);
    crediting->sum_left = money_zero(subject->currency);
    for (size_t i = 0; i < subject->line_count; i++) {
        crediting->nets[i] = money_zero(subject->currency);
        if (!left_of_line(subject, i, &crediting->of_line[i], err))
            return false;
    }
    if (!find_most(subject, crediting->of_line, true, arena, &crediting->left, err) ||
        !find_most(subject, crediting->of_line, false, arena, &crediting->most, err))
        return false;
    for (size_t i = 0; i < subject->line_count; i++)
        if (!money_add(crediting->sum_left, crediting->left[i], &crediting->sum_left, err))
            return false;
    return true;
}

bool correction_can_void(const struct correction_subject *subject, struct arena *arena,
                         bool *ret_can, struct error *err)
{
    struct crediting crediting = {.subject = subject, .arena = arena};
    if (!load_left(&crediting, err))
        return false;
    *ret_can = true;
    for (size_t i = 0; i < subject->line_count; i++)
        *ret_can = *ret_can && money_equal(crediting.left[i], crediting.of_line[i]);
    return true;
}

bool correction_take_void(struct correction_subject *subject, struct error *err)
{
    for (size_t i = 0; i < subject->line_count; i++) {
        struct money left;
        if (!left_of_line(subject, i, &left, err) || !note_line(subject, i, left, err))
            return false;
    }
    return true;
}

static bool refuse_more(const struct correction_subject *subject, const char *of,
                        struct money asked, struct money left, struct error *err)
{
    (void)error_item(err, "more_than_left", "%s %s of %s%s are to be credited, but %s are left",
                     money_text(asked).text, subject->currency.code, subject->number, of,
                     money_text(left).text);
    return error_hint(err, "ask for what is left at most, or for the whole rest without an amount; "
                           "withdraw this request by importing it with \"withdrawn\": true");
}

/* Of a line of which more was billed than its period comes to. */
static bool refuse_of_period(const struct correction_subject *subject, const char *of,
                             struct money asked, struct money left, struct error *err)
{
    (void)error_item(err, "more_than_left",
                     "%s %s of %s%s are to be credited, but of its billing period %s are left",
                     money_text(asked).text, subject->currency.code, subject->number, of,
                     money_text(left).text);
    return error_hint(err, "lines of the same subscription and period, on this invoice too, gave "
                           "back the rest: ask for what is left at most; withdraw this request by "
                           "importing it with \"withdrawn\": true");
}

const char *correction_rebill_kind(const char *kind, struct arena *arena)
{
    return arena_printf(arena, REBILL_OF "%s", kind);
}

const char *correction_base_kind(const char *kind)
{
    while (text_starts_with(kind, REBILL_OF))
        kind += strlen(REBILL_OF);
    return kind;
}

bool correction_is_rebill_of(const char *kind, const char *replaced)
{
    return text_starts_with(kind, REBILL_OF) && text_equal(kind + strlen(REBILL_OF), replaced);
}

bool correction_has_rest(const struct correction_subject *subject)
{
    for (size_t i = 0; i < subject->line_count; i++) {
        const struct invoice_line_content *line = &subject->lines[i];
        struct money net;
        struct error ignored = {0};
        if (!money_subtract(line->amount, line->discount, &net, &ignored) ||
            !money_subtract(net, subject->given_nets[i], &net, &ignored) ||
            !money_equal(net, subject->credited_nets[i]))
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- which nets */

/* The amount over those of the lines that are of the tax (a number; 0: without one), or over all,
 * and that have something left. */
static bool spread(struct crediting *crediting, struct money amount, int64_t tax_number, bool all,
                   struct error *err)
{
    const struct correction_subject *subject = crediting->subject;
    size_t count = subject->line_count;
    struct money zero = money_zero(subject->currency);
    struct money *weights = ARENA_NEW_ARRAY(crediting->arena, struct money, count + 1);
    struct money *parts = ARENA_NEW_ARRAY(crediting->arena, struct money, count + 1);
    struct money weight_sum = zero;
    int32_t order = 0;
    for (size_t i = 0; i < count; i++) {
        bool takes = all || subject->lines[i].tax_number == tax_number;
        weights[i] = takes ? crediting->most[i] : zero;
        if (!money_add(weight_sum, weights[i], &weight_sum, err))
            return false;
    }
    if (!money_compare(amount, weight_sum, &order, err))
        return false;
    if (order > 0)
        return refuse_more(subject, "", amount, weight_sum, err);
    if (!money_allocate_by_amounts(amount, weights, count, crediting->arena, parts, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!money_add(crediting->nets[i], parts[i], &crediting->nets[i], err))
            return false;
    return true;
}

static bool take_net(struct crediting *crediting, struct money net, struct error *err)
{
    int32_t order = 0;
    if (money_sign(net) <= 0)
        return error_item(err, "bad_correction", "a net of %s is to be credited",
                          money_text(net).text);
    if (!money_compare(net, crediting->sum_left, &order, err))
        return false;
    if (order > 0)
        return refuse_more(crediting->subject, "", net, crediting->sum_left, err);
    if (order < 0)
        return spread(crediting, net, 0, true, err);
    for (size_t i = 0; i < crediting->subject->line_count; i++)
        crediting->nets[i] = crediting->left[i];
    return true;
}

static bool take_line(struct crediting *crediting, const struct credit_line_request *request,
                      struct error *err)
{
    const struct correction_subject *subject = crediting->subject;
    for (size_t i = 0; i < subject->line_count; i++) {
        int32_t order = 0;
        if (subject->lines[i].line != request->line)
            continue;
        if (money_sign(request->net) <= 0)
            return error_item(err, "bad_correction",
                              "a net of %s is to be credited of line %" PRId64,
                              money_text(request->net).text, request->line);
        struct money most = crediting->of_line[i];
        const char *of = arena_printf(crediting->arena, " line %" PRId64, request->line);
        if (!money_compare(request->net, most, &order, err) ||
            (order <= 0 && !most_of_line(subject, i, request->net, &most, err)))
            return false;
        if (order > 0)
            return refuse_more(subject, of, request->net, most, err);
        if (!money_equal(request->net, most))
            return refuse_of_period(subject, of, request->net, most, err);
        crediting->nets[i] = request->net;
        return note_line(subject, i, request->net, err);
    }
    return error_item(err, "bad_correction", "%s has no line %" PRId64, subject->number,
                      request->line);
}

/* What the invoice took off by a line of its own was never paid. */
static bool check_sum(const struct crediting *crediting, struct error *err)
{
    struct money sum = money_zero(crediting->subject->currency);
    int32_t order = 0;
    for (size_t i = 0; i < crediting->subject->line_count; i++)
        if (!money_add(sum, crediting->nets[i], &sum, err))
            return false;
    if (!money_compare(sum, crediting->sum_left, &order, err))
        return false;
    return order <= 0 || refuse_more(crediting->subject, "", sum, crediting->sum_left, err);
}

/* The tax that the lines of a tax name: itself, or the one that it is beside. */
static int64_t named_tax(const struct invoice_tax_content *tax)
{
    return tax->beside == 0 ? tax->tax : tax->beside;
}

/* What a fraction is of: all lines that name one tax (0: none), as they were invoiced; with what
 * was given back of them so far. */
static bool net_of_tax(const struct correction_subject *subject, int64_t tax_number,
                       struct money *ret_net, struct money *ret_credited, struct error *err)
{
    *ret_net = money_zero(subject->currency);
    *ret_credited = *ret_net;
    for (size_t i = 0; i < subject->line_count; i++) {
        const struct invoice_line_content *line = &subject->lines[i];
        if (line->tax_number == tax_number &&
            (!money_add(*ret_net, line->amount, ret_net, err) ||
             !money_subtract(*ret_net, line->discount, ret_net, err) ||
             !money_add(*ret_credited, subject->credited_nets[i], ret_credited, err) ||
             !money_add(*ret_credited, subject->given_nets[i], ret_credited, err)))
            return false;
    }
    return true;
}

/* Rounded once; by the rounding alone it may be a minor unit more than is left. */
static bool take_unused_of_tax(struct crediting *crediting, const struct credit_request *request,
                               int64_t tax_number, struct error *err)
{
    const struct correction_subject *subject = crediting->subject;
    struct money net, credited, left, part, excess;
    if (!net_of_tax(subject, tax_number, &net, &credited, err) ||
        !money_subtract(net, credited, &left, err))
        return false;
    if (money_sign(net) <= 0)
        return true;
    if (!money_prorate(net, request->numerator, request->denominator, subject->rounding, &part,
                       err) ||
        !money_subtract(part, left, &excess, err))
        return false;
    if (money_minor(excess) > 1)
        return refuse_more(subject, "", part, left, err);
    if (money_sign(excess) > 0)
        part = left;
    return is_zero(part) || spread(crediting, part, tax_number, false, err);
}

static bool take_unused(struct crediting *crediting, const struct credit_request *request,
                        struct error *err)
{
    const struct correction_subject *subject = crediting->subject;
    if (request->numerator <= 0 || request->numerator > request->denominator)
        return error_item(err, "bad_correction",
                          "the unused part %" PRId64 "/%" PRId64 " is not within 0 and 1",
                          request->numerator, request->denominator);
    if (!take_unused_of_tax(crediting, request, 0, err))
        return false;
    for (size_t i = 0; i < subject->tax_count; i++)
        if (subject->taxes[i].beside == 0 &&
            !take_unused_of_tax(crediting, request, subject->taxes[i].tax, err))
            return false;
    return true;
}

static bool is_given_back(const struct correction_subject *subject)
{
    for (size_t i = 0; i < subject->line_count; i++)
        if (money_sign(subject->given_nets[i]) != 0)
            return true;
    return false;
}

/* Where its periods have less left than its lines, these may make up for each other. */
static bool has_left(const struct crediting *crediting)
{
    bool is_capped = false;
    bool found = false;
    for (size_t i = 0; i < crediting->subject->line_count; i++) {
        found = found || !is_zero(crediting->left[i]);
        is_capped = is_capped || !money_equal(crediting->left[i], crediting->of_line[i]);
    }
    return found && (!is_capped || !is_zero(crediting->sum_left));
}

/* The accounts have what was taken so far, until all is. */
static bool take_lines(struct crediting *crediting, const struct credit_request *request,
                       struct error *err)
{
    struct error ignored = {0};
    for (size_t i = 0; i < request->line_count; i++)
        if (!take_line(crediting, &request->lines[i], err)) {
            (void)take_back(crediting->subject, crediting->nets, &ignored);
            return false;
        }
    return take_back(crediting->subject, crediting->nets, err) && check_sum(crediting, err);
}

static bool choose_nets(struct crediting *crediting, const struct credit_request *request,
                        struct error *err)
{
    if (!correction_has_rest(crediting->subject) || !has_left(crediting)) {
        (void)error_item(err, "nothing_left", "nothing is left of %s to be credited",
                         crediting->subject->number);
        return error_hint(err,
                          "`billmill explain %s` lists its credit notes%s; withdraw this request "
                          "by importing it with \"withdrawn\": true",
                          crediting->subject->number,
                          is_given_back(crediting->subject)
                              ? "; another document gave it back: what that one charges instead "
                                "is lowered by a credit_grant, which the next invoice draws"
                              : "");
    }
    switch (request->part) {
    case CREDIT_ALL:
        for (size_t i = 0; i < crediting->subject->line_count; i++)
            crediting->nets[i] = crediting->left[i];
        return true;
    case CREDIT_NET:
        return take_net(crediting, request->net, err);
    case CREDIT_LINES:
        return take_lines(crediting, request, err);
    case CREDIT_UNUSED:
        return take_unused(crediting, request, err);
    }
    return false;
}

/* ---------------------------------------------------------------- their taxes */

/* Inside the gross: gross − round(gross / (1 + r)); of several beside each other, its share. */
static bool inclusive_tax(const struct correction_subject *subject,
                          const struct invoice_tax_content *tax, struct money gross,
                          struct arena *arena, struct money *ret_tax, struct error *err)
{
    struct tax_choice *choices = ARENA_NEW_ARRAY(arena, struct tax_choice, subject->tax_count + 1);
    struct tax_line line = {.amount = gross, .taxes = choices};
    struct tax_result result;
    size_t place = 0;
    for (size_t i = 0; i < subject->tax_count; i++) {
        const struct invoice_tax_content *other = &subject->taxes[i];
        if (named_tax(other) != named_tax(tax))
            continue;
        if (other == tax)
            place = line.tax_count;
        choices[line.tax_count++] = (struct tax_choice){.name = other->name,
                                                        .category = other->category,
                                                        .rate_percent = other->rate_percent,
                                                        .inclusive = true};
    }
    if (!tax_compute(&line, 1, subject->currency, TAX_ROUNDING_GROUP, subject->rounding, arena,
                     &result, err))
        return false;
    *ret_tax = result.line_parts[0][place];
    return true;
}

static bool exclusive_tax(const struct correction_subject *subject, size_t index, struct money net,
                          struct money credited_net, struct money part, struct arena *arena,
                          struct money *ret_tax, struct error *err)
{
    const struct invoice_tax_content *tax = &subject->taxes[index];
    struct money credited_tax;
    if (!money_add(subject->credited_taxes[index], subject->given_taxes[index], &credited_tax, err))
        return false;
    const struct credit_note_request request = {
        .net = net,
        .tax = tax->tax_amount,
        .rates = &tax->rate_percent,
        .rate_count = 1,
        .credited_net = credited_net,
        .credited_tax = credited_tax,
        .has_part = true,
        .numerator = money_minor(part),
        .denominator = money_minor(net),
        .rounding = subject->rounding,
    };
    struct credit_note note;
    if (!credit_note_compute(&request, arena, &note, err))
        return false;
    *ret_tax = note.tax;
    return true;
}

/* Of one tax: what it is of the nets that are credited, and which these are in sum. */
static bool credit_tax(const struct crediting *crediting, size_t index, struct money *ret_part,
                       struct money *ret_tax, struct error *err)
{
    const struct correction_subject *subject = crediting->subject;
    const struct invoice_tax_content *tax = &subject->taxes[index];
    struct money net, credited, left, left_tax;
    int32_t order = 0;
    *ret_part = money_zero(subject->currency);
    *ret_tax = *ret_part;
    for (size_t i = 0; i < subject->line_count; i++)
        if (invoice_tax_covers(tax, &subject->lines[i]) &&
            !money_add(*ret_part, crediting->nets[i], ret_part, err))
            return false;
    if (!net_of_tax(subject, named_tax(tax), &net, &credited, err) ||
        !money_subtract(net, credited, &left, err) ||
        !money_subtract(tax->tax_amount, subject->credited_taxes[index], &left_tax, err) ||
        !money_subtract(left_tax, subject->given_taxes[index], &left_tax, err) ||
        !money_compare(*ret_part, left, &order, err))
        return false;
    if (order == 0) {
        *ret_tax = left_tax;
        return true;
    }
    if (is_zero(*ret_part))
        return true;
    if (order > 0)
        return refuse_more(subject, "", *ret_part, left, err);
    if (!tax->inclusive)
        return exclusive_tax(subject, index, net, credited, *ret_part, crediting->arena, ret_tax,
                             err);
    if (!inclusive_tax(subject, tax, *ret_part, crediting->arena, ret_tax, err) ||
        !money_compare(*ret_tax, left_tax, &order, err))
        return false;
    if (order > 0)
        *ret_tax = left_tax;
    return true;
}

/* ---------------------------------------------------------------- the note */

/* All of it, and nothing was credited: the note says what the invoice says. */
static bool is_mirror(const struct crediting *crediting)
{
    const struct correction_subject *subject = crediting->subject;
    for (size_t i = 0; i < subject->line_count; i++)
        if (!is_zero(subject->credited_nets[i]) || !is_zero(subject->given_nets[i]) ||
            !money_equal(crediting->nets[i], crediting->of_line[i]))
            return false;
    return true;
}

static void add_mirror(const struct crediting *crediting, struct credit_content *content)
{
    const struct correction_subject *subject = crediting->subject;
    for (size_t i = 0; i < subject->line_count; i++)
        content->lines[content->line_count++] = subject->lines[i];
    for (size_t i = 0; i < subject->tax_count; i++)
        content->taxes[content->tax_count++] = subject->taxes[i];
}

/* A part of a line is one of itself: no quantity says it. */
static void add_lines(const struct crediting *crediting, const struct money *line_taxes,
                      struct credit_content *content)
{
    const struct correction_subject *subject = crediting->subject;
    for (size_t i = 0; i < subject->line_count; i++) {
        if (is_zero(crediting->nets[i]) && is_zero(line_taxes[i]))
            continue;
        struct invoice_line_content *line = &content->lines[content->line_count++];
        *line = subject->lines[i];
        line->quantity = decimal_from_i64(1);
        line->unit_amount.given = true;
        line->unit_amount.value = money_to_decimal(crediting->nets[i]);
        line->amount = crediting->nets[i];
        line->discount = money_zero(subject->currency);
        line->tax = line_taxes[i];
        line->event_count = 0;
    }
}

/* The tax over the lines that it is of: by their nets, and where these sum to nothing, to the
 * first. */
static bool spread_tax(const struct crediting *crediting, const struct invoice_tax_content *of,
                       struct money part, struct money tax, struct money *line_taxes,
                       struct error *err)
{
    const struct correction_subject *subject = crediting->subject;
    size_t count = subject->line_count;
    struct money zero = money_zero(subject->currency);
    struct money *weights = ARENA_NEW_ARRAY(crediting->arena, struct money, count + 1);
    struct money *parts = ARENA_NEW_ARRAY(crediting->arena, struct money, count + 1);
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        bool is_of = invoice_tax_covers(of, &subject->lines[i]);
        weights[i] = is_of ? crediting->nets[i] : zero;
        parts[i] = zero;
        if (is_of && first == SIZE_MAX)
            first = i;
    }
    if (is_zero(part) && first != SIZE_MAX)
        parts[first] = tax;
    else if (!money_allocate_by_amounts(tax, weights, count, crediting->arena, parts, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!money_add(line_taxes[i], parts[i], &line_taxes[i], err))
            return false;
    return true;
}

struct credited_tax {
    struct money part, tax;
};

/* A tax is said where it or one beside it says anything, or a line that names it is, whose net
 * others make up for: no line names a tax that is not there. */
static bool is_said(const struct crediting *crediting, const struct credited_tax *credited,
                    const struct invoice_tax_content *tax)
{
    const struct correction_subject *subject = crediting->subject;
    for (size_t i = 0; i < subject->line_count; i++)
        if (subject->lines[i].tax_number == named_tax(tax) && !is_zero(crediting->nets[i]))
            return true;
    for (size_t i = 0; i < subject->tax_count; i++)
        if (named_tax(&subject->taxes[i]) == named_tax(tax) &&
            (!is_zero(credited[i].part) || !is_zero(credited[i].tax)))
            return true;
    return false;
}

/* Of the gross that is credited what is no tax. */
static bool take_out_taxes(const struct correction_subject *subject,
                           const struct credited_tax *credited,
                           const struct invoice_tax_content *tax, struct money *base,
                           struct error *err)
{
    for (size_t i = 0; i < subject->tax_count; i++)
        if (named_tax(&subject->taxes[i]) == named_tax(tax) && subject->taxes[i].inclusive &&
            !money_subtract(*base, credited[i].tax, base, err))
            return false;
    return true;
}

static bool add_taxes(const struct crediting *crediting, struct money *line_taxes,
                      struct credit_content *content, struct error *err)
{
    const struct correction_subject *subject = crediting->subject;
    struct credited_tax *credited =
        ARENA_NEW_ARRAY(crediting->arena, struct credited_tax, subject->tax_count + 1);
    for (size_t i = 0; i < subject->tax_count; i++)
        if (!credit_tax(crediting, i, &credited[i].part, &credited[i].tax, err))
            return false;
    for (size_t i = 0; i < subject->tax_count; i++) {
        const struct invoice_tax_content *tax = &subject->taxes[i];
        if (!is_said(crediting, credited, tax))
            continue;
        struct invoice_tax_content *said = &content->taxes[content->tax_count++];
        *said = *tax;
        said->tax_amount = credited[i].tax;
        said->base = credited[i].part;
        if (!take_out_taxes(subject, credited, tax, &said->base, err) ||
            !spread_tax(crediting, said, credited[i].part, credited[i].tax, line_taxes, err))
            return false;
    }
    return true;
}

bool correction_credit(const struct correction_subject *subject,
                       const struct credit_request *request, struct arena *arena,
                       struct credit_content *ret_content, struct error *err)
{
    struct crediting crediting = {.subject = subject, .arena = arena};
    struct credit_content content = {
        .lines = ARENA_NEW_ARRAY(arena, struct invoice_line_content, subject->line_count + 1),
        .taxes = ARENA_NEW_ARRAY(arena, struct invoice_tax_content, subject->tax_count + 1)};
    struct money *line_taxes = ARENA_NEW_ARRAY(arena, struct money, subject->line_count + 1);
    for (size_t i = 0; i < subject->line_count; i++)
        line_taxes[i] = money_zero(subject->currency);
    if (!load_left(&crediting, err) || !choose_nets(&crediting, request, err))
        return false;
    if (is_mirror(&crediting)) {
        add_mirror(&crediting, &content);
    } else {
        if (!add_taxes(&crediting, line_taxes, &content, err))
            return false;
        add_lines(&crediting, line_taxes, &content);
    }
    if (!invoice_totals_of(content.lines, content.line_count, content.taxes, content.tax_count,
                           subject->currency, &content.totals, err))
        return false;
    if (money_sign(content.totals.total) < 0)
        return error_item(err, "bad_correction", "the rest of %s is %s: it is owed to nobody",
                          subject->number, money_text(content.totals.total).text);
    *ret_content = content;
    return true;
}

bool correction_take(struct correction_subject *subject, const struct credit_content *content,
                     struct error *err)
{
    for (size_t i = 0; i < content->line_count; i++) {
        struct money net;
        if (!money_subtract(content->lines[i].amount, content->lines[i].discount, &net, err))
            return false;
        for (size_t k = 0; k < subject->line_count; k++)
            if (subject->lines[k].line == content->lines[i].line &&
                (!money_add(subject->credited_nets[k], net, &subject->credited_nets[k], err) ||
                 !note_line(subject, k, net, err)))
                return false;
    }
    for (size_t i = 0; i < content->tax_count; i++)
        for (size_t k = 0; k < subject->tax_count; k++)
            if (subject->taxes[k].tax == content->taxes[i].tax &&
                !money_add(subject->credited_taxes[k], content->taxes[i].tax_amount,
                           &subject->credited_taxes[k], err))
                return false;
    return true;
}

/* ---------------------------------------------------------------- what others gave back */

/* Of the line's taxes, beside each other, on that net. */
static bool taxes_on(const struct correction_subject *subject, size_t line, struct money net,
                     struct arena *arena, struct money *parts, struct error *err)
{
    struct tax_choice *choices = ARENA_NEW_ARRAY(arena, struct tax_choice, subject->tax_count + 1);
    struct tax_line taxed = {.amount = net, .taxes = choices};
    struct tax_result result;
    for (size_t i = 0; i < subject->tax_count; i++) {
        const struct invoice_tax_content *tax = &subject->taxes[i];
        if (invoice_tax_covers(tax, &subject->lines[line]))
            choices[taxed.tax_count++] = (struct tax_choice){.name = tax->name,
                                                             .category = tax->category,
                                                             .rate_percent = tax->rate_percent,
                                                             .inclusive = tax->inclusive};
    }
    if (!tax_compute(&taxed, 1, subject->currency, TAX_ROUNDING_GROUP, subject->rounding, arena,
                     &result, err))
        return false;
    for (size_t i = 0, place = 0; i < subject->tax_count; i++)
        parts[i] = invoice_tax_covers(&subject->taxes[i], &subject->lines[line])
                       ? result.line_parts[0][place++]
                       : money_zero(subject->currency);
    return true;
}

bool correction_give(struct correction_subject *subject, size_t line, struct money net,
                     struct arena *arena, struct error *err)
{
    struct money *parts = ARENA_NEW_ARRAY(arena, struct money, subject->tax_count + 1);
    if (!money_add(subject->given_nets[line], net, &subject->given_nets[line], err) ||
        !taxes_on(subject, line, net, arena, parts, err))
        return false;
    for (size_t i = 0; i < subject->tax_count; i++)
        if (!money_add(subject->given_taxes[i], parts[i], &subject->given_taxes[i], err))
            return false;
    return true;
}

bool correction_close_given(struct correction_subject *subject, struct error *err)
{
    for (size_t i = 0; i < subject->tax_count; i++) {
        struct money net, credited, left;
        int32_t net_order = 0;
        int32_t tax_order = 0;
        if (is_zero(subject->given_taxes[i]))
            continue;
        if (!net_of_tax(subject, named_tax(&subject->taxes[i]), &net, &credited, err) ||
            !money_subtract(subject->taxes[i].tax_amount, subject->credited_taxes[i], &left, err) ||
            !money_compare(credited, net, &net_order, err) ||
            !money_compare(subject->given_taxes[i], left, &tax_order, err))
            return false;
        if (net_order == 0 || (net_order < 0 && tax_order > 0))
            subject->given_taxes[i] = left;
    }
    return true;
}
