/* Credit notes computed again: see correction_again.h. */
#include "core/stores/correction_again.h"

#include "core/base/text.h"

struct taken_before {
    int64_t number, taken_minor;
};

static const struct row_field taken_line_fields[] = {
    ROW_FIELD(struct taken_before, number, "line"),
    ROW_FIELD(struct taken_before, taken_minor, "net_minor"),
};
static const struct row_field taken_tax_fields[] = {
    ROW_FIELD(struct taken_before, number, "tax"),
    ROW_FIELD(struct taken_before, taken_minor, "tax_minor"),
};

struct again_loading {
    struct db *db;
    int64_t tenant_id;
    const struct stored_invoice *note;
    const struct note_origin *origin;
    struct arena *arena;
    const char *order; /* rule 1: of the note, as the statements have it */
};

static bool load_taken(const struct again_loading *loading, enum statement_id what,
                       const struct row_field *fields, struct taken_before **ret_items,
                       size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(loading->db, what,
                       DB_ARGS(db_i64(loading->tenant_id), db_text(loading->note->corrects),
                               db_text(loading->note->draft_key), db_text(loading->order)),
                       loading->arena, fields, 2, sizeof(struct taken_before), &items, ret_count,
                       err))
        return error_context(err, "loading what was credited before %s", loading->note->draft_key);
    *ret_items = items;
    return true;
}

static bool add_taken(const struct taken_before *items, size_t count, int64_t number,
                      struct money *sum, struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].number == number &&
            !money_add(*sum, money_of_minor(items[i].taken_minor, sum->currency), sum, err))
            return false;
    return true;
}

/* What earlier notes took, instead of what all did. */
static bool take_back(const struct again_loading *loading, struct correction_subject *subject,
                      struct error *err)
{
    struct taken_before *lines = NULL, *taxes = NULL;
    size_t line_count = 0, tax_count = 0;
    if (!load_taken(loading, STMT_CORRECTION_LINES_BEFORE, taken_line_fields, &lines, &line_count,
                    err) ||
        !load_taken(loading, STMT_CORRECTION_TAXES_BEFORE, taken_tax_fields, &taxes, &tax_count,
                    err))
        return false;
    subject->credited_nets = ARENA_NEW_ARRAY(loading->arena, struct money, subject->line_count + 1);
    subject->credited_taxes = ARENA_NEW_ARRAY(loading->arena, struct money, subject->tax_count + 1);
    for (size_t i = 0; i < subject->line_count; i++) {
        subject->credited_nets[i] = money_zero(subject->currency);
        if (!add_taken(lines, line_count, subject->lines[i].line, &subject->credited_nets[i], err))
            return false;
    }
    for (size_t i = 0; i < subject->tax_count; i++) {
        subject->credited_taxes[i] = money_zero(subject->currency);
        if (!add_taken(taxes, tax_count, subject->taxes[i].tax, &subject->credited_taxes[i], err))
            return false;
    }
    return true;
}

/* Whether anything was given back; then *subject is as if nothing had been. */
static bool forget_given(const struct again_loading *loading, struct correction_subject *subject)
{
    bool is_given = false;
    struct money *nets = ARENA_NEW_ARRAY(loading->arena, struct money, subject->line_count + 1);
    struct money *taxes = ARENA_NEW_ARRAY(loading->arena, struct money, subject->tax_count + 1);
    for (size_t i = 0; i < subject->line_count; i++) {
        is_given = is_given || money_sign(subject->given_nets[i]) != 0;
        nets[i] = money_zero(subject->currency);
    }
    for (size_t i = 0; i < subject->tax_count; i++) {
        is_given = is_given || money_sign(subject->given_taxes[i]) != 0;
        taxes[i] = money_zero(subject->currency);
    }
    subject->given_nets = nets;
    subject->given_taxes = taxes;
    return is_given;
}

static bool find_left(const struct again_loading *loading, const struct correction_subject *subject,
                      const struct money **ret_left, struct error *err)
{
    struct money *left = ARENA_NEW_ARRAY(loading->arena, struct money, subject->line_count + 1);
    for (size_t i = 0; i < subject->line_count; i++)
        if (!money_subtract(subject->lines[i].amount, subject->lines[i].discount, &left[i], err) ||
            !money_subtract(left[i], subject->credited_nets[i], &left[i], err) ||
            !money_subtract(left[i], subject->given_nets[i], &left[i], err))
            return false;
    *ret_left = left;
    return true;
}

static bool compute(const struct again_loading *loading, const struct correction_subject *subject,
                    struct credit_again *again, struct error *err)
{
    return correction_credit(subject, &again->asked, loading->arena, &again->content, err) &&
           find_left(loading, subject, &again->left, err);
}

/* Whether some document gave back of it once, which is void since, or credited. */
static bool did_give(const struct again_loading *loading, bool *ret_gave, struct error *err)
{
    int64_t ignored = 0;
    return db_query_i64(loading->db, STMT_CORRECTION_GAVE_ANY,
                        DB_ARGS(db_i64(loading->tenant_id), db_text(loading->note->corrects)),
                        &ignored, ret_gave, err);
}

static bool compute_both(const struct again_loading *loading, struct correction_subject *subject,
                         struct credit_again *again, struct error *err)
{
    struct invoice_content note = draft_content_of(loading->note, "", loading->arena);
    int64_t ignored = 0;
    struct error refused = {0};
    bool computed = compute(loading, subject, again, &refused);
    if (computed && correction_again_matches(&again->content, &note, &ignored))
        return true;
    if (!computed && refused.kind != ERROR_ITEM) {
        *err = refused;
        return false;
    }
    if (!forget_given(loading, subject)) {
        bool gave = false;
        if (!did_give(loading, &gave, err))
            return false;
        if (gave)
            again->unknown = "lines of other documents gave back of it, and were taken back since";
        else if (!computed)
            *err = refused;
        return gave || computed;
    }
    if (compute(loading, subject, again, &refused)) {
        if (!correction_again_matches(&again->content, &note, &ignored))
            again->unknown = "lines of other documents gave back of it";
        return true;
    }
    if (refused.kind == ERROR_ITEM)
        again->unknown = "lines of other documents gave back of it";
    else
        *err = refused;
    return refused.kind == ERROR_ITEM;
}

bool correction_again_load(struct db *db, int64_t tenant_id, const struct stored_invoice *note,
                           const struct note_origin *origin, struct arena *arena,
                           struct credit_again *ret_again, struct error *err)
{
    struct again_loading loading = {db, tenant_id, note, origin, arena, NULL};
    struct credit_again again = {0};
    bool is_rebill = origin->has_request && text_equal(origin->action, "rebill");
    struct correction_subject subject = is_rebill ? origin->of->valid : origin->of->subject;
    if (!origin->has_request) {
        ret_again->unknown = "its request is not there";
        return true;
    }
    loading.order = arena_printf(arena, "%s %s %s", date_text(origin->done_on).text,
                                 date_text(origin->requested_on).text, origin->correction);
    again.asked.part = CREDIT_ALL;
    if ((!is_rebill && !correction_store_load_asked(db, tenant_id, origin->correction,
                                                    subject.currency, arena, &again.asked, err)) ||
        !take_back(&loading, &subject, err) || !compute_both(&loading, &subject, &again, err))
        return error_context(err, "computing credit note %s again", note->draft_key);
    *ret_again = again;
    return true;
}

static bool same_net(const struct invoice_line_content *a, const struct invoice_line_content *b)
{
    struct money left, right;
    struct error ignored = {0};
    return money_subtract(a->amount, a->discount, &left, &ignored) &&
           money_subtract(b->amount, b->discount, &right, &ignored) && money_equal(left, right);
}

bool correction_again_matches(const struct credit_content *content,
                              const struct invoice_content *note, int64_t *ret_line)
{
    *ret_line = 0;
    if (content->line_count != note->line_count || content->tax_count != note->tax_count)
        return false;
    for (size_t i = 0; i < content->line_count; i++) {
        const struct invoice_line_content *line = &content->lines[i];
        if (line->line == note->lines[i].line && same_net(line, &note->lines[i]) &&
            money_equal(line->tax, note->lines[i].tax))
            continue;
        *ret_line = note->lines[i].line;
        return false;
    }
    for (size_t i = 0; i < content->tax_count; i++)
        if (content->taxes[i].tax != note->taxes[i].tax ||
            !money_equal(content->taxes[i].base, note->taxes[i].base) ||
            !money_equal(content->taxes[i].tax_amount, note->taxes[i].tax_amount))
            return false;
    return true;
}
