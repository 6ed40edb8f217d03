#include "core/stores/import_conflict.h"

#include "core/base/text.h"
#include "core/calendar/instant.h"

bool usage_event_load(struct import_session *session, const struct usage_row *key,
                      struct usage_row *ret_row, bool *ret_found, struct error *err)
{
    return rows_load_one(
        session->db, STMT_IMPORT_USAGE_BY_KEY,
        DB_ARGS(db_i64(key->tenant_id), db_i64(key->day), db_i64(key->subscription_id),
                db_i64(key->meter_id), db_i64(key->record.at_us), db_text(key->record.key)),
        session->scratch, usage_rows.fields, usage_rows.field_count, ret_row, ret_found, err);
}

bool usage_conflict_is_amount(const struct usage_row *is, const struct usage_row *was)
{
    const struct usage_record *a = &is->record, *b = &was->record;
    return (a->price_amount == NULL) != (b->price_amount == NULL) &&
           a->value_coefficient == b->value_coefficient && a->value_scale == b->value_scale &&
           text_equal(a->properties, b->properties) && text_equal(a->project, b->project) &&
           text_equal(a->member, b->member) &&
           text_equal(is->counted_property, was->counted_property);
}

static const char *value_text(const struct usage_row *row, struct arena *arena)
{
    struct decimal value = {row->record.value_coefficient, row->record.value_scale};
    return arena_copy(arena, decimal_text(value).text);
}

/* Which of the contents differ first, and both of them. By whose name it came, and whether it was
 * late, is no content. */
static const char *difference(const struct usage_row *is, const struct usage_row *was,
                              struct arena *arena)
{
    const char *name = "a counted property", *new_text = NULL, *old_text = NULL;
    const struct usage_record *a = &is->record, *b = &was->record;
    if (is->subscription_id != was->subscription_id) {
        name = "subscription";
        new_text = a->subscription;
        old_text = b->subscription;
    } else if (a->at_us != b->at_us) {
        name = "at";
        new_text = arena_copy(arena, instant_text(a->at_us).text);
        old_text = arena_copy(arena, instant_text(b->at_us).text);
    } else if (a->value_coefficient != b->value_coefficient || a->value_scale != b->value_scale) {
        name = "value";
        new_text = value_text(is, arena);
        old_text = value_text(was, arena);
    } else if (!text_equal(a->properties, b->properties)) {
        name = "properties";
        new_text = a->properties;
        old_text = b->properties;
    } else if (!text_equal(a->price_amount, b->price_amount)) {
        name = "price_amount";
        new_text = a->price_amount;
        old_text = b->price_amount;
    } else if (!text_equal(a->project, b->project)) {
        name = "project";
        new_text = a->project;
        old_text = b->project;
    } else if (!text_equal(a->member, b->member)) {
        name = "member";
        new_text = a->member;
        old_text = b->member;
    }
    return arena_printf(arena, "%s is %.100s, was %.100s", name,
                        new_text == NULL ? "another one" : new_text,
                        old_text == NULL ? "none" : old_text);
}

static const struct row_field name_fields[] = {
    ROW_FIELD(struct usage_row, record.tenant, "tenant"),
    ROW_FIELD(struct usage_row, record.meter, "meter"),
    ROW_FIELD(struct usage_row, record.subscription, "subscription"),
};

static bool find_names(struct import_session *session, struct usage_row *row, struct error *err)
{
    bool found;
    if (row->record.subscription != NULL)
        return true;
    return rows_load_one(
        session->db, STMT_IMPORT_USAGE_NAMES,
        DB_ARGS(db_i64(row->tenant_id), db_i64(row->meter_id), db_i64(row->subscription_id)),
        session->scratch, name_fields, ARRAY_LEN(name_fields), row, &found, err);
}

void usage_conflict_take_names(struct usage_row *row, const struct usage_row *other)
{
    row->record.tenant = other->record.tenant;
    row->record.meter = other->record.meter;
    row->record.subscription = other->record.subscription;
}

bool usage_conflict_label(struct import_session *session, const struct usage_record *record,
                          struct error *err)
{
    union record whole = {.usage = *record};
    return error_context(err, "%s", record_label(RECORD_USAGE, &whole, session->scratch));
}

bool usage_conflict_tell(struct import_session *session, struct usage_row *is,
                         struct usage_row *was, struct import_place place, const char *raw,
                         size_t raw_length, struct error *err)
{
    struct error problem = {0};
    if (!find_names(session, is, err))
        return false;
    if (was->subscription_id == is->subscription_id)
        usage_conflict_take_names(was, is);
    else if (!find_names(session, was, err))
        return false;
    error_item(&problem, "conflict", "is there with other content: %s",
               difference(is, was, session->scratch));
    error_hint(&problem, "a key is one event: send a correction as an event of its own");
    usage_conflict_label(session, &is->record, &problem);
    import_reader_error(session->reader, place, &problem);
    return import_bad(session, RECORD_USAGE, place, raw, raw_length, &problem, err);
}
